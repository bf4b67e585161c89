// The first images of each split, for a first look: the option `limit` that every source has.
import type { ImageSet, OpenSource } from "./define.js";
import type { Limit } from "./descriptions/common.js";
import { someImages } from "./imageStore.js";

/** The source with at most so many images in each split: its first ones, as views on the same pixels. */
export function limited(source: OpenSource, limit: Limit): OpenSource {
  const { train, validation, test } = source.splits;
  return {
    ...source,
    splits: {
      train: firstImages(train, limit.train),
      ...(validation === undefined ? {} : { validation: firstImages(validation, limit.validation) }),
      test: firstImages(test, limit.test),
    },
  };
}

function firstImages(set: ImageSet, most = set.count): ImageSet {
  return most >= set.count ? set : someImages(set, 0, most);
}

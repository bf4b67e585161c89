// The first images of each split, for a first look: the option `limit` that every source has.
import { z } from "zod";
import type { ImageSet, OpenSource } from "./define.js";
import { someImages } from "./imageStore.js";

const images = (split: string) =>
  z.int("expected a whole number").min(1, "expected at least 1").optional().describe(`the most ${split} images`);

export const limitOptions = z.strictObject(
  { train: images("training"), validation: images("validation"), test: images("test") },
  "expected the most images of each split, for example { train: 10000, test: 2000 }",
);
export type Limit = z.output<typeof limitOptions>;

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

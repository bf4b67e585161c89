// A source from one set without splits of its own.
import { UserError } from "../base/errors.js";
import type { ImageSet, OpenSource, SourceCard } from "./define.js";
import type { SplitOptions } from "./descriptions/common.js";
import { selectImages, splitTest } from "./split.js";

/** @throws UserError where there is too little to part, or nothing to part by */
export function partedSource(whole: ImageSet, split: SplitOptions, card: SourceCard, at: string): OpenSource {
  if (whole.count === 0) throw new UserError("there is no image in this file", { at, hint: "Name another file." });
  const { isTest, notes } = splitTest(whole, split, undefined, at);
  return {
    card,
    splits: {
      train: selectImages(whole, (image) => isTest[image] === 0),
      test: selectImages(whole, (image) => isTest[image] === 1),
    },
    ...(notes.length === 0 ? {} : { notes }),
  };
}

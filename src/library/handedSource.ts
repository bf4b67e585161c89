// Pictures that a program handed in, as the data that a training opens.
import { createHash } from "node:crypto";
import { UserError } from "../base/errors.js";
import { countText } from "../base/text.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { selectImages, splitTest, withValidation } from "../data/split.js";
import type { HandedImages } from "./images.js";

/** @throws UserError where there is too little to part */
export function openHanded({ set, test, validation, classes, seed, notes }: HandedImages): OpenSource {
  const whole = numbered(set, 0);
  const checksum = (part: ImageSet) =>
    createHash("sha256")
      .update(readPixels(part, 0, part.count))
      .digest("hex");
  const checksums: Record<string, string> = { images: checksum(whole) };
  const all = [...notes];
  let train = whole;
  let tested: ImageSet;
  if (typeof test === "number") {
    const parted = splitTest(whole, { train: 1 - test, by: "image", seed }, classes, "images");
    all.push(...parted.notes);
    train = selectImages(whole, (image) => parted.isTest[image] === 0);
    tested = selectImages(whole, (image) => parted.isTest[image] === 1);
  } else {
    tested = numbered(test, whole.count);
    checksums.test = checksum(tested);
  }
  const opened: OpenSource = {
    card: {
      name: "arrays",
      title: `${countText(whole.count, "picture")} handed in by a program`,
      origin: "a program's arrays",
      licence: "not stated",
      checksums,
    },
    ...(classes === undefined ? {} : { classes }),
    splits: { train, test: tested },
    ...(all.length === 0 ? {} : { notes: all }),
  };
  if (validation === undefined) return opened;
  if (typeof validation === "number") {
    if (train.count < 2) {
      throw new UserError("there are too few pictures to hold some back for validation", { at: "images.validation" });
    }
    return withValidation(opened, validation, "images.validation");
  }
  const validated = numbered(validation, whole.count + tested.count);
  return {
    ...opened,
    card: { ...opened.card, checksums: { ...checksums, validation: checksum(validated) } },
    splits: { ...opened.splits, validation: validated },
  };
}

/** The keys of the images' random draws: where each stands in all that was handed in. */
export function numbered(set: HandedImages["set"], first: number): ImageSet {
  return { ...set, indices: Uint32Array.from({ length: set.count }, (_, i) => first + i) };
}

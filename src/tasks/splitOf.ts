// A split of a data source, for tasks that are told where to look.
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import type { TrainedModel } from "../inference/index.js";
import { sameShape } from "../tensor/index.js";

export const splitNames = ["test", "train", "validation"] as const;

/** @throws UserError where the source has no such split, or none of its images */
export function splitOf({ splits }: OpenSource, on: (typeof splitNames)[number]): ImageSet {
  const set = splits[on];
  if (set !== undefined && set.count > 0) return set;
  throw new UserError(`this source has no split ${on}${set === undefined ? "" : " with an image"}`, {
    at: "--on",
    hint: `It has ${Object.keys(splits).join(", ")}.`,
  });
}

/** @throws UserError where the pictures are of another shape than the model's */
export function checkPictures({ inputShape }: Pick<TrainedModel, "inputShape">, set: ImageSet, at: string): void {
  if (sameShape(set.shape, inputShape)) return;
  throw new UserError(`has pictures of ${timesText(set.shape)}, the model takes ${timesText(inputShape)}`, {
    at,
    hint: "Take the source that the run was trained on, or give the source a size.",
  });
}

// The sizes of an image in memory: planes of floats or bytes [channel, height, width].
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";

export interface ImageSizes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** @param shape [channel, height, width] @throws UserError for what is no image */
export function imageSizes(shape: readonly number[]): ImageSizes {
  const [channels, height, width] = shape;
  if (channels === undefined || height === undefined || width === undefined || shape.length !== 3) {
    throw new UserError(`expected images [channel, height, width], got ${timesText(shape)}`);
  }
  return { channels, height, width };
}

// Pictures one after the other as an animated GIF or WebP. What is in them is made elsewhere.

import { InternalError } from "../base/errors.js";
import type { Picture } from "../pixels/index.js";
import { sharp } from "./codec.js";

export const animationFormats = ["gif", "webp"] as const;
export type AnimationFormat = (typeof animationFormats)[number];

/** A picture and how long it is shown. */
export interface Frame {
  readonly picture: Picture;
  readonly milliseconds: number;
}

/**
 * The bytes of an animation that repeats for ever; WebP without loss, GIF in the 256 colours that it has. Equal frames in
 * a row may become one that is shown as long as they are together.
 */
export function encodeAnimation(frames: readonly Frame[], format: AnimationFormat): Promise<Uint8Array> {
  const [first] = frames;
  if (first === undefined) throw new InternalError("an animation needs a frame");
  const { width, height, channels } = first.picture;
  const frameBytes = width * height * channels;
  const bytes = new Uint8Array(frames.length * frameBytes);
  for (const [i, { picture }] of frames.entries()) {
    if (picture.bytes.length !== frameBytes) throw new InternalError("frames of an animation differ in size");
    bytes.set(picture.bytes, i * frameBytes);
  }
  const raw = { width, height: frames.length * height, channels, pageHeight: height };
  const pictures = sharp(bytes, { raw, animated: true, limitInputPixels: false }).toColourspace("srgb");
  const timing = { loop: 0, delay: frames.map(({ milliseconds }) => milliseconds) };
  // Without dithering: a flickering pattern would look as if the picture moved.
  if (format === "gif") return pictures.gif({ ...timing, dither: 0 }).toBuffer();
  return pictures.webp({ ...timing, lossless: true }).toBuffer();
}

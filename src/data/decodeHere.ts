// The decoder itself, in the process that calls it and without a bound of time.
import { InternalError } from "../base/errors.js";
import type { Picture } from "../pixels/index.js";

/** An upright picture of 8 bits, without alpha: one channel where the file is grey, else red, green, blue. */
export type DecodedPicture = Picture;

export interface Sides {
  readonly height: number;
  readonly width: number;
}

/** What a picture's first bytes tell, without decoding it. */
export interface PictureHeader {
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /** 1 for a grey picture, with alpha or without. */
  readonly channels: 1 | 3;
}

/** In this process and without a bound of time: for what is known to be small, and for the process that can be ended. */
export async function headerHere(bytes: Uint8Array | string): Promise<PictureHeader> {
  const { autoOrient, space } = await (await loadSharp())(bytes, { limitInputPixels: false }).metadata();
  return { ...autoOrient, channels: space === "b-w" || space === "grey16" ? 1 : 3 };
}

/** As `headerHere`. @param size to decode to, where that is not the picture's own */
export async function decodeHere(
  bytes: Uint8Array,
  header: PictureHeader,
  size: Sides | undefined,
  isDrawn: boolean,
): Promise<DecodedPicture> {
  const { channels } = header;
  const sharp = await loadSharp();
  // A drawing says its size in points of 1/72 inch.
  const density = isDrawn && size !== undefined ? { density: clamp((72 * size.width) / header.width, 1, 100_000) } : {};
  const whole = sharp(bytes, {
    limitInputPixels: false,
    ...(size === undefined ? {} : { sequentialRead: true }),
    ...density,
  });
  const upright = whole.autoOrient();
  const sized = size === undefined ? upright : upright.resize({ ...size, fit: "fill", kernel: "linear" });
  const { data, info } = await sized
    .flatten({ background: { r: 0, g: 0, b: 0 } })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (info.channels !== 3) throw new InternalError(`a picture was decoded to ${info.channels} channels`);
  return {
    width,
    height,
    channels,
    bytes: channels === 1 ? everyThird(data) : new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function everyThird(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length / 3);
  for (let i = 0, at = 0; i < out.length; i++, at += 3) out[i] = bytes[at] as number;
  return out;
}

/** The decoder, loaded when the first picture comes: everything that knows the sources imports this file. */
async function loadSharp() {
  return (await import("./codec.js")).sharp;
}

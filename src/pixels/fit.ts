// A picture takes the size and the channels of a model: the one place that decides how a picture meets a model.
import { InternalError, UserError } from "../base/errors.js";
import type { Picture } from "./imageGrid.js";
import { lumaOf } from "./luma.js";
import { makeResizer, type Resizer } from "./resize.js";

/**
 * How a picture takes another shape. `cover`: the largest piece of the wanted aspect about the centre; `contain`: the whole
 * picture, with black around; `stretch`: the whole picture, its aspect given up.
 */
export const fits = ["cover", "contain", "stretch"] as const;
export type Fit = (typeof fits)[number];

export interface FitOptions {
  /** What the model takes: [channel, height, width], one channel or three. */
  readonly shape: readonly number[];
  /** Default `cover`. */
  readonly fit?: Fit;
}

/**
 * A picture as a model of that shape takes it: grey by luma (0.299 red + 0.587 green + 0.114 blue) for one channel, grey
 * repeated for three, and resized with antialiasing (bilinear, as Pillow does: a code has no room for bicubic's sharper noise).
 * @returns [channel, height, width], 0 to 255
 * @throws UserError for a shape of other than one or three channels
 */
export function fitPicture(picture: Picture, options: FitOptions): Uint8Array<ArrayBuffer> {
  const { fit = "cover" } = options;
  const [channels = 0, height = 0, width = 0] = options.shape;
  if (channels !== 1 && channels !== 3) {
    throw new UserError(`a picture has 1 or 3 channels, the model takes ${channels}`);
  }
  const piece = fit === "cover" ? middlePiece(picture, height, width) : picture;
  const inner = fit === "contain" ? innerSize(picture, height, width) : { height, width };
  // Grey pictures are resized once and repeated afterwards.
  const computed = Math.min(channels, picture.channels);
  const resized = resizePlanes(planesOf(piece, computed), { ...piece, channels: computed }, inner);
  if (computed === channels && inner.height === height && inner.width === width) return resized;
  const out = new Uint8Array(channels * height * width);
  const top = Math.floor((height - inner.height) / 2);
  const left = Math.floor((width - inner.width) / 2);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < inner.height; y++) {
      const from = (Math.min(channel, computed - 1) * inner.height + y) * inner.width;
      const to = (channel * height + top + y) * width + left;
      out.set(resized.subarray(from, from + inner.width), to);
    }
  }
  return out;
}

/** The largest piece of the aspect height:width about the centre; at least one pixel wide and high. */
export function middlePiece(picture: Picture, height: number, width: number): Picture {
  const isWide = picture.width * height > picture.height * width;
  const pieceWidth = isWide ? Math.max(1, Math.round((picture.height * width) / height)) : picture.width;
  const pieceHeight = isWide ? picture.height : Math.max(1, Math.round((picture.width * height) / width));
  return cutPicture(picture, {
    top: Math.floor((picture.height - pieceHeight) / 2),
    left: Math.floor((picture.width - pieceWidth) / 2),
    height: pieceHeight,
    width: pieceWidth,
  });
}

/** The size of the whole picture within height × width. */
export function innerSize(picture: Picture, height: number, width: number): { height: number; width: number } {
  const scale = Math.min(height / picture.height, width / picture.width);
  return {
    height: Math.max(1, Math.min(height, Math.round(picture.height * scale))),
    width: Math.max(1, Math.min(width, Math.round(picture.width * scale))),
  };
}

export interface Piece {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** A piece of a picture that lies within it; the picture itself where that is the whole. */
export function cutPicture(picture: Picture, { top, left, height, width }: Piece): Picture {
  if (height === picture.height && width === picture.width) return picture;
  if (top < 0 || left < 0 || top + height > picture.height || left + width > picture.width) {
    throw new InternalError(
      `a piece at ${top}, ${left} of ${height}×${width} leaves a picture of ${picture.height}×${picture.width}`,
    );
  }
  const { channels } = picture;
  const bytes = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    bytes.set(picture.bytes.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, bytes };
}

/** A picture no larger than `side` pixels in width and height, its aspect kept; a smaller one as it is. */
export function shrinkPicture(picture: Picture, side: number): Picture {
  const { width, height, channels } = picture;
  const scale = side / Math.max(width, height);
  if (scale >= 1) return picture;
  const [h, w] = [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
  return pictureOfPlanes(fitPicture(picture, { shape: [channels, h, w], fit: "stretch" }), channels, h, w);
}

/** [channel, height, width], 0 to 255, as bytes pixel by pixel. */
export function pictureOfPlanes(
  planes: Uint8Array<ArrayBuffer>,
  channels: number,
  height: number,
  width: number,
): Picture {
  if (channels !== 3) return { width, height, channels: 1, bytes: planes };
  const size = height * width;
  const bytes = new Uint8Array(3 * size);
  for (let i = 0; i < size; i++) {
    for (let channel = 0; channel < 3; channel++) bytes[3 * i + channel] = planes[channel * size + i] as number;
  }
  return { width, height, channels: 3, bytes };
}

/** Resizers by sizes: the pictures of a set mostly share theirs, and a resizer's weights take longer than one use of it. */
const resizers = new Map<string, Resizer>();

function resizePlanes(
  planes: Uint8Array<ArrayBuffer>,
  from: { readonly channels: number; readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
): Uint8Array<ArrayBuffer> {
  const { channels, height, width } = from;
  if (height === to.height && width === to.width) return planes;
  const key = [channels, height, width, to.height, to.width].join();
  const known = resizers.get(key);
  const resizer = known ?? makeResizer({ channels, height, width }, to, { filter: "bilinear" });
  if (known === undefined) {
    if (resizers.size >= 16) resizers.clear();
    resizers.set(key, resizer);
  }
  const out = new Uint8Array(channels * to.height * to.width);
  resizer(planes, out);
  return out;
}

/** [height, width, channel] as [channel, height, width], of `wanted` channels: as many as there are, or one by luma. */
function planesOf({ width, height, channels, bytes }: Picture, wanted: number): Uint8Array<ArrayBuffer> {
  if (channels === 1) return bytes;
  const size = width * height;
  const planes = new Uint8Array(channels * size);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0, at = channel, to = channel * size; i < size; i++, at += channels, to++)
      planes[to] = bytes[at] as number;
  }
  return wanted === channels ? planes : lumaOf(planes, new Uint8Array(size));
}

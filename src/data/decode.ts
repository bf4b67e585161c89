// Picture files become pixels, and pixels the size that a model takes: the one place that decides how a picture meets a
// model. What a file is, its bytes say, never its name.
import { readFile } from "node:fs/promises";
import { InternalError, UserError } from "../base/errors.js";
import { timesText, withThousands } from "../base/text.js";
import type { Picture } from "../pixels/index.js";
import { lumaOf } from "../pixels/luma.js";
import { makeResizer, type Resizer } from "../pixels/resize.js";

/** An upright picture of 8 bits, without alpha: one channel where the file is grey, else red, green, blue. */
export type DecodedPicture = Picture;

/** Pixels that a picture may have where nothing else is said: a camera's hundred million, 400 MB when decoded. */
export const usualPixelLimit = 100_000_000;

export interface DecodeOptions {
  /** The most pixels that a picture may have. Default `usualPixelLimit`. */
  readonly limitPixels?: number;
  /** What errors name. Default the path, where there is one. */
  readonly at?: string;
}

/** What a picture's first bytes tell, without decoding it. */
export interface PictureHeader {
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /** 1 for a grey picture, with alpha or without. */
  readonly channels: 1 | 3;
}

/**
 * Size and colours of a picture, from its bytes.
 * @throws UserError as `decodePicture`
 */
export async function readPictureHeader(bytes: Uint8Array, options: DecodeOptions = {}): Promise<PictureHeader> {
  const { at, limitPixels = usualPixelLimit } = options;
  const where = at === undefined ? {} : { at };
  if (bytes.length === 0) throw new UserError("the file is empty", { ...where, hint: "Get it again." });
  let header: PictureHeader;
  try {
    const { autoOrient, space } = await (await loadSharp())(bytes, { limitInputPixels: false }).metadata();
    header = { ...autoOrient, channels: space === "b-w" || space === "grey16" ? 1 : 3 };
  } catch (cause) {
    throw decodeError(cause, where);
  }
  if (header.width * header.height > limitPixels) {
    throw new UserError(
      `the picture has ${timesText([header.height, header.width])} pixels, more than the limit of ${withThousands(limitPixels)}`,
      {
        ...where,
        hint: `Make it smaller, or allow it by limitPixels: ${header.width * header.height}; decoding it takes ${withThousands(Math.ceil((header.width * header.height * 4) / 1e6))} MB.`,
      },
    );
  }
  return header;
}

/**
 * Decodes whatever sharp reads (PNG, JPEG, WebP, GIF, TIFF, AVIF, SVG), of several pages the first: turned as EXIF says,
 * its colour profile applied, 16 bits rounded down to 8, alpha laid over black.
 * @param source a file's bytes, or its path
 * @throws UserError where the file cannot be read, is empty, no picture, damaged, cut off, or larger than `limitPixels`
 */
export async function decodePicture(source: Uint8Array | string, options: DecodeOptions = {}): Promise<DecodedPicture> {
  const at = options.at ?? (typeof source === "string" ? source : undefined);
  const where = at === undefined ? {} : { at };
  const bytes =
    typeof source === "string"
      ? await readFile(source).catch((cause) => Promise.reject(readError(cause, source)))
      : source;
  const { channels } = await readPictureHeader(bytes, { ...options, ...where });
  try {
    const sharp = await loadSharp();
    const { data, info } = await sharp(bytes, { limitInputPixels: false })
      .autoOrient()
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
      bytes:
        channels === 1 ? everyThird(data) : new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length),
    };
  } catch (cause) {
    throw decodeError(cause, where);
  }
}

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

function everyThird(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length / 3);
  for (let i = 0, at = 0; i < out.length; i++, at += 3) out[i] = bytes[at] as number;
  return out;
}

/** The decoder, loaded when the first picture comes: everything that knows the sources imports this file. */
async function loadSharp() {
  return (await import("sharp")).default;
}

/** What is wrong with a file that cannot be opened or read, for pictures and other data alike. */
export function readError(cause: unknown, path: string): UserError {
  const code = (cause as NodeJS.ErrnoException).code;
  const known: Readonly<Record<string, readonly [string, string]>> = {
    ENOENT: ["there is no such file or folder", "Check the path."],
    EACCES: ["cannot be read: permission denied", "Make it readable for this user (chmod u+r)."],
    EPERM: ["cannot be read: permission denied", "Make it readable for this user (chmod u+r)."],
    EISDIR: ["is a folder, not a file", "Name a file in it."],
    ENOTDIR: ["is a file, not a folder", "Name the folder that it lies in."],
    ELOOP: ["is a link that leads back to itself", "Remove the link."],
  };
  const [message, hint] = known[code ?? ""] ?? [`cannot be read (${code ?? String(cause)})`, "Check the disk."];
  return new UserError(message, { at: path, hint, cause });
}

function decodeError(cause: unknown, where: { readonly at?: string }): Error {
  if (cause instanceof UserError || cause instanceof InternalError) return cause;
  if (/unsupported image format/i.test(cause instanceof Error ? cause.message : String(cause))) {
    return new UserError("this is no picture", {
      ...where,
      hint: "PNG, JPEG, WebP, GIF, TIFF, AVIF and SVG are read.",
      cause,
    });
  }
  // The decoder's own words are not repeated: it collects them from all pictures that are being decoded.
  return new UserError("the picture is damaged or cut off", {
    ...where,
    hint: "Get it again, or leave it out.",
    cause,
  });
}

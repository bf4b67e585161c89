// Picture files become pixels. What a file is, its bytes say, never its name. How pixels take a model's size is pixels'.
import { readFile } from "node:fs/promises";
import { InternalError, UserError } from "../base/errors.js";
import { timesText, withThousands } from "../base/text.js";
import type { Picture } from "../pixels/index.js";
import { usualPixelLimit } from "./descriptions/folder.js";

/** An upright picture of 8 bits, without alpha: one channel where the file is grey, else red, green, blue. */
export type DecodedPicture = Picture;

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

function everyThird(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length / 3);
  for (let i = 0, at = 0; i < out.length; i++, at += 3) out[i] = bytes[at] as number;
  return out;
}

/** The decoder, loaded when the first picture comes: everything that knows the sources imports this file. */
async function loadSharp() {
  return (await import("./codec.js")).sharp;
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

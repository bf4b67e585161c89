// Picture files become pixels. What a file is, its bytes say, never its name. How pixels take a model's size is pixels'.
import { InternalError, UserError } from "../base/errors.js";
import { timesText, withThousands } from "../base/text.js";
import { decodeApart } from "./decodeApart.js";
import { type DecodedPicture, decodeHere, headerHere, type PictureHeader, type Sides } from "./decodeHere.js";
import { usualPixelLimit } from "./descriptions/folder.js";
import { readPictureFile } from "./folderDisk.js";
import { readFileStart } from "./regularFile.js";

export type { DecodedPicture, PictureHeader } from "./decodeHere.js";
export { readError } from "./readError.js";

export interface DecodeOptions {
  /** The most pixels that a picture may have. Default `usualPixelLimit`. */
  readonly limitPixels?: number;
  /** What errors name. Default the path, where there is one. */
  readonly at?: string;
  /**
   * The sides that the picture will be brought to. A very large one (see `largePixels`) is then made smaller while it is decoded,
   * to no less than twice these sides; it keeps its aspect to a pixel. Default: every pixel is decoded.
   */
  readonly wanted?: Sides | undefined;
  /** Do so with every picture of more than twice these sides: quicker, and nearly the same pixels. Default false. */
  readonly scaleOnLoad?: boolean | undefined;
}

/** Pixels above which a picture is made smaller while it is decoded; drawings, whose every pixel is computed, above fewer. */
const largePixels = { picture: 64_000_000, drawing: 4096 * 4096 } as const;
/** Pixels up to which a picture that is no drawing is decoded within this process: 75 MB. */
export const mostPixelsHere = 25_000_000;

/**
 * Size and colours of a picture, from its bytes.
 * @throws UserError as `decodePicture`
 */
export async function readPictureHeader(
  source: Uint8Array | string,
  options: DecodeOptions = {},
): Promise<PictureHeader> {
  const { at, limitPixels = usualPixelLimit } = options;
  const where = at === undefined ? {} : { at };
  if (source.length === 0) throw ofTheFile(new UserError("the file is empty", { ...where, hint: "Get it again." }));
  let header: PictureHeader;
  try {
    const start = typeof source === "string" ? readFileStart(source, drawingStart).start : source;
    header = isDrawing(start) ? await decodeApart({ kind: "header", source }, where) : await headerHere(source);
  } catch (cause) {
    throw decodeError(cause, where);
  }
  if (header.width * header.height > limitPixels) {
    throw ofTheFile(
      new UserError(
        `the picture has ${timesText([header.height, header.width])} pixels, more than the limit of ${withThousands(limitPixels)}`,
        {
          ...where,
          hint: `Make it smaller, or allow it by limitPixels: ${header.width * header.height}; decoding it takes ${withThousands(Math.ceil((header.width * header.height * 4) / 1e6))} MB.`,
        },
      ),
    );
  }
  return header;
}

/**
 * Decodes whatever sharp reads (PNG, JPEG, WebP, GIF, TIFF, AVIF, SVG), of several pages the first: turned as EXIF says,
 * its colour profile applied, 16 bits rounded down to 8, alpha laid over black. Drawings (SVG) and large pictures are decoded in
 * a process of their own, which is ended where one takes more than its budget of time and memory (see `decodeBudget`).
 * @param source a file's bytes, or its path
 * @throws UserError where the file cannot be read, is empty, no picture, damaged, cut off, larger than `limitPixels`, or takes
 *   more than its budget
 */
export async function decodePicture(source: Uint8Array | string, options: DecodeOptions = {}): Promise<DecodedPicture> {
  const at = options.at ?? (typeof source === "string" ? source : undefined);
  const where = at === undefined ? {} : { at };
  const bytes = typeof source === "string" ? readPictureFile(source) : source;
  const header = await readPictureHeader(bytes, { ...options, ...where });
  return await decodeKnown(bytes, header, { ...options, ...where }, typeof source === "string" ? source : undefined);
}

/** As `decodePicture`, of a picture whose header is known. @param path where the bytes lie, so that another process reads them */
export async function decodeKnown(
  bytes: Uint8Array,
  header: PictureHeader,
  { at, wanted, scaleOnLoad = false }: DecodeOptions,
  path?: string,
): Promise<DecodedPicture> {
  const where = at === undefined ? {} : { at };
  const isDrawn = isDrawing(bytes);
  const pixels = header.width * header.height;
  const isLarge = pixels > (isDrawn ? largePixels.drawing : largePixels.picture);
  const size =
    wanted === undefined || !(isLarge || scaleOnLoad)
      ? undefined
      : decodedSides(header, wanted, isDrawn && scaleOnLoad);
  try {
    if (isDrawn || pixels > mostPixelsHere) {
      return await decodeApart({ kind: "picture", source: path ?? bytes, header, size, isDrawn }, where);
    }
    return await decodeHere(bytes, header, size, isDrawn);
  } catch (cause) {
    throw decodeError(cause, where);
  }
}

/**
 * The sides that a picture is decoded to, at least twice the wanted ones; undefined for its own.
 * @param mayGrow a drawing may be drawn larger than it says that it is
 */
export function decodedSides({ height, width }: Sides, wanted: Sides, mayGrow = false): Sides | undefined {
  const scale = 2 * Math.max(wanted.height / height, wanted.width / width);
  if (scale >= 1 && !mayGrow) return undefined;
  return { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)) };
}

/** Bytes in which a drawing tells that it is one, twice over for UTF-16. */
const drawingStart = 2000;

/**
 * Whether bytes are for the drawing library, as libvips tells: `<svg` in the first thousand bytes, or what gzip has packed. Its
 * work has little to do with the number of bytes or pixels.
 */
export function isDrawing(source: Uint8Array): boolean {
  if (source[0] === 0x1f && source[1] === 0x8b) return true;
  // Quick for the common kinds, which begin otherwise; a byte order mark and UTF-16 have zeros between.
  if (source[0] === 0xff && source[1] === 0xd8) return false;
  if (source[0] === 0x89 && source[1] === 0x50) return false;
  return /<\0?s\0?v\0?g/i.test(
    Buffer.from(source.buffer, source.byteOffset, Math.min(source.length, drawingStart)).toString("latin1"),
  );
}

/** Whether a picture was refused for what its file is, which no other time and no other machine would find otherwise. */
export function isOfTheFile(error: UserError): boolean {
  return found.has(error);
}
const found = new WeakSet<Error>();

function ofTheFile(error: UserError): UserError {
  found.add(error);
  return error;
}

function decodeError(cause: unknown, where: { readonly at?: string }): Error {
  if (cause instanceof UserError || cause instanceof InternalError) return cause;
  if (/unsupported image format/i.test(cause instanceof Error ? cause.message : String(cause))) {
    const hint = "PNG, JPEG, WebP, GIF, TIFF, AVIF and SVG are read.";
    return ofTheFile(new UserError("this is no picture", { ...where, hint, cause }));
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/out of memory|allocat|too many open files/i.test(text)) {
    const hint = "End other programs, or make the picture smaller.";
    return new UserError("there is not enough memory to decode the picture", { ...where, hint, cause });
  }
  // The decoder's own words are not repeated: it collects them from all pictures that are being decoded.
  return ofTheFile(
    new UserError("the picture is damaged or cut off", { ...where, hint: "Get it again, or leave it out.", cause }),
  );
}

// A picture's file becomes pixels of a shape: what is done to each file of a folder, in whatever thread.
import { createHash } from "node:crypto";
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { cutPicture, type Fit, fitPicture, type Piece } from "../pixels/index.js";
import { decodeKnown, type PictureHeader, readPictureHeader } from "./decode.js";

/** How pictures are decoded: plain data, on which together with a file's bytes its pixels depend. */
export interface DecodeSettings {
  /** [channel, height, width] */
  readonly shape: readonly number[];
  readonly fit: Fit;
  /** The most pixels that a picture may have. */
  readonly limitPixels: number;
  /** Every large picture is made smaller while it is decoded. Default false. */
  readonly scaleOnLoad?: boolean | undefined;
  /** Only this piece is taken, of pictures that must have this size. */
  readonly cut?: { readonly height: number; readonly width: number; readonly piece: Piece; readonly what: string };
}

export interface FittedPicture {
  readonly header: PictureHeader;
  /** SHA-256 of the file. */
  readonly hash: string;
  /** [channel, height, width] */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/**
 * @param at the file's path
 * @param known the header where it has been read
 * @throws UserError as `decodePicture`, and for a picture that is not as large as one must be that is cut
 */
export async function fittedPixels(
  bytes: Uint8Array,
  at: string,
  { shape, fit, limitPixels, scaleOnLoad, cut }: DecodeSettings,
  known?: PictureHeader,
): Promise<FittedPicture> {
  const header = known ?? (await readPictureHeader(bytes, { at, limitPixels }));
  if (cut !== undefined && (header.height !== cut.height || header.width !== cut.width)) {
    throw new UserError(
      `${cut.what} is ${timesText([cut.height, cut.width])}, this one ${timesText([header.height, header.width])}`,
      { at, hint: "Take the pictures as they were published." },
    );
  }
  const [, height = 1, width = 1] = shape;
  const wanted = cut === undefined ? { height, width } : undefined;
  const picture = await decodeKnown(bytes, header, { at, wanted, scaleOnLoad }, at);
  const pixels = fitPicture(cut === undefined ? picture : cutPicture(picture, cut.piece), { shape, fit });
  return { header, hash: createHash("sha256").update(bytes).digest("hex"), pixels };
}

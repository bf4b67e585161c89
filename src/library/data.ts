// Pictures from files and data sets as arrays. Each function loads what it needs when it is called.
import type * as decoding from "../data/decode.js";
import type { OpenContext, OpenSource } from "../data/define.js";
import type * as baseline from "../evaluation/meanImage.js";
import type * as pixels from "../pixels/index.js";
import type { DataSpec } from "./options.js";

/**
 * Opens a data source: `"mnist"`, `"folder:./digits"`, `{ source: "folder", path: "./digits", size: 64 }`.
 * @throws UserError (by rejection) for a source that there is not, or that does not open here
 */
export async function openData(data: DataSpec, context: OpenContext = {}): Promise<OpenSource> {
  const { readSource } = await import("../data/sources/index.js");
  return await readSource(data, "data").open(context);
}

/** A picture file as pixels. @throws UserError (by rejection) where it is none */
export async function decodePicture(
  ...given: Parameters<typeof decoding.decodePicture>
): Promise<Awaited<ReturnType<typeof decoding.decodePicture>>> {
  return await (await import("../data/decode.js")).decodePicture(...given);
}

/** A picture in a model's size. */
export async function fitPicture(
  ...given: Parameters<typeof pixels.fitPicture>
): Promise<Awaited<ReturnType<typeof pixels.fitPicture>>> {
  return await (await import("../pixels/index.js")).fitPicture(...given);
}

/** Figures of the mean training image as every test image's reconstruction: a model above them learned nothing. */
export async function meanImageFigures(
  ...given: Parameters<typeof baseline.meanImageFigures>
): Promise<baseline.MeanImageFigures> {
  return (await import("../evaluation/meanImage.js")).meanImageFigures(...given);
}

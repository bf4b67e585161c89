// The font of pictures and charts: Inter from @fontsource, so that a machine without fonts draws the same text.
import { createRequire } from "node:module";
import { GlobalFonts } from "@napi-rs/canvas";
import { InternalError } from "../base/errors.js";

/** The family that canvas text asks for. */
export const pictureFont = "Inter";

const weights = [400, 600] as const;
let registered = false;

/** Makes `pictureFont` known to the canvas, once. An unknown family would silently become some font of the system. */
export function registerPictureFont(): void {
  if (registered) return;
  const { resolve } = createRequire(import.meta.url);
  for (const weight of weights) {
    const file = resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);
    if (!GlobalFonts.registerFromPath(file, pictureFont)) throw new InternalError(`the font ${file} could not be read`);
  }
  registered = true;
}

// The font of pictures and charts: Inter, which comes along, so that a machine without fonts draws the same text.

import { InternalError } from "../base/errors.js";
import { GlobalFonts } from "../data/drawing.js";
import { fontFile } from "../data/fontFiles.js";

/** The family that canvas text asks for. */
export const pictureFont = "Inter";

/** As the packages of @fontsource name it. */
export const pictureTypeface = { name: "inter", weights: [400, 600] } as const;
let registered = false;

/** Makes `pictureFont` known to the canvas, once. An unknown family would silently become some font of the system. */
export function registerPictureFont(): void {
  if (registered) return;
  for (const weight of pictureTypeface.weights) {
    const file = fontFile(pictureTypeface.name, weight);
    if (!GlobalFonts.registerFromPath(file, pictureFont)) throw new InternalError(`the font ${file} could not be read`);
  }
  registered = true;
}

// What other rooms use of the pixels room.
export { pixelFromUnit, pixelsFromUnit, unitFromPixels, unitValues } from "./convert.js";
export { type ImageGrid, type ImageGridOptions, imageGrid, type Picture } from "./imageGrid.js";

// A picture's way through a model, side by side: original, input, restored, difference.
import { createCanvas } from "../data/drawing.js";
import { type Picture, pictureOfPlanes, pixelsFromUnit } from "../pixels/index.js";
import { pictureCanvas } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export { pictureOfPlanes };

export interface RestorationInput {
  /** As it came, of any size. */
  readonly original: Picture;
  /** What the model took, [channel, height, width] in [0, 1]; so are the others. */
  readonly input: Float32Array;
  readonly restored: Float32Array;
  /** What `restored` is held against: the input before it was corrupted. */
  readonly target: Float32Array;
  /** [channel, height, width] */
  readonly shape: readonly number[];
}

/** Height of a small model's images, in pixels; larger ones are shown as they are. */
const usualHeight = 192;
const gap = 16;
const labelHeight = 34;

/**
 * Four images of one height as PNG bytes. The model's own images are magnified by whole numbers, so that their pixels stay
 * squares; the difference is |restored − target|, black where they are equal.
 */
export function renderRestoration({ original, input, restored, target, shape }: RestorationInput): Buffer {
  const [channels = 1, height = 1, width = 1] = shape;
  const magnification = Math.max(1, Math.round(usualHeight / height));
  const cellHeight = height * magnification;
  const difference = restored.map((value, i) => Math.abs(Math.min(1, Math.max(0, value)) - (target[i] ?? 0)));
  const originalWidth = Math.max(1, Math.round((cellHeight * original.width) / original.height));
  const ofModel = (image: Float32Array) => ({
    picture: pictureOf(image, channels, height, width),
    width: width * magnification,
  });
  const cells = [
    // A panorama would push the others out of sight.
    { label: "original", picture: original, width: Math.min(originalWidth, 3 * cellHeight), isSmooth: true },
    { label: "input", ...ofModel(input), isSmooth: false },
    { label: "restored", ...ofModel(restored), isSmooth: false },
    { label: "difference", ...ofModel(difference), isSmooth: false },
  ];

  registerPictureFont();
  // Narrow images still need room for their names.
  const columns = cells.map((cell) => Math.max(cell.width, 88));
  const totalWidth = columns.reduce((sum, column) => sum + column + gap, gap);
  const canvas = createCanvas(totalWidth, cellHeight + gap + labelHeight);
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = `15px ${pictureFont}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  let left = gap;
  for (const [i, cell] of cells.entries()) {
    const column = columns[i] ?? cell.width;
    const ratio = cell.width / cell.picture.width;
    const shownHeight = cell.isSmooth ? Math.min(cellHeight, Math.round(cell.picture.height * ratio)) : cellHeight;
    context.imageSmoothingEnabled = cell.isSmooth;
    context.imageSmoothingQuality = "high";
    const x = left + Math.floor((column - cell.width) / 2);
    const y = gap + Math.floor((cellHeight - shownHeight) / 2);
    context.drawImage(pictureCanvas(cell.picture), x, y, cell.width, shownHeight);
    context.fillStyle = chartThemes.light.ink;
    context.fillText(cell.label, left + column / 2, gap + cellHeight + labelHeight / 2);
    left += column + gap;
  }
  return canvas.toBuffer("image/png");
}

/** [channel, height, width] in [0, 1] (clipped) as bytes pixel by pixel. */
export function pictureOf(image: Float32Array, channels: number, height: number, width: number): Picture {
  return pictureOfPlanes(pixelsFromUnit(image), channels, height, width);
}

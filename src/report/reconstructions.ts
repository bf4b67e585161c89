// Originals over their reconstructions, or over what was made of them and what a model restored, as one picture, each row
// with its name.

import { InternalError } from "../base/errors.js";
import { createCanvas, ImageData } from "../data/drawing.js";
import { imageGrid } from "../pixels/index.js";
import { withAlpha } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export interface ReconstructionsInput {
  /** [image, channel, height, width] in [0, 1]; what lies outside is clipped. Channels: 1 (grey) or 3 (red, green, blue). */
  readonly originals: Float32Array;
  /** As `originals`. */
  readonly reconstructions: Float32Array;
  /** As `originals`: what the model was given, where that is something else. */
  readonly inputs?: Float32Array;
  /** [channel, height, width] */
  readonly shape: readonly number[];
  /** Images side by side; default 16. */
  readonly columns?: number;
}

/** Room for the rows' names, in pixels. */
const labelWidth = 136;
const border = 20;

/**
 * Rows of `columns` originals, each over the row of their reconstructions; with `inputs` each over the rows of inputs, of what
 * was restored and of how far (the absolute difference, white is 1) that lies from the original. PNG bytes. Each pixel of an image becomes
 * a square of whole pixels (images come out about 64 pixels high), so nothing is smoothed.
 * @throws UserError when images have other than one or three channels
 */
export function renderReconstructions({
  originals,
  reconstructions,
  inputs,
  shape,
  columns = 16,
}: ReconstructionsInput): Buffer {
  const sets: readonly (readonly [label: string, images: Float32Array])[] =
    inputs === undefined
      ? [
          ["original", originals],
          ["reconstruction", reconstructions],
        ]
      : [
          ["original", originals],
          ["input", inputs],
          ["restored", reconstructions],
          ["difference", originals.map((value, i) => Math.abs(value - (reconstructions[i] ?? value)))],
        ];
  if (sets.some(([, images]) => images.length !== originals.length))
    throw new InternalError("originals and reconstructions differ in number");
  const size = shape.reduce((product, length) => product * length, 1);
  const count = originals.length / size;
  const images = new Float32Array(sets.length * originals.length);
  sets.forEach(([, values], set) => {
    images.set(values, set * originals.length);
  });
  const rows: (number | null)[][] = [];
  for (let first = 0; first < count; first += columns) {
    const row = Array.from({ length: Math.min(columns, count - first) }, (_, column) => first + column);
    for (let set = 0; set < sets.length; set++) rows.push(row.map((image) => set * count + image));
  }
  const grid = imageGrid({
    images,
    shape,
    rows,
    magnification: Math.max(1, Math.round(64 / Math.max(shape[1] ?? 1, shape[2] ?? 1))),
    gap: 4,
    rowsPerGroup: sets.length,
    groupGap: 20,
    margin: [border, labelWidth, border, border],
  });

  registerPictureFont();
  const canvas = createCanvas(grid.width, grid.height);
  const context = canvas.getContext("2d");
  context.putImageData(new ImageData(withAlpha(grid), grid.width, grid.height), 0, 0);
  context.fillStyle = chartThemes.light.ink;
  context.font = `15px ${pictureFont}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const [row, top] of grid.top.entries()) {
    context.fillText(sets[row % sets.length]?.[0] ?? "", labelWidth - 14, top + grid.cell.height / 2);
  }
  return canvas.toBuffer("image/png");
}

// Rows of images as one picture, each row with its name: what a data set looks like, and what transforms make of it.
import { createCanvas, ImageData } from "../data/drawing.js";
import { imageGrid } from "../pixels/index.js";
import { shortened, withAlpha } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export interface LabelledRow {
  readonly label: string;
  /** Places in `images`, from left to right. */
  readonly images: readonly number[];
}

export interface LabelledRowsInput {
  /** [image, channel, height, width] in [0, 1]; what lies outside is clipped. */
  readonly images: Float32Array;
  /** [channel, height, width], one channel or three. */
  readonly shape: readonly number[];
  readonly rows: readonly LabelledRow[];
  /** Rows that belong together, with more room around them. Default 1. */
  readonly rowsPerGroup?: number;
}

const border = 20;
const widestLabel = 220;

/**
 * PNG bytes. Each pixel of an image becomes a square of whole pixels (images come out about 64 pixels high), so nothing is
 * smoothed. A label that finds no room is cut short.
 * @throws UserError when images have other than one or three channels
 */
export function renderLabelledRows({ images, shape, rows, rowsPerGroup = 1 }: LabelledRowsInput): Buffer {
  registerPictureFont();
  const font = `15px ${pictureFont}`;
  const measure = createCanvas(1, 1).getContext("2d");
  measure.font = font;
  const labels = rows.map(({ label }) => shortened(measure, label, widestLabel));
  const labelWidth = Math.ceil(Math.max(0, ...labels.map((label) => measure.measureText(label).width)));
  const grid = imageGrid({
    images,
    shape,
    rows: rows.map((row) => row.images),
    magnification: Math.max(1, Math.round(64 / Math.max(shape[1] ?? 1, shape[2] ?? 1))),
    gap: 4,
    rowsPerGroup,
    groupGap: 20,
    margin: [border, border + labelWidth + 12, border, border],
  });
  const canvas = createCanvas(grid.width, grid.height);
  const context = canvas.getContext("2d");
  context.putImageData(new ImageData(withAlpha(grid), grid.width, grid.height), 0, 0);
  context.font = font;
  context.textBaseline = "middle";
  context.fillStyle = chartThemes.light.ink;
  for (const [row, label] of labels.entries()) {
    context.fillText(label, border, (grid.top[row] ?? 0) + grid.cell.height / 2);
  }
  return canvas.toBuffer("image/png");
}

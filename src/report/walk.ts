// A walk through the codes as one picture: the decoded path above, the originals below.
import { createCanvas, ImageData } from "../data/drawing.js";
import { imageGridInTurns } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { shortened, withAlpha } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export interface WalkStep {
  /** What stands under the original. */
  readonly caption: string;
  /** A stop that was asked for; else the original is the nearest image. */
  readonly isStop: boolean;
}

export interface WalkInput {
  /** The decoded path, [step, channel, height, width] in [0, 1]; what lies outside is clipped. */
  readonly decoded: Float32Array;
  /** As `decoded`: at a stop its image, else the nearest one. */
  readonly originals: Float32Array;
  readonly steps: readonly WalkStep[];
  /** [channel, height, width] */
  readonly shape: readonly number[];
}

/** Room for the rows' names, in pixels. */
const labelWidth = 144;
const border = 20;
const gap = 4;
const captionHeight = 22;
/** Steps side by side; longer walks go on in the next two rows. */
const mostColumns = 16;

/**
 * Two rows, as PNG bytes: the decoded path, and under it the originals, with a caption each; stops have a frame and a
 * darker caption. Each pixel becomes a square of whole pixels (images come out about 64 pixels high).
 * @throws UserError when images have other than one or three channels
 */
export async function renderWalk({ decoded, originals, steps, shape }: WalkInput): Promise<Buffer> {
  const size = sizeOf(shape);
  const count = steps.length;
  const images = new Float32Array(2 * count * size);
  images.set(decoded);
  images.set(originals, count * size);
  const rows: number[][] = [];
  for (let first = 0; first < count; first += mostColumns) {
    const row = Array.from({ length: Math.min(mostColumns, count - first) }, (_, column) => first + column);
    rows.push(
      row,
      row.map((step) => count + step),
    );
  }
  const grid = await imageGridInTurns({
    images,
    shape,
    rows,
    magnification: Math.max(1, Math.round(64 / Math.max(shape[1] ?? 1, shape[2] ?? 1))),
    gap,
    rowsPerGroup: 2,
    groupGap: captionHeight + 16,
    margin: [border, labelWidth, border + captionHeight, border],
  });

  registerPictureFont();
  const canvas = createCanvas(grid.width, grid.height);
  const context = canvas.getContext("2d");
  context.putImageData(new ImageData(withAlpha(grid), grid.width, grid.height), 0, 0);
  context.textBaseline = "middle";
  for (const [row, top] of grid.top.entries()) {
    const isDecoded = row % 2 === 0;
    const middle = top + grid.cell.height / 2;
    context.textAlign = "right";
    context.fillStyle = chartThemes.light.ink;
    context.font = `15px ${pictureFont}`;
    context.fillText(isDecoded ? "decoded path" : "originals", labelWidth - 14, isDecoded ? middle : middle - 9);
    if (isDecoded) continue;
    context.font = `12px ${pictureFont}`;
    context.fillStyle = chartThemes.light.muted;
    context.fillText("nearest test images", labelWidth - 14, middle + 10);
    context.textAlign = "center";
    for (const [column, left] of grid.left.entries()) {
      const step = steps[((rows[row]?.[column] ?? Number.NaN) - count) | 0];
      if (rows[row]?.[column] === undefined || step === undefined) continue;
      context.fillStyle = step.isStop ? chartThemes.light.ink : chartThemes.light.muted;
      context.font = `${step.isStop ? "600 " : ""}12px ${pictureFont}`;
      const text = shortened(context, step.caption, grid.cell.width);
      context.fillText(text, left + grid.cell.width / 2, top + grid.cell.height + captionHeight / 2 + 1);
      if (!step.isStop) continue;
      context.strokeStyle = chartThemes.light.series[1];
      context.lineWidth = 2;
      context.strokeRect(left - 1, top - 1, grid.cell.width + 2, grid.cell.height + 2);
    }
  }
  // In another thread: such a picture may be large.
  return await canvas.encode("png");
}

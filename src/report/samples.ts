// Pictures made from codes drawn by lot, in rows under a line that says where they come from.

import { pause } from "../base/turns.js";
import { createCanvas, ImageData } from "../data/drawing.js";
import { imageGridInTurns } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { withAlpha } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export interface SamplesInput {
  /** [image, channel, height, width] in [0, 1]; what lies outside is clipped. */
  readonly images: Float32Array;
  /** [channel, height, width] */
  readonly shape: readonly number[];
  readonly title: string;
}

const border = 20;
const titleHeight = 32;
const mostColumns = 16;

/**
 * A grid as near to a square as it can be, at most 16 wide, as PNG bytes. Each pixel becomes a square of whole pixels
 * (images come out about 64 pixels high).
 * @throws UserError when images have other than one or three channels; AbortError
 */
export async function renderSamples({ images, shape, title }: SamplesInput, signal?: AbortSignal): Promise<Buffer> {
  const count = images.length / sizeOf(shape);
  const columns = Math.min(mostColumns, Math.ceil(Math.sqrt(count)));
  const rows: number[][] = [];
  for (let first = 0; first < count; first += columns) {
    rows.push(Array.from({ length: Math.min(columns, count - first) }, (_, column) => first + column));
  }
  const grid = await imageGridInTurns(
    {
      images,
      shape,
      rows,
      magnification: Math.max(1, Math.round(64 / Math.max(shape[1] ?? 1, shape[2] ?? 1))),
      gap: 4,
      margin: [border + titleHeight, border, border, border],
    },
    signal,
  );
  registerPictureFont();
  const font = `15px ${pictureFont}`;
  const measuring = createCanvas(1, 1).getContext("2d");
  measuring.font = font;
  // A single picture is narrower than its title.
  const width = Math.max(grid.width, Math.ceil(measuring.measureText(title).width) + 2 * border);
  const canvas = createCanvas(width, grid.height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, grid.height);
  // Each of these is one piece.
  await pause(signal);
  const pixels = new ImageData(withAlpha(grid), grid.width, grid.height);
  await pause(signal);
  context.putImageData(pixels, 0, 0);
  await pause(signal);
  context.fillStyle = chartThemes.light.ink;
  context.font = font;
  context.textBaseline = "middle";
  context.fillText(title, border, border + titleHeight / 2 - 4);
  // In another thread: such a picture may be large.
  return await canvas.encode("png");
}

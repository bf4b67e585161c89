// Rows of pictures that are alike: what was asked for and what is nearest to it, or pictures that are nearly the same.

import { pause } from "../base/turns.js";
import { createCanvas } from "../data/drawing.js";
import type { Picture } from "../pixels/index.js";
import { drawTitle, pictureCanvas, shortened, titleBorder, titleHeight } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export interface FoundTile {
  readonly picture: Picture;
  /** Two lines below. */
  readonly caption: readonly [string, string];
}

export interface FoundInput {
  readonly title: string;
  readonly subtitle: string;
  /** Whether each row's first picture is what was asked for, and stands apart. */
  readonly hasQueries: boolean;
  readonly rows: readonly (readonly FoundTile[])[];
}

const tile = 112;
const gap = 10;
const apart = 26;
const captionHeight = 40;

/** PNG bytes. @throws AbortError */
export async function renderFound(input: FoundInput, signal?: AbortSignal): Promise<Buffer> {
  const { title, subtitle, hasQueries, rows } = input;
  registerPictureFont();
  const columns = Math.max(1, ...rows.map(({ length }) => length));
  const head = titleBorder + titleHeight + 8;
  const rowHeight = tile + captionHeight + 10;
  const width = Math.max(560, 2 * titleBorder + columns * (tile + gap) + apart);
  const canvas = createCanvas(width, head + Math.max(1, rows.length) * rowHeight + 8);
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawTitle(context, title, subtitle, width - 2 * titleBorder);
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [row, tiles] of rows.entries()) {
    await pause(signal);
    const y = head + row * rowHeight;
    for (const [column, { picture, caption }] of tiles.entries()) {
      const x = titleBorder + column * (tile + gap) + (hasQueries && column > 0 ? apart : 0);
      const scale = Math.min(tile / picture.width, tile / picture.height);
      const [drawnWidth, drawnHeight] = [picture.width * scale, picture.height * scale];
      context.imageSmoothingEnabled = scale < 1;
      context.imageSmoothingQuality = "high";
      const [left, top] = [x + (tile - drawnWidth) / 2, y + (tile - drawnHeight) / 2];
      context.drawImage(pictureCanvas(picture), left, top, drawnWidth, drawnHeight);
      context.font = `12px ${pictureFont}`;
      context.fillStyle = chartThemes.light.ink;
      context.fillText(shortened(context, caption[0], tile + gap - 2), x + tile / 2, y + tile + 12);
      context.fillStyle = chartThemes.light.muted;
      context.fillText(shortened(context, caption[1], tile + gap - 2), x + tile / 2, y + tile + 28);
    }
    if (!hasQueries) continue;
    context.fillStyle = chartThemes.light.line;
    context.fillRect(titleBorder + tile + (gap + apart) / 2 - 1, y, 1, tile);
  }
  // In another thread: such a picture may be large.
  return await canvas.encode("png");
}

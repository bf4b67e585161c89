// A page of scored pictures, the worst first: each as it came, its reconstruction and the heat map of the error.

import { pause } from "../base/turns.js";
import { createCanvas } from "../data/drawing.js";
import { type Fit, type Picture, shrinkPicture } from "../pixels/index.js";
import { drawTitle, pictureCanvas, shortened, titleBorder, titleHeight } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";
import { drawHeatScale, heatPicture, heatScaleWidth } from "./heat.js";
import { pictureOf } from "./restorations.js";

export interface ScoredTile {
  /** As it came, or smaller. */
  readonly original: Picture;
  /** [channel, height, width] in [0, 1]; what lies outside is clipped. */
  readonly reconstruction: Float32Array;
  /** [height, width]: the absolute error. */
  readonly error: Float64Array;
  readonly isAnomalous: boolean;
  /** Two lines below. */
  readonly caption: readonly [string, string];
}

export interface ScoredInput {
  readonly title: string;
  readonly subtitle: string;
  readonly tiles: readonly ScoredTile[];
  /** [channel, height, width] */
  readonly shape: readonly number[];
  readonly fit: Fit;
  /** The error that has the last colour, on the whole page. */
  readonly top: number;
}

const tileHeight = 112;
const gap = 6;
const cellGap = 28;
const captionHeight = 44;
const columns = 3;

/** A small picture of an original, as large as a tile shows it. */
export function thumbnail(original: Picture): Picture {
  return shrinkPicture(original, 2 * tileHeight);
}

/** PNG bytes, three pictures in a row. The heat maps share one scale, drawn at the right. @throws AbortError */
export async function renderScored(input: ScoredInput, signal?: AbortSignal): Promise<Buffer> {
  const { title, subtitle, tiles, shape, fit, top } = input;
  const [channels = 1, height = 1, width = 1] = shape;
  registerPictureFont();
  const tileWidth = Math.min(2 * tileHeight, Math.max(60, Math.round((tileHeight * width) / height)));
  const cellWidth = 3 * tileWidth + 2 * gap;
  const across = Math.min(columns, Math.max(1, tiles.length));
  const rows = Math.ceil(tiles.length / columns);
  const cellHeight = tileHeight + captionHeight + 12;
  const headHeight = titleBorder + titleHeight + 22;
  const pageWidth = Math.max(560, titleBorder + across * (cellWidth + cellGap) + heatScaleWidth + 8);
  const canvas = createCanvas(pageWidth, headHeight + Math.max(1, rows) * cellHeight + 12);
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawTitle(context, title, subtitle, pageWidth - 2 * titleBorder);
  for (const [i, tile] of tiles.entries()) {
    await pause(signal);
    const x = titleBorder + (i % columns) * (cellWidth + cellGap);
    const y = headHeight + Math.floor(i / columns) * cellHeight;
    const { original, reconstruction, error, caption, isAnomalous } = tile;
    const shown = [
      { picture: original, isSmooth: true },
      { picture: pictureOf(reconstruction, channels, height, width), isSmooth: tileHeight < height },
      { picture: heatPicture({ original, error, height, width, fit, top }), isSmooth: true },
    ];
    for (const [part, { picture, isSmooth }] of shown.entries()) {
      const scale = Math.min(tileWidth / picture.width, tileHeight / picture.height);
      const [drawnWidth, drawnHeight] = [picture.width * scale, picture.height * scale];
      const left = x + part * (tileWidth + gap) + (tileWidth - drawnWidth) / 2;
      context.imageSmoothingEnabled = isSmooth && scale < 1;
      context.imageSmoothingQuality = "high";
      context.drawImage(pictureCanvas(picture), left, y + (tileHeight - drawnHeight) / 2, drawnWidth, drawnHeight);
    }
    if (i < columns) {
      context.font = `12px ${pictureFont}`;
      context.fillStyle = chartThemes.light.muted;
      context.textAlign = "center";
      context.textBaseline = "middle";
      for (const [part, label] of ["original", "reconstruction", "error"].entries()) {
        context.fillText(label, x + part * (tileWidth + gap) + tileWidth / 2, y - 12, tileWidth + gap);
      }
    }
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.font = `600 13px ${pictureFont}`;
    // Anomalous is said in words too: a colour alone is not for everybody.
    context.fillStyle = isAnomalous ? chartThemes.light.series[1] : chartThemes.light.ink;
    context.fillText(shortened(context, caption[0], cellWidth), x, y + tileHeight + 14);
    context.font = `12px ${pictureFont}`;
    context.fillStyle = chartThemes.light.muted;
    context.fillText(shortened(context, caption[1], cellWidth), x, y + tileHeight + 32);
  }
  context.fillStyle = chartThemes.light.muted;
  context.fillText("abs. error", titleBorder + across * (cellWidth + cellGap), headHeight - 12);
  drawHeatScale(
    context,
    { left: titleBorder + across * (cellWidth + cellGap), top: headHeight, height: tileHeight },
    top,
  );
  // In another thread: such a picture may be large.
  return await canvas.encode("png");
}

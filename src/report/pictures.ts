// The one renderer of pictures in rows (pictureGrid.ts), as PNG.
import { pause } from "../base/turns.js";
import { type Canvas, createCanvas, ImageData, type SKRSContext2D } from "../data/drawing.js";
import type { Picture } from "../pixels/index.js";
import { drawTitle, pictureCanvas, shortened, titleBorder, titleHeight, withAlpha } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";
import { drawHeatScale, heatScaleWidth } from "./heat.js";
import type { PictureGrid, PictureRow, PictureTile, Words } from "./pictureGrid.js";

const { ink, muted, line, series } = chartThemes.light;
const alarm = series[1] as string;
const labelFont = `15px ${pictureFont}`;
const smallTitleHeight = 32;
/** Of a caption's first line below its tile, and of one line below another. */
const firstLine = 12;
const nextLine = 17;
/** A text may be squeezed this much before it is cut short. */
const mostSqueeze = 1.1;

/** PNG bytes. */
export function renderPictures(grid: PictureGrid): Buffer {
  const steps = drawing(grid);
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value.toBuffer("image/png");
}

/** As `renderPictures`, giving the thread back between rows: for thousands of pictures. @throws AbortError */
export async function renderPicturesInTurns(grid: PictureGrid, signal?: AbortSignal): Promise<Buffer> {
  const steps = drawing(grid);
  for (let step = steps.next(); ; step = steps.next()) {
    // In another thread: such a picture may be large.
    if (step.done === true) return await step.value.encode("png");
    await pause(signal);
  }
}

/** Draws, and stops before each row. */
function* drawing(grid: PictureGrid): Generator<undefined, Canvas> {
  const { title, subtitle = "", hasSmallTitle = false, columns, rows, margin, heat, leastWidth = 0 } = grid;
  registerPictureFont();
  const [marginTop, marginLeft, marginBottom, marginRight] = margin;
  const head = title === undefined ? 0 : hasSmallTitle ? smallTitleHeight : titleBorder + titleHeight;
  let x = marginLeft;
  const lefts = columns.map(({ gap, width }) => {
    x += gap + width;
    return x - width;
  });
  let y = head + marginTop;
  const tops = rows.map(({ gap = 0, height, captionHeight = 0 }) => {
    const top = y + gap;
    y = top + height + captionHeight;
    return top;
  });
  const scaleLeft = x + marginRight;
  const smallTitle = hasSmallTitle && title !== undefined ? textWidth(title) + 2 * marginRight : 0;
  const width = Math.max(leastWidth, scaleLeft + (heat === undefined ? 0 : heatScaleWidth + 8), smallTitle);
  const canvas = createCanvas(Math.ceil(width), Math.ceil(y + marginBottom));
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (title !== undefined && !hasSmallTitle) drawTitle(context, title, subtitle, width - 2 * titleBorder);
  context.textBaseline = "middle";
  if (title !== undefined && hasSmallTitle) {
    context.fillStyle = ink;
    context.font = labelFont;
    context.fillText(title, marginLeft, marginTop + smallTitleHeight / 2 - 4);
  }
  for (const [at, row] of rows.entries()) {
    yield undefined;
    drawRow(context, grid, row, tops[at] ?? 0, lefts);
  }
  if (heat !== undefined) {
    const [top, height] = [tops[0] ?? head + marginTop, rows[0]?.height ?? 100];
    write(context, { text: heat.name, look: "muted" }, scaleLeft, top - 12, "left", heatScaleWidth + 8);
    drawHeatScale(context, { left: scaleLeft, top, height }, heat.top);
  }
  return canvas;
}

function drawRow(
  context: SKRSContext2D,
  { columns, margin, labelAlign = "right", partedAfter }: PictureGrid,
  row: PictureRow,
  top: number,
  lefts: readonly number[],
): void {
  const { label = [], tiles, height, captionLabels = [], heads = [] } = row;
  const beside = margin[1] - 14;
  const writeBeside = (words: Words, y: number, isLabel: boolean): void => {
    const [x, room] = labelAlign === "right" ? [beside, beside] : [margin[3], beside - margin[3] + 2];
    write(context, words, x, y, labelAlign, room, isLabel ? labelFont : undefined);
  };
  label.forEach((words, i) => {
    writeBeside(words, top + height / 2 + 19 * (i - (label.length - 1) / 2), words.look === undefined);
  });
  captionLabels.forEach((words, i) => {
    writeBeside(words, top + height + firstLine + nextLine * i, false);
  });
  for (const [column, head] of heads.entries()) {
    const room = columns[column]?.width ?? 0;
    write(context, { text: head, look: "muted" }, (lefts[column] ?? 0) + room / 2, top - 12, "center", room + 4);
  }
  for (const [column, tile] of tiles.entries()) {
    if (tile === null) continue;
    const [left, room] = [lefts[column] ?? 0, columns[column]?.width ?? tile.width];
    const [x, y] = [left + (room - tile.width) / 2, top + (height - tile.height) / 2];
    drawPicture(context, tile, x, y);
    if (tile.isFramed === true) {
      context.strokeStyle = alarm;
      context.lineWidth = 2;
      context.strokeRect(x - 1, y - 1, tile.width + 2, tile.height + 2);
    }
    const last = column + (tile.captionColumns ?? 1) - 1;
    const wide = (lefts[last] ?? left) + (columns[last]?.width ?? room) - left;
    tile.caption?.forEach((words, i) => {
      const at = top + height + firstLine + nextLine * i;
      if (tile.captionColumns === undefined) write(context, words, left + room / 2, at, "center", room);
      else write(context, words, left, at, "left", wide);
    });
  }
  if (partedAfter === undefined) return;
  const [before, after] = [lefts[partedAfter] ?? 0, lefts[partedAfter + 1]];
  if (after === undefined) return;
  context.fillStyle = line;
  context.fillRect(Math.round((before + (columns[partedAfter]?.width ?? 0) + after) / 2) - 1, top, 1, height);
}

/** A line of words within `room` pixels: squeezed a little where it is wider, and cut short where that is not enough. */
function write(
  context: SKRSContext2D,
  { text, look = "plain" }: Words,
  x: number,
  y: number,
  align: "left" | "center" | "right",
  room: number,
  font = look === "label" ? labelFont : `${look === "strong" || look === "alarm" ? "600 " : ""}12px ${pictureFont}`,
): void {
  context.font = font;
  context.textAlign = align;
  context.fillStyle = { label: ink, plain: ink, muted, strong: ink, alarm }[look];
  context.fillText(shortened(context, text, room * mostSqueeze), x, y, room);
}

function drawPicture(context: SKRSContext2D, { picture, width, height }: PictureTile, x: number, y: number): void {
  const magnification = width / picture.width;
  if (Number.isInteger(magnification) && magnification * picture.height === height) {
    // Bytes as they are: a canvas that scales may blend.
    context.putImageData(magnified(picture, magnification), Math.floor(x), Math.floor(y));
    return;
  }
  context.imageSmoothingEnabled = magnification < 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(pictureCanvas(picture), x, y, width, height);
}

/** Each pixel as a square. */
function magnified(picture: Picture, magnification: number) {
  const { width, height } = picture;
  const from = new Uint32Array(withAlpha(picture).buffer);
  const to = new Uint32Array(width * height * magnification ** 2);
  for (let y = 0, at = 0; y < height * magnification; y++) {
    const row = Math.floor(y / magnification) * width;
    for (let x = 0; x < width; x++) {
      to.fill(from[row + x] as number, at, at + magnification);
      at += magnification;
    }
  }
  return new ImageData(new Uint8ClampedArray(to.buffer), width * magnification, height * magnification);
}

function textWidth(text: string): number {
  const context = createCanvas(1, 1).getContext("2d");
  context.font = labelFont;
  return Math.ceil(context.measureText(text).width);
}

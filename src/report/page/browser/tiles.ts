// Pictures out of sheets, in a page: sheets are loaded once and kept, tiles are drawn on canvases, as they are or as their difference.
import { signedDifference } from "../difference.js";

/** Many small pictures of one size in one picture, in reading order, without gaps. */
export interface Sheet {
  readonly url: string;
  readonly columns: number;
  readonly tile: readonly [width: number, height: number];
}

/** How two pictures of the same thing are shown on one canvas. */
export type Shown =
  | { readonly kind: "first" | "second" | "difference" }
  /** The first one on the left of `at`, from 0 to 1. */
  | { readonly kind: "split"; readonly at: number };

/** Of sheets that stay decoded: those of 40 epochs of 32 digits. Others are decoded again, beside the page's thread. */
const keptBytes = 4e6;
/** However large: originals, what was given, and what came out, now and before. */
const keptSheets = 4;
const sheets = new Map<string, { readonly picture: Promise<ImageBitmap>; bytes: number }>();

/**
 * A sheet's picture, from what is kept if it is there. One that was asked for long ago is closed, and draws nothing then.
 * @throws Error where it can't be had; the next call tries again
 */
export function loadSheet(url: string): Promise<ImageBitmap> {
  const kept = sheets.get(url) ?? fetched(url);
  // What was asked for last is thrown away last.
  sheets.delete(url);
  sheets.set(url, kept);
  return kept.picture;
}

function fetched(url: string): { readonly picture: Promise<ImageBitmap>; bytes: number } {
  const sheet = { picture: fetchSheet(url), bytes: 0 };
  sheet.picture.then(
    ({ width, height }) => {
      sheet.bytes = 4 * width * height;
      throwOld();
    },
    () => sheets.delete(url),
  );
  return sheet;
}

function throwOld(): void {
  let bytes = [...sheets.values()].reduce((sum, sheet) => sum + sheet.bytes, 0);
  for (const [url, sheet] of sheets) {
    if (bytes <= keptBytes || sheets.size <= keptSheets) break;
    // Of one that is on its way nothing is known.
    if (sheet.bytes === 0) continue;
    sheets.delete(url);
    bytes -= sheet.bytes;
    sheet.picture.then((picture) => picture.close()).catch(() => {});
  }
}

async function fetchSheet(url: string): Promise<ImageBitmap> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return createImageBitmap(await response.blob());
}

/** Draws tile `index` of one or two sheets; `second` is what came out of `first`. The canvas gets the tile's own size. */
export function drawTile(
  canvas: HTMLCanvasElement,
  { tile: [width, height], columns }: Pick<Sheet, "tile" | "columns">,
  index: number,
  first: ImageBitmap | undefined,
  second: ImageBitmap | undefined,
  shown: Shown,
): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: shown.kind === "difference" });
  if (context === null) return;
  const [left, top] = [(index % columns) * width, Math.floor(index / columns) * height];
  const draw = (picture: ImageBitmap | undefined, from: number, to: number): void => {
    // One that was closed has no size.
    if (picture === undefined || picture.width === 0 || to <= from) return;
    context.drawImage(picture, left + from, top, to - from, height, from, 0, to - from, height);
  };
  context.clearRect(0, 0, width, height);
  if (shown.kind === "first") draw(first, 0, width);
  else if (shown.kind === "second") draw(second, 0, width);
  else if (shown.kind === "split") {
    const at = Math.round(shown.at * width);
    draw(first, 0, at);
    draw(second, at, width);
  } else {
    draw(first, 0, width);
    const before = context.getImageData(0, 0, width, height);
    context.clearRect(0, 0, width, height);
    draw(second, 0, width);
    const after = context.getImageData(0, 0, width, height);
    signedDifference(before.data, after.data, after.data);
    context.putImageData(after, 0, 0);
  }
}

/** Mean squared error of two tiles over every pixel and channel, pixels in [0, 1]; undefined while a picture is not there. */
export function tileError(
  { tile: [width, height], columns }: Pick<Sheet, "tile" | "columns">,
  index: number,
  first: ImageBitmap,
  second: ImageBitmap,
): number | undefined {
  if (first.width === 0 || second.width === 0) return undefined;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return undefined;
  const [left, top] = [(index % columns) * width, Math.floor(index / columns) * height];
  const [before, after] = [first, second].map((picture) => {
    context.clearRect(0, 0, width, height);
    context.drawImage(picture, left, top, width, height, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  });
  if (before === undefined || after === undefined) return undefined;
  let sum = 0;
  for (let i = 0; i < before.length; i++) {
    if (i % 4 !== 3) sum += (((before[i] ?? 0) - (after[i] ?? 0)) / 255) ** 2;
  }
  return sum / ((before.length / 4) * 3);
}

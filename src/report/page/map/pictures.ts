// Pictures in place of points: which points get one, so that no two lie on each other, and where each one's tile is. Pure.
import type { PointIndex } from "./pointIndex.js";
import type { Shown } from "./shown.js";
import { type Size, seen, toScreen, type View } from "./view.js";

/** A sheet of pictures of points, in the points' order, in reading order. */
export interface Sheet {
  readonly url: string;
  readonly columns: number;
  /** Height and width of a tile in pixels of the sheet. */
  readonly tile: readonly [number, number];
  /** The point whose picture is first. Default 0. */
  readonly first?: number;
  readonly count: number;
}

/** A picture's sheet and its corner there, in pixels. */
export interface Tile {
  readonly sheet: Sheet;
  readonly x: number;
  readonly y: number;
}

/** The picture of a point; undefined where no sheet has it. */
export function tileOf(sheets: readonly Sheet[], index: number): Tile | undefined {
  const sheet = sheets.find(({ first = 0, count }) => index >= first && index < first + count);
  if (sheet === undefined) return undefined;
  const { columns, first = 0 } = sheet;
  const [height, width] = sheet.tile;
  const place = index - first;
  return { sheet, x: (place % columns) * width, y: Math.floor(place / columns) * height };
}

export interface PlacedPicture {
  readonly index: number;
  /** The middle, in pixels of the screen. */
  readonly x: number;
  readonly y: number;
}

/**
 * Points whose picture is shown: the plane is cut into squares as large as a picture, and the first shown point in a square
 * has its picture in the square's middle. Squares lie fast in the plane, so that moving the map moves pictures and changes none.
 * @param how.side of a picture with the gap around it, in pixels of the screen
 * @param how.hasPicture default: every point has one
 */
export function placedPictures(
  index: PointIndex,
  points: Float32Array,
  shown: Shown,
  how: { readonly view: View; readonly size: Size; readonly side: number; hasPicture?(index: number): boolean },
): readonly PlacedPicture[] {
  const { view, size, side, hasPicture = () => true } = how;
  const step = side / view.scale;
  const { left, right, bottom, top } = seen(view, size);
  const [firstColumn, firstRow] = [Math.floor(left / step), Math.floor(bottom / step)];
  const [columns, rows] = [Math.ceil(right / step) - firstColumn + 1, Math.ceil(top / step) - firstRow + 1];
  const chosen = new Int32Array(columns * rows).fill(-1);
  // Whole squares, those at the edges too, so that what stands in one does not depend on the view.
  const whole = {
    ...{ left: firstColumn * step, right: (firstColumn + columns) * step },
    ...{ bottom: firstRow * step, top: (firstRow + rows) * step },
  };
  index.forEachIn(whole, (i) => {
    if (!shown.has(i) || !hasPicture(i)) return;
    const column = Math.floor(points[2 * i] / step) - firstColumn;
    const row = Math.floor(points[2 * i + 1] / step) - firstRow;
    if (column >= columns || row >= rows) return;
    const square = row * columns + column;
    if (chosen[square] < 0 || i < chosen[square]) chosen[square] = i;
  });
  const placed: PlacedPicture[] = [];
  chosen.forEach((i, square) => {
    if (i < 0) return;
    const [column, row] = [(square % columns) + firstColumn, Math.floor(square / columns) + firstRow];
    const [x, y] = toScreen(view, size, (column + 0.5) * step, (row + 0.5) * step);
    placed.push({ index: i, x, y });
  });
  return placed;
}

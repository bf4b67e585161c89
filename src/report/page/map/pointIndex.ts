// Points of a plane by place: a grid of cells, for what is nearest, what lies in a box, and what lies in a lasso. Pure.
import type { Box } from "./view.js";

export type Place = readonly [number, number];

export interface PointIndex {
  /** Of all points; those that are not numbers are in no cell, and nothing finds them. */
  readonly count: number;
  /** The nearest point within a distance, or -1; of equally near ones the first. @param isShown points that count */
  nearest(x: number, y: number, within: number, isShown?: (index: number) => boolean): number;
  /** The nearest so many, from the nearest on. */
  nearestFew(x: number, y: number, few: number): readonly number[];
  /** Visits every point in a box, its edges included, cell by cell. */
  forEachIn(box: Box, visit: (index: number) => void): void;
  /** Points inside a polygon, rising. */
  inPolygon(polygon: readonly Place[]): number[];
}

/** Points in a cell, on average, where they lie evenly. */
const pointsPerCell = 4;

/** @param points [point, 2] */
export function pointIndex(points: Float32Array): PointIndex {
  const count = points.length / 2;
  const isPoint = (i: number): boolean => Number.isFinite(points[2 * i]) && Number.isFinite(points[2 * i + 1]);
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [bottom, top] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < count; i++) {
    if (!isPoint(i)) continue;
    left = Math.min(left, points[2 * i]);
    right = Math.max(right, points[2 * i]);
    bottom = Math.min(bottom, points[2 * i + 1]);
    top = Math.max(top, points[2 * i + 1]);
  }
  const side = Math.max(right - left, top - bottom);
  const across = Math.max(1, Math.ceil(Math.sqrt(count / pointsPerCell)));
  const cell = side > 0 ? side / across : 1;
  const columns = side > 0 ? Math.floor((right - left) / cell) + 1 : 1;
  const rows = side > 0 ? Math.floor((top - bottom) / cell) + 1 : 1;
  const columnOf = (x: number): number => Math.min(columns - 1, Math.max(0, Math.floor((x - left) / cell)));
  const rowOf = (y: number): number => Math.min(rows - 1, Math.max(0, Math.floor((y - bottom) / cell)));

  // Counting sort: `order` from starts[c] to starts[c + 1] are the points of cell c, rising.
  const starts = new Uint32Array(columns * rows + 1);
  const cells = new Int32Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    if (!isPoint(i)) continue;
    const place = rowOf(points[2 * i + 1]) * columns + columnOf(points[2 * i]);
    cells[i] = place;
    starts[place + 1]++;
  }
  for (let c = 0; c < columns * rows; c++) starts[c + 1] += starts[c];
  const next = starts.slice(0, -1);
  const order = new Uint32Array(starts[columns * rows]);
  for (let i = 0; i < count; i++) if (cells[i] >= 0) order[next[cells[i]]++] = i;

  const forEachIn: PointIndex["forEachIn"] = (box, visit) => {
    if (order.length === 0 || box.right < left || box.left > right || box.top < bottom || box.bottom > top) return;
    const [first, last] = [columnOf(box.left), columnOf(box.right)];
    for (let row = rowOf(box.bottom); row <= rowOf(box.top); row++) {
      for (let at = starts[row * columns + first]; at < starts[row * columns + last + 1]; at++) {
        const i = order[at];
        const [x, y] = [points[2 * i], points[2 * i + 1]];
        if (x >= box.left && x <= box.right && y >= box.bottom && y <= box.top) visit(i);
      }
    }
  };
  const squaredDistance = (i: number, x: number, y: number): number =>
    (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
  const around = (x: number, y: number, reach: number): Box => ({
    ...{ left: x - reach, right: x + reach },
    ...{ bottom: y - reach, top: y + reach },
  });

  return {
    count,
    forEachIn,
    nearest(x, y, within, isShown = () => true) {
      let found = -1;
      let least = Number.POSITIVE_INFINITY;
      // Wider and wider, so that a wide reach over many points looks at few of them.
      for (let reach = Math.min(within, cell); ; reach = Math.min(within, 2 * reach)) {
        forEachIn(around(x, y, reach), (i) => {
          const squares = squaredDistance(i, x, y);
          if (squares > reach * reach || squares > least || (squares === least && i > found) || !isShown(i)) return;
          found = i;
          least = squares;
        });
        if (found >= 0 || reach >= within) return found;
      }
    },
    nearestFew(x, y, few) {
      const wanted = Math.min(few, order.length);
      if (wanted === 0) return [];
      for (let reach = cell; ; reach *= 2) {
        const near: { readonly index: number; readonly squares: number }[] = [];
        forEachIn(around(x, y, reach), (index) => {
          const squares = squaredDistance(index, x, y);
          if (squares <= reach * reach) near.push({ index, squares });
        });
        if (near.length < wanted) continue;
        near.sort((a, b) => a.squares - b.squares || a.index - b.index);
        return near.slice(0, wanted).map(({ index }) => index);
      }
    },
    inPolygon(polygon) {
      if (polygon.length < 3) return [];
      const [xs, ys] = [polygon.map(([x]) => x), polygon.map(([, y]) => y)];
      const box = { left: Math.min(...xs), right: Math.max(...xs), bottom: Math.min(...ys), top: Math.max(...ys) };
      const found: number[] = [];
      forEachIn(box, (i) => {
        if (isInPolygon(polygon, points[2 * i], points[2 * i + 1])) found.push(i);
      });
      return found.sort((a, b) => a - b);
    },
  };
}

/** Whether a place lies inside a polygon, by the even-odd rule: a loop that crosses itself leaves out what it goes around twice. */
export function isInPolygon(polygon: readonly Place[], x: number, y: number): boolean {
  let isInside = false;
  let [fromX, fromY] = polygon[polygon.length - 1] ?? [0, 0];
  for (const [toX, toY] of polygon) {
    // An edge counts from its lower end (included) to its upper (not), so that a corner is met once.
    if (fromY > y !== toY > y && x < ((toX - fromX) * (y - fromY)) / (toY - fromY) + fromX) isInside = !isInside;
    [fromX, fromY] = [toX, toY];
  }
  return isInside;
}

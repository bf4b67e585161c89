// The nearest of many rows of numbers (codes), block by block by products on an engine.
import { isPauseDue, pause } from "../base/turns.js";
import { openProducts } from "../data/principalComponents/products.js";
import type { Engine } from "../engines/engine.js";

/** For each query its nearest rows, the nearest first. */
export interface NearestRows {
  /** [query, rank]: places among the rows. */
  readonly places: Uint32Array;
  /** [query, rank]: Euclidean distances. */
  readonly distances: Float64Array;
  /** Rows that a query has. */
  readonly count: number;
}

const queryChunk = 500;
const rowChunk = 2000;
/** Candidates beyond those that are wanted: products in float32 tell near ones apart to some 1e-6 of their squared length. */
const spare = 8;

/**
 * The `count` nearest rows of each query, by their distance in float64; of equally near ones the first.
 * @param queries [query, width]
 * @param rows [row, width], at least one
 * @param options.areRows the queries are the rows themselves, and none is its own neighbour
 * @throws AbortError
 */
export async function nearestRows(
  engine: Engine,
  queries: Float32Array,
  rows: Float32Array,
  width: number,
  options: {
    readonly count: number;
    readonly areRows?: boolean;
    readonly signal?: AbortSignal | undefined;
    readonly progress?: (done: number, of: number) => void;
  },
): Promise<NearestRows> {
  const { areRows = false, signal, progress } = options;
  const rowCount = rows.length / width;
  const queryCount = queries.length / width;
  const most = Math.max(0, Math.min(options.count, areRows ? rowCount - 1 : rowCount));
  const places = new Uint32Array(queryCount * most);
  const distances = new Float64Array(queryCount * most);
  await nearLists(engine, queries, rows, width, {
    most: Math.min(rowCount, most + spare + (areRows ? 1 : 0)),
    signal,
    take(query, near) {
      if (query % queryChunk === 0) progress?.(query, queryCount);
      const exact = Array.from(near)
        .filter((row) => !areRows || row !== query)
        .map((row) => ({ row, distance: distanceBetween(queries, query, rows, row, width) }))
        .sort((a, b) => a.distance - b.distance || a.row - b.row);
      for (let rank = 0; rank < most; rank++) {
        places[query * most + rank] = exact[rank]?.row ?? 0;
        distances[query * most + rank] = exact[rank]?.distance ?? Number.NaN;
      }
    },
  });
  return { places, distances, count: most };
}

/** The Euclidean distance of two rows, in float64. */
export function distanceBetween(a: Float32Array, rowA: number, b: Float32Array, rowB: number, width: number): number {
  let squares = 0;
  for (let i = 0, atA = rowA * width, atB = rowB * width; i < width; i++, atA++, atB++) {
    squares += ((a[atA] as number) - (b[atB] as number)) ** 2;
  }
  return Math.sqrt(squares);
}

/**
 * Hands out, query by query, the places of the `most` nearest rows as products in the engine's precision tell them, the
 * nearest first; of equals the first. |q−x|² is compared as |x|² − 2q·x.
 */
export async function nearLists(
  engine: Engine,
  queries: Float32Array,
  rows: Float32Array,
  width: number,
  options: {
    readonly most: number;
    readonly signal?: AbortSignal | undefined;
    /** `places` is used again for the next query. */
    readonly take: (query: number, places: Uint32Array) => void;
  },
): Promise<void> {
  const { most, signal, take } = options;
  const rowCount = rows.length / width;
  const queryCount = queries.length / width;
  const squares = await squaredLengths(rows, width, signal);
  const products = await openProducts(engine);
  try {
    for (let first = 0; first < queryCount; first += queryChunk) {
      const some = Math.min(queryChunk, queryCount - first);
      const asked = queries.subarray(first * width, (first + some) * width);
      const nearest = Array.from({ length: some }, () => nearestList(most));
      for (let start = 0; start < rowCount; start += rowChunk) {
        await pause(signal);
        const columns = Math.min(rowChunk, rowCount - start);
        const inner = await products.multiply(asked, rows.subarray(start * width, (start + columns) * width), {
          shapeA: [some, width],
          shapeB: [columns, width],
          transposeB: true,
        });
        for (const [row, list] of nearest.entries()) {
          for (let column = 0, at = row * columns; column < columns; column++, at++) {
            list.offer((squares[start + column] as number) - 2 * (inner[at] as number), start + column);
          }
        }
      }
      for (const [row, { places }] of nearest.entries()) take(first + row, places);
    }
  } finally {
    products.dispose();
  }
}

/** The `most` smallest values that were offered, sorted. */
function nearestList(most: number) {
  const values = new Float64Array(most).fill(Number.POSITIVE_INFINITY);
  const places = new Uint32Array(most);
  return {
    places,
    offer(value: number, place: number): void {
      if (!(value < (values[most - 1] as number))) return;
      let at = most - 1;
      for (; at > 0 && (values[at - 1] as number) > value; at--) {
        values[at] = values[at - 1] as number;
        places[at] = places[at - 1] as number;
      }
      values[at] = value;
      places[at] = place;
    },
  };
}

/** |x|² of each row, in float64. @throws AbortError */
export async function squaredLengths(
  rows: Float32Array,
  width: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const lengths = new Float64Array(rows.length / width);
  for (let row = 0, at = 0; row < lengths.length; row++) {
    if (isPauseDue()) await pause(signal);
    let sum = 0;
    for (let unit = 0; unit < width; unit++, at++) sum += (rows[at] as number) ** 2;
    lengths[row] = sum;
  }
  return lengths;
}

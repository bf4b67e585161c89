import { describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import { openEngine } from "../engines/index.js";
import { referenceEngine } from "../engines/reference/index.js";
import { closePairs, distanceSpace } from "./likeness.js";
import { distanceBetween, nearestRows } from "./nearestRows.js";

const engine = referenceEngine();
function drawn(count: number, width: number, seed: number): Float32Array {
  const random = randomSequence(seed, "sample", 0, 0);
  return Float32Array.from({ length: count * width }, () => random.normal());
}

describe("the nearest rows", () => {
  it("come in order, with distances in float64; of equal ones the first", async () => {
    // On a line: 0, 3, 3 and 10; asked for 2 and 11.
    const rows = Float32Array.of(0, 0, 3, 0, 3, 0, 10, 0);
    const near = await nearestRows(engine, Float32Array.of(2, 0, 11, 0), rows, 2, { count: 3 });
    expect([...near.places]).toEqual([1, 2, 0, 3, 1, 2]);
    expect([...near.distances]).toEqual([1, 1, 2, 1, 8, 8]);
  });

  it("leave out the row itself, and are no more than there are", async () => {
    const rows = Float32Array.of(0, 1, 5);
    const near = await nearestRows(engine, rows, rows, 1, { count: 9, areRows: true });
    expect([near.count, [...near.places]]).toEqual([2, [1, 2, 0, 2, 1, 0]]);
    expect((await nearestRows(engine, rows, rows, 1, { count: 9 })).count).toBe(3);
    expect((await nearestRows(engine, rows, rows.subarray(0, 1), 1, { count: 1, areRows: true })).count).toBe(0);
  });

  it("are those of a loop over all pairs, across blocks and on an engine in float32", async () => {
    const [rows, queries] = [drawn(2100, 3, 1), drawn(501, 3, 2)];
    const fast = await openEngine("auto", { threads: 1 });
    const near = await nearestRows(fast, queries, rows, 3, { count: 2 });
    for (const query of [0, 17, 499, 500]) {
      const all = Array.from({ length: 2100 }, (_, row) => distanceBetween(queries, query, rows, row, 3));
      const sorted = Array.from(all.keys()).sort((a, b) => (all[a] ?? 0) - (all[b] ?? 0));
      expect([...near.places.subarray(2 * query, 2 * query + 2)]).toEqual(sorted.slice(0, 2));
      expect(near.distances[2 * query + 1]).toBe(all[sorted[1] ?? 0]);
    }
  });
});

describe("distances", () => {
  const codes = Float32Array.of(0, 0, 2, 0, 0, 20, 2, 20);
  const between = (name: Parameters<typeof distanceSpace>[0], a: number, b: number) => {
    const space = distanceSpace(name, codes, 2);
    const placed = space.place(codes);
    return space.distanceOf(distanceBetween(placed, a, placed, b, 2));
  };
  it("are Euclidean, of codes or of standardised ones", () => {
    expect(between("euclidean", 0, 2)).toBe(20);
    // Deviations 1 and 10.
    expect([between("standardised", 0, 1), between("standardised", 0, 2)]).toEqual([2, 2]);
    expect(between("standardised", 0, 3)).toBeCloseTo(Math.sqrt(8), 6);
  });

  it("are 1 less the cosine of the angle; a code of zeros is half way from all", () => {
    expect(between("cosine", 1, 2)).toBeCloseTo(1, 6);
    expect(between("cosine", 1, 3)).toBeCloseTo(1 - 2 / Math.sqrt(404), 6);
    expect(between("cosine", 0, 1)).toBeCloseTo(0.5, 6);
    const { euclideanOf, distanceOf } = distanceSpace("cosine", codes, 2);
    expect(distanceOf(euclideanOf(0.3))).toBeCloseTo(0.3, 12);
  });
});

describe("close pairs", () => {
  it("are all pairs within a distance, and join into groups", async () => {
    // On a line: 0, 1, 2 are a chain, 10 and 10 the same, 20 alone.
    const rows = Float32Array.of(0, 10, 1, 20, 2, 10);
    const found = await closePairs(engine, rows, 1, { within: 1 });
    expect(found).toEqual({
      pairs: [
        { first: 1, second: 5, distance: 0 },
        { first: 0, second: 2, distance: 1 },
        { first: 2, second: 4, distance: 1 },
      ],
      isCut: false,
      groups: [
        [0, 2, 4],
        [1, 5],
      ],
    });
    expect((await closePairs(engine, rows, 1, { within: 0 })).groups).toEqual([[1, 5]]);
    expect(await closePairs(engine, rows.subarray(0, 1), 1, { within: 9 })).toEqual({
      pairs: [],
      isCut: false,
      groups: [],
    });
  });

  it("keeps groups whole where there are more pairs than it lists", async () => {
    const found = await closePairs(engine, new Float32Array(60), 1, { within: 0, mostPairs: 5 });
    expect([found.pairs.length, found.isCut, found.groups.map(({ length }) => length)]).toEqual([5, true, [60]]);
  });

  it("finds planted twins among thousands, across blocks and on an engine in float32", async () => {
    const rows = drawn(4100, 8, 3);
    const twins = [
      [5, 2300],
      [1999, 2000],
      [4, 4099],
    ];
    for (const [a = 0, b = 0] of twins) rows.set(rows.subarray(8 * a, 8 * a + 8), 8 * b);
    const fast = await openEngine("auto", { threads: 1 });
    const { groups, pairs } = await closePairs(fast, rows, 8, { within: 1e-3 });
    expect(groups).toEqual([
      [4, 4099],
      [5, 2300],
      [1999, 2000],
    ]);
    expect(pairs.every(({ distance }) => distance === 0)).toBe(true);
  });

  it("hears an abort", async () => {
    const signal = AbortSignal.abort();
    await expect(closePairs(engine, Float32Array.of(1, 2), 1, { within: 1, signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});

// The fast normals and words against the generator and against the normal distribution.
import { describe, expect, it } from "vitest";
import { fillWords, randomSequence } from "../base/random.js";
import { addNormals, forHalfWords, normalQuantiles, wordsFrom } from "./normals.js";

describe("normalQuantiles", () => {
  const quantiles = normalQuantiles();

  it("has mean 0 and variance 1", () => {
    const sum = quantiles.reduce((total, value) => total + value, 0);
    const squares = quantiles.reduce((total, value) => total + value * value, 0);
    // Values come in pairs of opposite sign; each is rounded to float32.
    expect(sum).toBe(0);
    expect(Math.abs(squares / 65536 - 1)).toBeLessThanOrEqual(2 ** -23);
  });

  it("has the normal's quantiles, as tables give them", () => {
    // The variance of the 65,536 middles is 2e-5 below 1, which the scale makes up for; at most 1e-5 of a value.
    for (const [probability, quantile] of [
      [0.75, 0.6744897502],
      [0.975, 1.9599639845],
      [0.999, 3.0902323062],
    ] as const) {
      const at = probability * 65536 - 0.5;
      const low = quantiles[Math.floor(at)] ?? Number.NaN;
      const found = low + (at % 1) * ((quantiles[Math.ceil(at)] ?? Number.NaN) - low);
      expect(Math.abs(found / quantile - 1)).toBeLessThanOrEqual(3e-5);
    }
  });
});

describe("fast numbers", () => {
  it("are the words of a sequence keyed by three words of the one given", () => {
    const random = randomSequence(1, "corrupt", 2, 3);
    const [seed, time, index] = [random.word(), random.word(), random.word()];
    const expected = new Uint32Array(4096);
    fillWords(expected, seed, "corrupt", time, index);
    const next = wordsFrom(randomSequence(1, "corrupt", 2, 3));
    expect([...next(0, 2048)]).toEqual([...expected.subarray(0, 2048)]);
    expect([...next(2048, 7)]).toEqual([...expected.subarray(2048, 2055)]);
  });

  it.each([1, 2, 7, 4096, 5001])("give each of %i values its half of a word, low half first", (count) => {
    const words = wordsFrom(randomSequence(1, "corrupt", 2, 3));
    const first = [...words(0, 2048)];
    const all = [...first, ...words(2048, 2048)].flatMap((word) => [word & 0xffff, word >>> 16]);
    const found: number[] = [];
    forHalfWords(count, randomSequence(1, "corrupt", 2, 3), (halves, start, length) => {
      expect(start).toBe(found.length);
      found.push(...halves.subarray(0, length));
    });
    expect(found).toEqual(all.slice(0, count));
  });

  it("add sigma times the quantile of that half", () => {
    const values = new Float32Array(5).fill(2);
    addNormals(values, 0.5, randomSequence(1, "corrupt", 2, 3));
    const expected: number[] = [];
    forHalfWords(5, randomSequence(1, "corrupt", 2, 3), (halves) => {
      for (const half of halves.subarray(0, 5)) expected.push(Math.fround(2 + 0.5 * (normalQuantiles()[half] ?? 0)));
    });
    expect([...values]).toEqual(expected);
  });
});

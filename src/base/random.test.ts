// Philox against its published vectors, and what is drawn from it.
import { describe, expect, it } from "vitest";
import { hashName, philox, randomOrder, randomSequence } from "./random.js";

describe("philox", () => {
  // Random123's known-answer file (kat_vectors), philox4x32 with 10 rounds.
  const published = [
    { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ];
  for (const { counter, key, words } of published) {
    it(`gives the published words for counter ${(counter[0] ?? 0).toString(16)}`, () => {
      const out = new Uint32Array(4);
      philox(counter, key, out);
      expect(Array.from(out)).toEqual(words);
    });
  }
});

describe("a random sequence", () => {
  it("begins with the Philox block of its key and counter", () => {
    const out = new Uint32Array(4);
    // Key (seed, stream 4 = augment), counter (index, 0, time, block).
    philox([11, 0, 3, 0], [7, 4], out);
    const sequence = randomSequence(7, "augment", 3, 11);
    expect([sequence.word(), sequence.word(), sequence.word(), sequence.word()]).toEqual(Array.from(out));
    philox([11, 0, 3, 1], [7, 4], out);
    expect(sequence.word()).toBe(out[0]);
  });

  it("differs by seed, stream, time and index, also beyond 32 bits", () => {
    const firsts = [
      randomSequence(0, "augment", 0, 0),
      randomSequence(1, "augment", 0, 0),
      randomSequence(0, "corrupt", 0, 0),
      randomSequence(0, "augment", 1, 0),
      randomSequence(0, "augment", 0, 1),
      randomSequence(0, "augment", 0, 2 ** 32),
    ].map((sequence) => sequence.word());
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("is uniform in [0, 1): mean 1/2 and variance 1/12 within five standard errors of 20,000 draws", () => {
    const sequence = randomSequence(1, "sample", 0, 0);
    const draws = Array.from({ length: 20_000 }, () => sequence.uniform());
    expect(draws.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / draws.length));
    // The fourth central moment is 1/80, so the variance of a squared deviation is 1/80 − 1/144 = 1/180.
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / draws.length));
  });

  it("is standard normal: mean 0, variance 1 and fourth moment 3 within five standard errors of 20,000 draws", () => {
    const sequence = randomSequence(1, "latent", 0, 0);
    const draws = Array.from({ length: 20_000 }, () => sequence.normal());
    const moment = (power: number) => draws.reduce((sum, value) => sum + value ** power, 0) / draws.length;
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / draws.length));
    // Variances of x² and x⁴: 3 − 1 = 2 and 105 − 9 = 96.
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / draws.length));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / draws.length));
  });

  it("draws whole numbers below a limit, each about equally often", () => {
    const sequence = randomSequence(2, "sample", 0, 0);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 7000; i++) counts[sequence.below(7)] += 1;
    // Binomial: deviation √(7000 · 1/7 · 6/7) = 29.3.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * 29.3);
    expect(sequence.below(1)).toBe(0);
  });
});

describe("randomOrder", () => {
  it("holds every number once, the same for the same key and another for another", () => {
    const order = randomOrder(1000, 5, "shuffle", 1);
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(randomOrder(1000, 5, "shuffle", 1)).toEqual(order);
    expect(randomOrder(1000, 5, "shuffle", 2)).not.toEqual(order);
  });
});

describe("hashName", () => {
  it("is FNV-1a, by its published values", () => {
    expect(hashName("")).toBe(0x811c9dc5);
    expect(hashName("a")).toBe(0xe40c292c);
    expect(hashName("foobar")).toBe(0xbf9cf968);
  });
});

// The fast fills give the numbers that the plain generator gives one by one.
import { describe, expect, it } from "vitest";
import { fillDropoutMask, fillNormals, fillWords, hashName, philox, randomSequence } from "./random.js";

describe("fillWords", () => {
  it("gives the published Philox 4×32-10 vector for a counter and key of zeros", () => {
    // Random123's kat_vectors. Streams begin at 1, so the vector is checked on the plain generator, and the fill on it.
    const out = new Uint32Array(4);
    philox([0, 0, 0, 0], [0, 0], out);
    expect([...out]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], out);
    expect([...out]).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });

  it.each([
    [0, 0, 0],
    [0xffffffff, 0xffffffff, 0xffffffff],
    [12, 3_000_000_000, 2 ** 40 + 5],
  ])("gives the words of randomSequence for seed %i, time %i, index %i", (seed, time, index) => {
    const words = new Uint32Array(64);
    fillWords(words, seed, "latent", time, index);
    const random = randomSequence(seed, "latent", time, index);
    expect([...words]).toEqual(Array.from({ length: 64 }, () => random.word()));
  });

  it("goes on at a block as if it had begun at the first", () => {
    const whole = new Uint32Array(40);
    const part = new Uint32Array(12);
    fillWords(whole, 7, "dropout", 3, 9);
    fillWords(part, 7, "dropout", 3, 9, 7);
    expect([...part]).toEqual([...whole.subarray(28)]);
  });
});

describe("fillDropoutMask", () => {
  it("decides each element by 16 bits of its word, low half first", () => {
    const mask = new Float32Array(5001);
    fillDropoutMask(mask, 0.15, 3, 40, "encoder.2.mask");
    const random = randomSequence(3, "dropout", 40, hashName("encoder.2.mask"));
    // 0.15 · 65,536 = 9,830.4
    const expected = Array.from({ length: 2501 }, () => random.word()).flatMap((word) =>
      [word & 0xffff, word >>> 16].map((bits) => (bits < 9830 ? 0 : Math.fround(1 / 0.85))),
    );
    expect([...mask]).toEqual(expected.slice(0, 5001));
  });

  it("keeps 1−p of a million elements, within four standard deviations", () => {
    const mask = new Float32Array(1_000_000);
    fillDropoutMask(mask, 0.5, 0, 0, "a");
    const kept = mask.filter((value) => value === 2).length;
    // σ = √(n p (1−p)) = 500
    expect(Math.abs(kept - 500_000)).toBeLessThan(2000);
    expect(mask.every((value) => value === 0 || value === 2)).toBe(true);
  });

  it("keeps everything as it is at probability 0", () => {
    const mask = new Float32Array(100);
    fillDropoutMask(mask, 0, 0, 0, "a");
    expect(mask.every((value) => value === 1)).toBe(true);
  });

  it("refuses a probability of 1", () => {
    expect(() => fillDropoutMask(new Float32Array(1), 1, 0, 0, "a")).toThrow(
      "internal: the dropout mask a has probability 1, which is not in [0, 1)",
    );
  });
});

describe("fillNormals", () => {
  it.each([1, 7, 2048, 5001])("gives the normals of randomSequence for %i elements", (count) => {
    const values = new Float32Array(count);
    fillNormals(values, 11, "latent", 5, "noise");
    const random = randomSequence(11, "latent", 5, hashName("noise"));
    expect([...values]).toEqual(Array.from({ length: count }, () => Math.fround(random.normal())));
  });
});

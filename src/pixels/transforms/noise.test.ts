// The moments of the noises against their definitions. A million values each; bounds are four standard deviations of the
// mean (σ/√n) or of the variance (σ²·√(2/n) for normals).
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import { pipeline, readTransforms, transforms } from "./index.js";

const side = 1000;
const count = side * side;

function changed(spec: unknown, value: number, channels = 1): Float32Array {
  const image = new Float32Array(channels * count).fill(value);
  const run = pipeline(readTransforms([spec], "corrupt", "corrupt"), [channels, side, side]);
  run(image, randomSequence(3, "corrupt", 0, 8));
  return image;
}
function moments(values: Float32Array): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

describe("gaussianNoise", () => {
  it("has mean 0 and the variance asked for", () => {
    const { mean, variance } = moments(changed({ gaussianNoise: 0.1 }, 0.5));
    expect(Math.abs(mean - 0.5)).toBeLessThanOrEqual(4 * 1e-4);
    expect(Math.abs(variance / 0.01 - 1)).toBeLessThanOrEqual(4 * Math.sqrt(2 / count));
  });

  it("has the share beyond 1, 2 and 3 σ that normals have", () => {
    const noise = changed({ gaussianNoise: 0.1 }, 0.5).map((value) => Math.abs(value - 0.5) / 0.1);
    for (const [limit, share] of [
      [1, 0.317311],
      [2, 0.0455],
      [3, 0.0027],
    ] as const) {
      const found = noise.filter((value) => value > limit).length / count;
      expect(Math.abs(found - share)).toBeLessThanOrEqual(4 * Math.sqrt((share * (1 - share)) / count));
    }
  });

  it("is not the same for neighbours, for channels or for the next image", () => {
    const image = new Float32Array(2 * 100).fill(0.5);
    const run = pipeline(readTransforms([{ gaussianNoise: 0.1 }], "corrupt", "corrupt"), [2, 10, 10]);
    const random = randomSequence(3, "corrupt", 0, 8);
    run(image, random);
    const next = new Float32Array(2 * 100).fill(0.5);
    run(next, random);
    // 400 draws of 65,536 values: about one pair in common among neighbours' 400²/2/65,536.
    expect(new Set([...image, ...next]).size).toBeGreaterThan(390);
  });
});

describe("speckle", () => {
  it("grows with the brightness and leaves black black", () => {
    const light = moments(changed({ speckle: 0.1 }, 0.6));
    expect(Math.abs(light.mean - 0.6)).toBeLessThanOrEqual(4 * 0.06e-3);
    expect(Math.abs(light.variance / 0.06 ** 2 - 1)).toBeLessThanOrEqual(4 * Math.sqrt(2 / count));
    expect(changed({ speckle: 0.5 }, 0).every((value) => value === 0)).toBe(true);
  });
});

describe("saltAndPepper", () => {
  it("makes half of the share white and half black, all channels of a pixel alike", () => {
    const image = changed({ saltAndPepper: 0.2 }, 0.5, 3);
    const planes = [0, 1, 2].map((channel) => image.subarray(channel * count, (channel + 1) * count));
    const [first, ...others] = planes as [Float32Array, Float32Array, Float32Array];
    for (const value of [0, 1]) {
      const found = first.filter((pixel) => pixel === value).length / count;
      expect(Math.abs(found - 0.1)).toBeLessThanOrEqual(4 * Math.sqrt(0.09 / count) + 1 / 65536);
    }
    expect(others.every((plane) => plane.every((pixel, i) => pixel === first[i]))).toBe(true);
  });

  it.each([
    [0, 0.5],
    [1, 1],
  ])("takes a share of %i as it is", (share, largest) => {
    const image = changed({ saltAndPepper: share }, 0.5);
    expect(Math.max(...image.subarray(0, 1000))).toBe(largest);
    expect(image.includes(0.5)).toBe(share === 0);
  });
});

describe("poisson", () => {
  // Up to a mean of 30 by inversion, above by the normal's quantile; means that the clip to [0, 1] does not reach.
  it.each([
    [0.05, 40],
    [0.3, 100],
    [0.5, 400],
  ])("has mean %f and its variance over %i photons", (value, photons) => {
    const found = changed({ poisson: photons }, value);
    const { mean, variance } = moments(found);
    const expected = value / photons;
    // The normal's quantile is right to O(1/mean); 16 bits cut the tails off at 4.3 σ, which is 1e-4 of the variance.
    expect(Math.abs(mean - value)).toBeLessThanOrEqual(4 * Math.sqrt(expected / count) + 0.02 / photons);
    expect(Math.abs(variance / expected - 1)).toBeLessThanOrEqual(0.01);
    expect(found.slice(0, 1000).every((one) => Math.abs(one * photons - Math.round(one * photons)) < 1e-3)).toBe(true);
  });

  it("counts as the distribution says", () => {
    const counts = [0, 0, 0, 0];
    for (const value of changed({ poisson: 4 }, 0.5)) {
      const photons = Math.round(value * 4);
      if (photons < 4) counts[photons] = (counts[photons] ?? 0) + 1;
    }
    // Mean 2: e⁻² · 2ᵏ / k!, in steps of 1/65,536.
    for (const [k, share] of [0.135335, 0.270671, 0.270671, 0.180447].entries()) {
      const bound = 4 * Math.sqrt((share * (1 - share)) / count) + 1 / 65536;
      expect(Math.abs((counts[k] ?? 0) / count - share)).toBeLessThanOrEqual(bound);
    }
  });
});

describe("noises of the list", () => {
  it("are all tested here", () => {
    const noises = Object.values(transforms).filter(({ summary }) => /noise|specks/.test(summary));
    expect(noises.map(({ name }) => name)).toEqual(["gaussianNoise", "saltAndPepper", "speckle", "poisson"]);
  });
});

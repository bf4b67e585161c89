// What loses detail: squares, blur, reduction, JPEG, brightness and contrast, by hand. Blur, JPEG, brightness and contrast
// are held to other frameworks in test/golden.
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import { pipeline, readTransforms } from "./index.js";

const apply = (spec: unknown, values: ArrayLike<number>, shape: readonly number[], index = 0): Float32Array => {
  const image = Float32Array.from(values);
  pipeline(readTransforms([spec], "corrupt", "corrupt"), shape)(image, randomSequence(0, "corrupt", 0, index));
  return image;
};

describe("mask", () => {
  it("paints a square wholly inside, the same place in every channel", () => {
    for (let index = 0; index < 50; index++) {
      const image = apply({ mask: 0.3 }, new Float32Array(2 * 10 * 20).fill(1), [2, 10, 20], index);
      const black = [...image.keys()].filter((i) => image[i] === 0);
      // 0.3 of the shorter side of 10.
      expect(black.length).toBe(2 * 9);
      expect(black.slice(9).map((i) => i - 200)).toEqual(black.slice(0, 9));
      const columns = new Set(black.map((i) => i % 20));
      expect(columns.size).toBe(3);
    }
  });
  it("covers everything at size 1, with its fill", () => {
    expect([...apply({ mask: { size: 1, fill: 0.5 } }, [0, 0, 0, 0], [1, 2, 2])]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
  it("paints as many squares as asked, which may overlap", () => {
    const image = apply({ mask: { count: 3, size: 0.2 } }, new Float32Array(400).fill(1), [1, 20, 20], 2);
    const black = image.filter((value) => value === 0).length;
    expect(black).toBeGreaterThan(16);
    expect(black).toBeLessThanOrEqual(48);
  });
});

describe("blur", () => {
  it("spreads a point by the Gaussian and keeps what there is", () => {
    const image = new Float32Array(21 * 21);
    image[10 * 21 + 10] = 1;
    const found = apply({ blur: 1 }, image, [1, 21, 21]);
    const total = [-3, -2, -1, 0, 1, 2, 3].reduce((sum, x) => sum + Math.exp(-0.5 * x * x), 0);
    const weight = (x: number): number => Math.exp(-0.5 * x * x) / total;
    expect(Math.abs((found[10 * 21 + 11] ?? 0) - weight(0) * weight(1))).toBeLessThanOrEqual(2 ** -24);
    // 49 values rounded to float32, each by at most 2⁻²⁵ of a number below ¼.
    expect(Math.abs(found.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThanOrEqual(49 * 2 ** -26 * 7);
  });
});

describe("downscale", () => {
  it("by nearest shows squares of the mean of what they replace", () => {
    // A factor of 2 with the triangle filter: 1/8, 3/8, 3/8, 1/8 inside; at the edge 3/7, 3/7, 1/7.
    const found = apply({ downscale: { factor: 2, enlarge: "nearest" } }, [0, 0, 1, 1], [1, 1, 4]);
    const [dark, light] = [1 / 7, 6 / 7];
    for (const [i, value] of [dark, dark, light, light].entries()) {
      expect(Math.abs((found[i] ?? 0) - value)).toBeLessThanOrEqual(2 ** -23);
    }
  });
  it("refuses a factor that leaves the image as it is", () => {
    expect(() => apply({ downscale: 1.2 }, [0, 1], [1, 1, 2])).toThrow(
      "downscale by 1.2 leaves images of 1×2 as they are",
    );
  });
});

describe("jpeg", () => {
  it("keeps an even image to one step of the mean", () => {
    // The mean's step at quality 50 is 16 of eight times the grey: 2 grey levels, so 1 at most away, and the byte's rounding.
    const found = apply({ jpeg: 50 }, new Float32Array(100).fill(0.37), [1, 10, 10]);
    expect(new Set(found).size).toBe(1);
    expect(Math.abs((found[0] ?? 0) * 255 - 0.37 * 255)).toBeLessThanOrEqual(1 + 0.5 + 0.5);
  });
  it("at quality 100 moves no grey pixel by more than its rounding", () => {
    const image = Float32Array.from({ length: 64 }, (_, i) => ((i * 37) % 256) / 255);
    const found = apply({ jpeg: 100 }, image, [1, 8, 8]);
    // All steps are 1: 64 coefficients are half a step off at most, with squares of 1/12 on average; half a byte in the end.
    const largest = Math.max(...found.map((value, i) => Math.abs(value - (image[i] ?? 0)) * 255));
    expect(largest).toBeLessThanOrEqual(2);
  });
});

describe("brightness and contrast", () => {
  it("multiply, and move away from or to the mean", () => {
    expect([...apply({ brightness: 0.5 }, [0, 0.5, 1], [1, 1, 3])]).toEqual([0, 0.25, 0.5]);
    expect([...apply({ contrast: 0.5 }, [0, 0.5, 1], [1, 1, 3])]).toEqual([0.25, 0.5, 0.75]);
    expect([...apply({ contrast: 0 }, [0, 0.5, 1], [1, 1, 3])]).toEqual([0.5, 0.5, 0.5]);
  });
  it("draw between two numbers", () => {
    const seen = Array.from({ length: 300 }, (_, i) => apply({ brightness: [0.25, 0.75] }, [1], [1, 1, 1], i)[0] ?? 0);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(0.25);
    expect(Math.max(...seen)).toBeLessThan(0.75);
    // Mean 0.5, σ = 0.5/√12/√300 = 0.0083; four of them.
    expect(Math.abs(seen.reduce((sum, value) => sum + value, 0) / 300 - 0.5)).toBeLessThanOrEqual(0.034);
  });
});

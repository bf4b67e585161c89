import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import { pipeline, readTransforms } from "./index.js";

const apply = (spec: unknown, values: ArrayLike<number>, shape: readonly number[], index = 0): number[] => {
  const image = Float32Array.from(values);
  pipeline(readTransforms([spec], "corrupt", "corrupt"), shape)(image, randomSequence(0, "corrupt", 0, index));
  return [...image];
};
/** Values in [0, 1] that differ from their neighbours, exact in float32. */
const grain = (count: number): number[] => {
  const random = randomSequence(5, "sample", 0, 0);
  return Array.from({ length: count }, () => Math.fround(random.uniform()));
};
const expectNear = (found: readonly number[], expected: readonly number[], allowed = 2 ** -24): void => {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] ?? Number.NaN)), `[${i}]`).toBeLessThanOrEqual(allowed);
  });
};

/** The definition in plain loops: points one apart on the line, each blended of the four pixels around it. */
function byDefinition(
  image: readonly number[],
  height: number,
  width: number,
  length: number,
  degrees: number,
): number[] {
  const mirrored = (place: number, size: number): number =>
    place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place;
  const at = (y: number, x: number): number => image[mirrored(y, height) * width + mirrored(x, width)] ?? Number.NaN;
  const angle = (degrees * Math.PI) / 180;
  return image.map((_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    let sum = 0;
    for (let distance = -(length - 1) / 2; distance <= (length - 1) / 2; distance++) {
      const [y, x] = [row - distance * Math.sin(angle), column + distance * Math.cos(angle)];
      for (const [t, l] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        const [top, left] = [Math.floor(y) + t, Math.floor(x) + l];
        const share = (1 - Math.abs(y - top)) * (1 - Math.abs(x - left));
        if (share > 1e-12) sum += share * at(top, left);
      }
    }
    return sum / length;
  });
}

describe("motionBlur", () => {
  it("along a row is the mean of neighbours, mirrored at the edge, by hand", () => {
    // 2 1 | 1 2 4 8 | 4 2 mirrored without the edge: 2 | 1 2 4 8 | 4.
    const row = [1, 2, 4, 8].map((value) => value / 8);
    const three = [5 / 3, 7 / 3, 14 / 3, 16 / 3].map((value) => value / 8);
    expectNear(apply({ motionBlur: { length: 3, angle: 0 } }, [...row, ...row], [1, 2, 4]), [...three, ...three]);
    // Two points half a pixel to either side: ¼, ½, ¼.
    const two = [6 / 4, 9 / 4, 18 / 4, 24 / 4].map((value) => value / 8);
    expectNear(apply({ motionBlur: { length: 2, angle: 0 } }, [...row, ...row], [1, 2, 4]), [...two, ...two]);
  });

  it("turns counter-clockwise: 45 degrees draw a point out from lower left to upper right", () => {
    const image = new Float32Array(49);
    image[3 * 7 + 3] = 1;
    const found = apply({ motionBlur: { length: 5, angle: 45 } }, image, [1, 7, 7]);
    const [upperRight, upperLeft] = [found[2 * 7 + 4] ?? 0, found[2 * 7 + 2] ?? 0];
    expect(upperRight).toBeGreaterThan(0.1);
    expect(upperLeft).toBeLessThan(0.03);
    // Weights add up to 1; 49 roundings of numbers below ½.
    expect(Math.abs(found.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThanOrEqual(49 * 2 ** -26);
  });

  it.each([
    [3, 20],
    [4, 45],
    [6, 133],
    [9, 90],
    [9, -30],
  ])("of length %i at %i degrees is its definition", (length, angle) => {
    const image = grain(11 * 8);
    // Float32 of the result, and angles whose offsets are rounded to 2⁻²⁰ of a pixel.
    const allowed = 2 ** -24 + 4 * 2 ** -21;
    expectNear(
      apply({ motionBlur: { length, angle } }, image, [1, 11, 8]),
      byDefinition(image, 11, 8, length, angle),
      allowed,
    );
  });

  it("of 90 degrees is that of 0 with rows and columns exchanged, and 180 degrees are none", () => {
    const [height, width] = [6, 9];
    const transposed = (image: readonly number[], rows: number, columns: number) =>
      image.map((_, i) => image[(i % rows) * columns + Math.floor(i / rows)] ?? Number.NaN);
    const image = grain(height * width);
    const upright = apply({ motionBlur: { length: 5, angle: 90 } }, image, [1, height, width]);
    const lying = apply({ motionBlur: { length: 5, angle: 0 } }, transposed(image, height, width), [1, width, height]);
    expect(upright).toEqual(transposed(lying, width, height));
    const level = apply({ motionBlur: { length: 5, angle: 0 } }, image, [1, height, width]);
    expect(apply({ motionBlur: { length: 5, angle: 180 } }, image, [1, height, width])).toEqual(level);
  });

  it("leaves an even image and one of length 1 as they are, and keeps the mean of what lies inside", () => {
    expectNear(
      apply({ motionBlur: { length: 7, angle: 33 } }, new Array(100).fill(0.3), [1, 10, 10]),
      new Array(100).fill(0.3),
      2 ** -25,
    );
    const image = grain(100);
    expect(apply({ motionBlur: { length: 1 } }, image, [1, 10, 10])).toEqual(image);
    // A patch far from the edges: nothing of it is lost beyond them.
    const patch = new Array<number>(400).fill(0);
    for (let y = 8; y < 12; y++) for (let x = 8; x < 12; x++) patch[y * 20 + x] = image[y] ?? 0;
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    const found = apply({ motionBlur: { length: 9, angle: 61 } }, patch, [1, 20, 20]);
    expect(Math.abs(total(found) - total(patch))).toBeLessThanOrEqual(400 * 2 ** -26);
  });

  it("does the same to every channel", () => {
    const image = grain(64);
    const found = apply({ motionBlur: { length: 4, angle: 12 } }, [...image, ...image], [2, 8, 8]);
    expect(found.slice(64)).toEqual(found.slice(0, 64));
  });

  it("draws its angle by image: between the two, and no other way than the angle alone", () => {
    const image = new Float32Array(81);
    image[40] = 1;
    const drawn = (index: number, angle: unknown) =>
      apply({ motionBlur: { length: 5, angle } }, image, [1, 9, 9], index);
    expect(drawn(1, [0, 180])).toEqual(drawn(1, [0, 180]));
    expect(drawn(1, [0, 180])).not.toEqual(drawn(2, [0, 180]));
    // Between −20 and 20 degrees a line of five pixels stays within one row of its middle.
    const above = Array.from({ length: 50 }, (_, index) => drawn(index, [-20, 20])[2 * 9 + 4] ?? 0);
    expect(Math.max(...above)).toBe(0);
    const angle = 180 * randomSequence(0, "corrupt", 0, 3).uniform();
    expect(drawn(3, [0, 180])).toEqual(drawn(3, angle));
  });

  it("refuses a line that reaches over the whole image", () => {
    expect(() => apply({ motionBlur: 12 }, new Array(30).fill(0), [1, 5, 6])).toThrow(
      "motionBlur with length 12 reaches over 6 pixels, the images have 5×6",
    );
    expect(() => apply({ motionBlur: 9 }, new Array(30).fill(0), [1, 5, 6])).not.toThrow();
  });
});

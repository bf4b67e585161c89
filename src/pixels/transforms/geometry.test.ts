// What moves pixels: by hand on small images, and where draws lie. The warps themselves are held to torchvision's in
// test/golden.
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import { pipeline, readTransforms } from "./index.js";
import { drawCorners } from "./randomPerspective.js";

const apply = (spec: unknown, values: readonly number[], shape: readonly number[], index = 0): number[] => {
  const image = Float32Array.from(values);
  pipeline(readTransforms([spec], "augment", "augment"), shape)(image, randomSequence(0, "augment", 0, index));
  return [...image];
};
// Eighths, which float32 holds.
const e = 1 / 8;

describe("flip", () => {
  const image = [0, e, 2 * e, 3 * e, 4 * e, 5 * e];
  it("changes left and right of every row", () => {
    expect(apply({ flip: { probability: 1 } }, image, [1, 2, 3])).toEqual([2 * e, e, 0, 5 * e, 4 * e, 3 * e]);
  });
  it("changes top and bottom of every channel", () => {
    const options = { direction: "vertical", probability: 1 };
    expect(apply({ flip: options }, image, [1, 2, 3])).toEqual([3 * e, 4 * e, 5 * e, 0, e, 2 * e]);
    expect(apply({ flip: options }, image, [2, 3, 1])).toEqual([2 * e, e, 0, 5 * e, 4 * e, 3 * e]);
  });
  it("happens to about half of the images", () => {
    const flipped = Array.from({ length: 1000 }, (_, i) => apply("flip", [0, 1], [1, 1, 2], i)[0] === 1);
    // σ = √250 = 15.8; four of them.
    expect(Math.abs(flipped.filter(Boolean).length - 500)).toBeLessThanOrEqual(63);
  });
});

describe("crop", () => {
  it("shows every shift of up to its padding, with the fill beyond the edge", () => {
    const seen = new Set(
      Array.from({ length: 200 }, (_, i) =>
        apply({ crop: { padding: 1, fill: 1 } }, [e, 2 * e, 3 * e, 4 * e], [1, 2, 2], i).join(),
      ),
    );
    const shift = (across: number, down: number): string => {
      const at = (y: number, x: number): number => (y < 0 || y > 1 || x < 0 || x > 1 ? 1 : (2 * y + x + 1) * e);
      return [at(down, across), at(down, across + 1), at(down + 1, across), at(down + 1, across + 1)].join();
    };
    const all = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((across) => shift(across, down)));
    expect([...seen].sort()).toEqual(all.sort());
  });
  it("may leave the image altogether", () => {
    const seen = Array.from({ length: 50 }, (_, i) => apply({ crop: 9 }, [1, 1], [1, 1, 2], i).join());
    expect(new Set(seen)).toEqual(new Set(["0,0", "0,1", "1,0", "1,1"].filter((text) => seen.includes(text))));
    expect(seen).toContain("0,0");
  });
});

describe("rotations", () => {
  const square = [e, 2 * e, 3 * e, 4 * e];
  it("turn counter-clockwise", () => {
    expect(apply({ rotate: { degrees: 90, interpolation: "nearest" } }, square, [1, 2, 2])).toEqual([
      2 * e,
      4 * e,
      e,
      3 * e,
    ]);
    expect(apply({ randomRotation: [90, 90] }, square, [1, 2, 2])).toEqual([2 * e, 4 * e, e, 3 * e]);
  });
  it("take one number as that angle, or at random as that much to either side", () => {
    const angles = (spec: unknown): string[] =>
      [1, 2, 3, 4, 5, 6].map((index) => apply(spec, square, [1, 2, 2], index).join());
    expect(new Set(angles({ rotate: { degrees: 180, interpolation: "nearest" } }))).toEqual(
      new Set([[4 * e, 3 * e, 2 * e, e].join()]),
    );
    expect(new Set(angles({ randomRotation: 180 })).size).toBeGreaterThan(1);
  });
});

describe("randomAffine", () => {
  it("shifts by whole pixels to the right and down", () => {
    const seen = new Set(
      Array.from({ length: 200 }, (_, i) =>
        apply({ randomAffine: { translate: [0.5, 0] } }, [e, 2 * e], [1, 1, 2], i).join(),
      ),
    );
    expect([...seen].sort()).toEqual([[0, e].join(), [e, 2 * e].join(), [2 * e, 0].join()].sort());
  });
  it("magnifies about the centre", () => {
    expect(apply({ randomAffine: { scale: 2 } }, [e, 2 * e, 3 * e, 4 * e], [1, 1, 4])).toEqual([
      2 * e,
      2 * e,
      3 * e,
      3 * e,
    ]);
  });
});

describe("randomPerspective", () => {
  it("moves corners inwards, as far as torchvision's get_params", () => {
    // Width 28: ⌊0.4 · 14⌋ = 5; height 21: ⌊0.4 · 10⌋ = 4.
    const drawn = Array.from({ length: 2000 }, (_, i) =>
      drawCorners({ channels: 1, height: 21, width: 28 }, 0.4, randomSequence(0, "augment", 0, i)),
    );
    const spans = [0, 1, 2, 3].map((corner) =>
      [0, 1].map((axis) => {
        const values = drawn.map((corners) => corners[corner]?.[axis] ?? Number.NaN);
        return [Math.min(...values), Math.max(...values), new Set(values).size];
      }),
    );
    const [left, right, top, bottom] = [
      [0, 5, 6],
      [22, 27, 6],
      [0, 4, 5],
      [16, 20, 5],
    ];
    expect(spans).toEqual([
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ]);
  });
  it("leaves the image where the corners stay", () => {
    const image = Array.from({ length: 64 }, (_, i) => (i % 9) * e * 0.5);
    const found = apply({ randomPerspective: { distortion: 0, probability: 1 } }, image, [1, 8, 8]);
    // Coordinates are computed in float32: up to 16 roundings of numbers below 8, times a step between pixels of 1/2.
    expect(Math.max(...found.map((value, i) => Math.abs(value - (image[i] ?? 0))))).toBeLessThanOrEqual(64 * 2 ** -24);
  });
});

// Warps, sizes, JPEG and figures against torchvision, Pillow and scikit-image (make_transforms.py).
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../src/base/random.js";
import {
  type ImageSizes,
  imageSizes,
  inverseAffine,
  inverseRotation,
  makeWarper,
  meanAbsoluteError,
  meanSquaredError,
  peakSignalToNoise,
  perspectiveCoefficients,
  pipeline,
  type ResizeFilter,
  readTransforms,
  resize,
  structuralSimilarity,
  unitFromPixels,
} from "../../src/pixels/index.js";
import type { Point, Warper } from "../../src/pixels/warp.js";
import { largestDifference, readJson, readTensors, tensor } from "./fixtures.js";

interface AffineCase {
  readonly angle: number;
  readonly translate: Point;
  readonly scale: number;
  readonly shear: Point;
}
type Corners = readonly [Point, Point, Point, Point];
const cases = readJson("transforms") as {
  readonly angles: readonly number[];
  readonly warps: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly fill: number;
    readonly perspectives: readonly Corners[];
    readonly affines: readonly AffineCase[];
  }[];
  readonly resizes: readonly {
    readonly key: string;
    readonly source: string;
    readonly filter: ResizeFilter;
    readonly size: readonly [number, number];
    readonly box: readonly [number, number, number, number] | null;
  }[];
  readonly jpegs: readonly { readonly key: string; readonly source: string; readonly quality: number }[];
  readonly adjustments: readonly { readonly key: string; readonly transform: unknown }[];
  readonly figures: readonly { readonly key: string; readonly ssim: number; readonly psnr: number }[];
};
const tensors = readTensors("transforms");
const bytes = (key: string): Uint8Array => Uint8Array.from(tensor(tensors, key).values);
const floats = (key: string): Float32Array => Float32Array.from(tensor(tensors, key).values);
const sizesOf = (key: string): ImageSizes => imageSizes(tensor(tensors, key).shape.slice(-3));

describe("warps equal torchvision's", () => {
  const kinds = ["rotate", "perspective", "affine"] as const;
  const modes = ["nearest", "bilinear"] as const;
  const all = cases.warps.flatMap((group) =>
    kinds.flatMap((kind) => modes.map((mode) => ({ ...group, kind, mode, title: `${kind} ${mode}, ${group.name}` }))),
  );

  it.each(all)("$title", ({ name, shape, fill, perspectives, affines, kind, mode }) => {
    const sizes = imageSizes(shape);
    const warper = makeWarper(sizes, { interpolation: mode, fill });
    const original = cornersOf(sizes);
    const warp: Record<(typeof kinds)[number], (image: Float32Array, parameters: number) => void> = {
      rotate: (image, i) => warper.affine(image, inverseRotation(cases.angles[i] as number)),
      affine: (image, i) => warper.affine(image, inverseAffine(affines[i] as AffineCase)),
      perspective: (image, i) => perspectiveOf(warper, original, perspectives[i] as Corners, image),
    };
    const images = unitFromPixels(bytes(`${name}.images`));
    const expected = tensor(tensors, `${name}.${kind}.${mode}`).values;
    const size = shape.reduce((product, n) => product * n, 1);
    const found = new Float64Array(expected.length);
    for (let parameters = 0; parameters < 10; parameters++) {
      for (let start = 0; start < images.length; start += size) {
        const image = images.slice(start, start + size);
        warp[kind](image, parameters);
        found.set(
          Float64Array.from(image, (value) => value * 255),
          parameters * images.length + start,
        );
      }
    }
    // A nearest pixel is a stored one, apart from value/255·255 in float32; its neighbours are up to 255 away. A blended
    // one was rounded to a byte, and its weights have errors of 1e-6 from coordinates in float32 below 64.
    const tolerance = mode === "nearest" ? 255 * 2 ** -23 : 0.5 + 255 * 16 * 2 ** -23;
    expect(largestDifference(found, withFill(expected, found, fill))).toBeLessThanOrEqual(tolerance);
  });

  it("leaves the image as it is where three corners lie on one line", () => {
    const line: Corners = [
      [0, 0],
      [5, 5],
      [9, 9],
      [0, 9],
    ];
    expect(perspectiveCoefficients(cornersOf({ channels: 1, height: 10, width: 10 }), line)).toBeUndefined();
  });
});

/** A fill that is no byte was rounded to one in the fixture: half of 255 may stand for 127.5. */
function withFill(expected: Float64Array, found: Float64Array, fill: number): Float64Array {
  const exact = Math.fround(fill) * 255;
  return expected.map((value, i) => (found[i] === exact && Math.abs(value - exact) <= 0.5 ? exact : value));
}

function cornersOf({ height, width }: ImageSizes): Corners {
  return [
    [0, 0],
    [width - 1, 0],
    [width - 1, height - 1],
    [0, height - 1],
  ];
}

function perspectiveOf(warper: Warper, original: Corners, corners: Corners, image: Float32Array): void {
  const coefficients = perspectiveCoefficients(original, corners);
  if (coefficients === undefined) throw new Error("the fixture has corners on one line");
  warper.perspective(image, coefficients);
}

describe("resize equals Pillow's but for the rounding of its weights", () => {
  it.each(cases.resizes)("$key", ({ key, source, filter, size, box }) => {
    const from = `resize.${source}`;
    const [height, width] = size;
    const [left, top, right, bottom] = box ?? [];
    const found = resize(
      bytes(from),
      sizesOf(from),
      { height, width },
      {
        filter,
        ...(left === undefined || top === undefined || right === undefined || bottom === undefined
          ? {}
          : { box: { left, top, width: right - left, height: bottom - top } }),
      },
    );
    // A value that lies at a half may round the other way, in the rows and then in the columns.
    expect(largestDifference(found, tensor(tensors, key).values)).toBeLessThanOrEqual(filter === "nearest" ? 0 : 1);
  });

  it("gives floats what it gives bytes", () => {
    const from = sizesOf("resize.photo");
    const options = { filter: "bilinear" } as const;
    const found = resize(unitFromPixels(bytes("resize.photo")), from, { height: 28, width: 28 }, options);
    // Bytes are rounded after the rows and after the columns, half a byte each.
    const expected = tensor(tensors, "resize.photo.bilinear.28x28").values;
    expect(
      largestDifference(
        found.map((value) => value * 255),
        expected,
      ),
    ).toBeLessThanOrEqual(1.001);
  });
});

const change = (spec: unknown, image: Float32Array, sizes: ImageSizes): Float32Array => {
  const { channels, height, width } = sizes;
  const changed = image.slice();
  pipeline(readTransforms([spec], "corrupt", "corrupt"), [channels, height, width])(
    changed,
    randomSequence(0, "corrupt", 0, 0),
  );
  return changed;
};

describe("jpeg loses what Pillow's loses", () => {
  it.each(cases.jpegs)("$key", ({ key, source, quality }) => {
    const from = `jpeg.${source}`;
    const image = unitFromPixels(bytes(from));
    const found = change({ jpeg: quality }, image, sizesOf(from)).map((value) => value * 255);
    const expected = tensor(tensors, key).values;
    // Both round coefficients to steps: one that lies at a half may go either way and moves its block by up to a quarter of
    // the step. On average the difference stays below the rounding to a byte, and the loss is the same.
    expect(meanAbsoluteError(found, expected)).toBeLessThanOrEqual(0.5);
    const loss = (of: ArrayLike<number>): number => meanSquaredError(of, bytes(from));
    expect(Math.abs(loss(found) / loss(expected) - 1)).toBeLessThanOrEqual(0.05);
  });
});

describe("blur, brightness and contrast equal torchvision's", () => {
  it.each(cases.adjustments)("$key", ({ key, transform }) => {
    const found = change(transform, floats("photo"), sizesOf("photo"));
    // Sums of up to 17·17 terms, or of the 744 pixels of a mean, in float32 there: 2e-6 leaves room for ten roundings.
    // torchvision's luma takes 0.2989 of the red, which moves a mean by 1e-4 at most, times 1 − factor.
    const tolerance = key.startsWith("contrast") ? 1e-4 : 2e-6;
    expect(largestDifference(found, tensor(tensors, key).values)).toBeLessThanOrEqual(tolerance);
  });
});

describe("figures of two images equal scikit-image's", () => {
  it.each(cases.figures)("$key", ({ key, ssim, psnr }) => {
    const [a, b] = [tensor(tensors, "photo").values, tensor(tensors, key).values];
    expect(Math.abs(structuralSimilarity(a, b, sizesOf("photo")) - ssim)).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(peakSignalToNoise(a, b) - psnr)).toBeLessThanOrEqual(1e-10);
  });
});

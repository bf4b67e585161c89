// Affine and perspective warps of one image, equal to torchvision's on float tensors (`rotate`, `affine`, `perspective`).
// Which parameters to warp by is drawn elsewhere.
import { kernels } from "../base/kernels.js";
import type { ImageSizes } from "./imageSizes.js";

export type Interpolation = "nearest" | "bilinear";

/** Inverse affine map [a, b, c, d, e, f]: the pixel at (x, y) comes from (a x + b y + c, d x + e y + f), both from the image's centre. */
export type AffineMatrix = readonly [number, number, number, number, number, number];

/** The pixel at (x, y) comes from ((a x + b y + c)/(g x + h y + 1), (d x + e y + f)/(g x + h y + 1)), from the upper left corner. */
export type PerspectiveCoefficients = readonly [number, number, number, number, number, number, number, number];

/** (x, y) in pixels. */
export type Point = readonly [x: number, y: number];

export interface AffineParameters {
  /** Degrees, clockwise. (torchvision's `affine` turns clockwise, its `rotate` the other way.) */
  readonly angle?: number;
  /** Pixels to the right and down. Default none. */
  readonly translate?: Point;
  /** Default 1. */
  readonly scale?: number;
  /** Degrees along x and along y. Default none. */
  readonly shear?: Point;
}

/** The inverse map about the image's centre for rotation · scale · shear, then translation (torchvision's `affine`). */
export function inverseAffine({
  angle = 0,
  translate = [0, 0],
  scale = 1,
  shear = [0, 0],
}: AffineParameters): AffineMatrix {
  const [turn, shearX, shearY] = [angle, ...shear].map((degrees) => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const skew = Math.cos(turn - shearY) / Math.cos(shearY);
  const lift = Math.sin(turn - shearY) / Math.cos(shearY);
  // The forward map's entries; its determinant without scale is 1, so the inverse swaps and negates them.
  const forward = [
    skew,
    -skew * Math.tan(shearX) - Math.sin(turn),
    lift,
    -lift * Math.tan(shearX) + Math.cos(turn),
  ] as const;
  const [a, b, d, e] = [forward[3] / scale, -forward[1] / scale, -forward[2] / scale, forward[0] / scale];
  const [right, down] = translate;
  return [a, b, a * -right + b * -down, d, e, d * -right + e * -down];
}

/** The inverse map of torchvision's `rotate`: `degrees` counter-clockwise about the centre. */
export function inverseRotation(degrees: number): AffineMatrix {
  return inverseAffine({ angle: -degrees });
}

/**
 * The coefficients that take four points of the original, `from`, to where they shall be, `to` (torchvision's
 * `perspective` with `startpoints` and `endpoints`). Undefined where three points lie on a line.
 */
export function perspectiveCoefficients(
  from: readonly [Point, Point, Point, Point],
  to: readonly [Point, Point, Point, Point],
): PerspectiveCoefficients | undefined {
  const rows = to.flatMap(([x, y], i) => {
    const [u, v] = from[i] as Point;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  const solution = solve(rows);
  return solution === undefined ? undefined : (solution as unknown as PerspectiveCoefficients);
}

/** Gauss–Jordan with pivots; each row has its right side last. Undefined where the system is singular. */
function solve(rows: number[][]): number[] | undefined {
  const count = rows.length;
  for (let column = 0; column < count; column++) {
    let best = column;
    for (let r = column + 1; r < count; r++) {
      if (Math.abs(rows[r]?.[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0)) best = r;
    }
    const pivotRow = rows[best] as number[];
    rows[best] = rows[column] as number[];
    rows[column] = pivotRow;
    const pivot = pivotRow[column] as number;
    // Entries are products of pixel coordinates: what is this small beside them is rounding.
    if (Math.abs(pivot) < 1e-9) return undefined;
    for (let r = 0; r < count; r++) {
      const row = rows[r] as number[];
      const factor = (row[column] as number) / pivot;
      if (r === column || factor === 0) continue;
      for (let i = column; i <= count; i++) row[i] = (row[i] as number) - factor * (pivotRow[i] as number);
    }
  }
  return rows.map((row, i) => (row[count] as number) / (row[i] as number));
}

export interface WarpOptions {
  readonly interpolation: Interpolation;
  /** The value of what comes from outside the image, in every channel. */
  readonly fill: number;
}

/** Warps images of one size in place. */
export interface Warper {
  affine(image: Float32Array, matrix: AffineMatrix): void;
  perspective(image: Float32Array, coefficients: PerspectiveCoefficients): void;
}

/**
 * Where a pixel comes from is torchvision's (`_gen_affine_grid`, `_perspective_grid`, then PyTorch's `grid_sample` with zeros
 * outside and align_corners=False), in float32 and in its order of operations, so that `nearest` takes the same pixels.
 * Beyond the image stands the fill. At its edge `bilinear` gives S·m + fill·(1 − m), with m the part of the weights that lies
 * inside and S the weighted sum there: torchvision's blend, which darkens the edge, as S is m parts of a pixel already.
 */
export function makeWarper(sizes: ImageSizes, { interpolation, fill }: WarpOptions): Warper {
  const { channels, height, width } = sizes;
  const count = channels * height * width;
  const row = Math.ceil(width / 4) * 4;
  const isBilinear = interpolation === "bilinear" ? 1 : 0;
  // Places in scratch memory, in floats: the map, two rows of places, the padded plane, the image, its warped form.
  const places = 8;
  const padded = places + 2 * row;
  const source = padded + Math.ceil(((height + 3) * (width + 3)) / 4) * 4;
  const target = source + Math.ceil(count / 4) * 4;
  const end = target + channels * height * row;
  const run = (image: Float32Array, map: ArrayLike<number>, isPerspective: number): void => {
    const { scratch, floats, warp } = kernels();
    const base = scratch(4 * end);
    const at = (offset: number): number => base + 4 * offset;
    const memory = floats();
    memory.set(map, base / 4);
    memory.set(image, base / 4 + source);
    warp(
      ...([isPerspective, isBilinear, at(source), at(target), at(padded), at(places), base] as const),
      ...([channels, height, width, fill] as const),
    );
    const warped = base / 4 + target;
    if (row === width) image.set(memory.subarray(warped, warped + count));
    else {
      for (let y = 0; y < channels * height; y++) {
        image.set(memory.subarray(warped + y * row, warped + y * row + width), y * width);
      }
    }
  };
  return {
    affine: (image, matrix) => run(image, affineInHalves(matrix, sizes), 0),
    perspective: (image, coefficients) => run(image, perspectiveInHalves(coefficients, sizes), 1),
  };
}

/** The matrix in float32, giving halves of the image's width and height, which `grid_sample` counts in. */
function affineInHalves(matrix: AffineMatrix, { height, width }: ImageSizes): Float32Array {
  const halves = [0.5 * width, 0.5 * height];
  return Float32Array.from(matrix, (value, i) => Math.fround(value) / Math.fround(halves[i < 3 ? 0 : 1] as number));
}

function perspectiveInHalves(coefficients: PerspectiveCoefficients, sizes: ImageSizes): Float32Array {
  const [a, b, c, d, e, f, g, h] = coefficients;
  return Float32Array.from([...affineInHalves([a, b, c, d, e, f], sizes), g, h]);
}

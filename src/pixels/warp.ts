// Affine and perspective warps of one image, equal to torchvision's on float tensors (`rotate`, `affine`, `perspective`).
// Which parameters to warp by is drawn elsewhere.
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
 * outside and align_corners=False), which computes it in float32. Here it is computed in float64, which is faster and differs by
 * less than a thousandth of a pixel in pictures of up to 250 pixels; `nearest`, which decides between pixels by the last bit, takes torchvision's float32
 * steps one by one where the decision is that close. Beyond the image stands the fill. At its edge `bilinear` gives
 * S·m + fill·(1 − m), with m the part of the weights that lies inside and S the weighted sum there: torchvision's blend,
 * which darkens the edge, as S is m parts of a pixel already. Owns scratch memory of one image.
 */
export function makeWarper(sizes: ImageSizes, { interpolation, fill }: WarpOptions): Warper {
  const { channels, height, width } = sizes;
  const source = new Float32Array(channels * height * width);
  const xs = new Float64Array(width);
  const ys = new Float64Array(width);
  // float32 carries places of up to twice the image's half through some ten roundings of 6e-8 each.
  const doubt = 4e-6 * Math.max(height, width);
  const sample = (image: Float32Array, row: number, exact: ExactPlace): void => {
    if (interpolation === "nearest") nearestRow(source, image, xs, ys, row, 0, width, fill, sizes, doubt, exact);
    else bilinearRow(source, image, xs, ys, row, fill, sizes);
  };
  return {
    affine(image, matrix) {
      source.set(image);
      const scaled = affineInHalves(matrix, sizes);
      const exact: ExactPlace = (x, y) => affinePlace(x, y, scaled, sizes);
      const [a, b, c, d, e, f] = matrix;
      const span = { first: 0, last: 0 };
      // Both count from the centre: the first pixel's middle lies (width − 1)/2 to its left.
      const [toX, toY] = [(width - 1) / 2, (height - 1) / 2];
      for (let y = 0; y < height; y++) {
        const down = y - toY;
        const startX = b * down + c + toX - a * toX;
        const startY = e * down + f + toY - d * toX;
        for (let x = 0; x < width; x++) {
          xs[x] = startX + a * x;
          ys[x] = startY + d * x;
        }
        if (interpolation === "nearest") {
          span.first = 0;
          span.last = width - 1;
          narrow(span, startX, a, width - 1);
          narrow(span, startY, d, height - 1);
          nearestInside(source, image, xs, ys, y, span, sizes, doubt, exact);
          nearestRow(source, image, xs, ys, y, 0, Math.min(span.first, width), fill, sizes, doubt, exact);
          nearestRow(source, image, xs, ys, y, Math.max(span.first, span.last + 1), width, fill, sizes, doubt, exact);
        } else bilinearRow(source, image, xs, ys, y, fill, sizes);
      }
    },
    perspective(image, coefficients) {
      source.set(image);
      const scaled = perspectiveInHalves(coefficients, sizes);
      const exact: ExactPlace = (x, y) => perspectivePlace(x, y, scaled, sizes);
      const [a, b, c, d, e, f, g, h] = coefficients;
      for (let y = 0; y < height; y++) {
        const down = y + 0.5;
        for (let x = 0; x < width; x++) {
          const right = x + 0.5;
          const depth = 1 / (g * right + h * down + 1);
          xs[x] = (a * right + b * down + c) * depth - 0.5;
          ys[x] = (d * right + e * down + f) * depth - 0.5;
        }
        sample(image, y, exact);
      }
    },
  };
}

/** Where a pixel comes from as float32 has it, in pixels of the source. */
type ExactPlace = (x: number, y: number) => Point;

/** The matrix in float32, giving halves of the image's width and height, which `grid_sample` counts in. */
function affineInHalves(matrix: AffineMatrix, { height, width }: ImageSizes): Float32Array {
  const halves = [0.5 * width, 0.5 * height];
  return Float32Array.from(matrix, (value, i) => Math.fround(value) / Math.fround(halves[i < 3 ? 0 : 1] as number));
}

function perspectiveInHalves(coefficients: PerspectiveCoefficients, sizes: ImageSizes): Float32Array {
  const [a, b, c, d, e, f, g, h] = coefficients;
  return Float32Array.from([...affineInHalves([a, b, c, d, e, f], sizes), g, h]);
}

function affinePlace(x: number, y: number, scaled: Float32Array, { height, width }: ImageSizes): Point {
  const [a, b, c] = [scaled[0] as number, scaled[1] as number, scaled[2] as number];
  const [d, e, f] = [scaled[3] as number, scaled[4] as number, scaled[5] as number];
  const right = x - width / 2 + 0.5;
  const down = y - height / 2 + 0.5;
  const gridX = Math.fround(Math.fround(Math.fround(right * a) + Math.fround(down * b)) + c);
  const gridY = Math.fround(Math.fround(Math.fround(right * d) + Math.fround(down * e)) + f);
  return [fromGrid(gridX, width), fromGrid(gridY, height)];
}

function perspectivePlace(x: number, y: number, scaled: Float32Array, { height, width }: ImageSizes): Point {
  const [a, b, c] = [scaled[0] as number, scaled[1] as number, scaled[2] as number];
  const [d, e, f] = [scaled[3] as number, scaled[4] as number, scaled[5] as number];
  const [g, h] = [scaled[6] as number, scaled[7] as number];
  const right = x + 0.5;
  const down = y + 0.5;
  const depth = Math.fround(Math.fround(Math.fround(right * g) + Math.fround(down * h)) + 1);
  const acrossX = Math.fround(Math.fround(Math.fround(right * a) + Math.fround(down * b)) + c);
  const acrossY = Math.fround(Math.fround(Math.fround(right * d) + Math.fround(down * e)) + f);
  const gridX = Math.fround(Math.fround(acrossX / depth) - 1);
  const gridY = Math.fround(Math.fround(acrossY / depth) - 1);
  return [fromGrid(gridX, width), fromGrid(gridY, height)];
}

/** `grid_sample`'s −1 … 1 as pixels. */
function fromGrid(grid: number, length: number): number {
  return Math.fround(Math.fround(Math.fround(grid + 1) * (length / 2)) - 0.5);
}

/** Added to and taken from a float, it leaves the nearest whole number, halves to the even: doubles this large have no fraction. */
const toWhole = 1.5 * 2 ** 52;

/** Columns, both included; empty where the last comes before the first. */
interface Span {
  first: number;
  last: number;
}

/** Takes from a row's columns those whose place start + slope·column may lie outside 0 … end. */
function narrow(span: Span, start: number, slope: number, end: number): void {
  if (slope === 0) {
    if (!(start >= 0 && start <= end)) span.last = -1;
    return;
  }
  const [one, other] = [-start / slope, (end - start) / slope];
  span.first = Math.max(span.first, Math.ceil(Math.min(one, other)));
  span.last = Math.min(span.last, Math.floor(Math.max(one, other)));
}

/** The columns of a row whose places all lie within the image: no question is asked but which pixel is nearest. */
function nearestInside(
  source: Float32Array,
  target: Float32Array,
  xs: Float64Array,
  ys: Float64Array,
  row: number,
  { first, last }: Span,
  { channels, height, width }: ImageSizes,
  doubt: number,
  exact: ExactPlace,
): void {
  const plane = height * width;
  const end = channels * plane;
  const close = 0.5 - doubt;
  for (let i = first, to = row * width + first; i <= last; i++, to++) {
    const placeX = xs[i] as number;
    const placeY = ys[i] as number;
    let x = (placeX + 0.5) | 0;
    let y = (placeY + 0.5) | 0;
    if (Math.abs(placeX - x) > close || Math.abs(placeY - y) > close) {
      const [exactX, exactY] = exact(i, row);
      x = (exactX + toWhole - toWhole) | 0;
      y = (exactY + toWhole - toWhole) | 0;
    }
    const from = y * width + x;
    target[to] = source[from] as number;
    for (let at = plane; at < end; at += plane) target[at + to] = source[at + from] as number;
  }
}

function nearestRow(
  source: Float32Array,
  target: Float32Array,
  xs: Float64Array,
  ys: Float64Array,
  row: number,
  start: number,
  stop: number,
  fill: number,
  { channels, height, width }: ImageSizes,
  doubt: number,
  exact: ExactPlace,
): void {
  const plane = height * width;
  const end = channels * plane;
  const close = 0.5 - doubt;
  for (let i = start, to = row * width + start; i < stop; i++, to++) {
    const placeX = xs[i] as number;
    const placeY = ys[i] as number;
    let isInside = placeX > -1 && placeX < width && placeY > -1 && placeY < height;
    if (isInside) {
      // Whole numbers by truncation, one up since both are above −1.
      let x = ((placeX + 1.5) | 0) - 1;
      let y = ((placeY + 1.5) | 0) - 1;
      const offX = placeX - x;
      const offY = placeY - y;
      if (offX > close || offX < -close || offY > close || offY < -close) {
        const [exactX, exactY] = exact(i, row);
        x = (exactX + toWhole - toWhole) | 0;
        y = (exactY + toWhole - toWhole) | 0;
      }
      isInside = x >= 0 && x < width && y >= 0 && y < height;
      if (isInside) {
        const from = y * width + x;
        target[to] = source[from] as number;
        for (let at = plane; at < end; at += plane) target[at + to] = source[at + from] as number;
      }
    }
    if (!isInside) for (let at = 0; at < end; at += plane) target[at + to] = fill;
  }
}

function bilinearRow(
  source: Float32Array,
  target: Float32Array,
  xs: Float64Array,
  ys: Float64Array,
  row: number,
  fill: number,
  { channels, height, width }: ImageSizes,
): void {
  const plane = height * width;
  const end = channels * plane;
  for (let i = 0, to = row * width; i < width; i++, to++) {
    const x = xs[i] as number;
    const y = ys[i] as number;
    if (!(x > -1 && x < width && y > -1 && y < height)) {
      for (let at = to; at < end; at += plane) target[at] = fill;
      continue;
    }
    // Whole numbers by truncation, one up since x and y are above −1.
    const left = ((x + 1) | 0) - 1;
    const top = ((y + 1) | 0) - 1;
    const right = x - left;
    const down = y - top;
    const from = top * width + left;
    if (left >= 0 && left < width - 1 && top >= 0 && top < height - 1) {
      for (let at = 0; at < end; at += plane) {
        const first = at + from;
        const upper = (source[first] as number) * (1 - right) + (source[first + 1] as number) * right;
        const lower = (source[first + width] as number) * (1 - right) + (source[first + width + 1] as number) * right;
        target[at + to] = upper * (1 - down) + lower * down;
      }
      continue;
    }
    const hasLeft = left >= 0;
    const hasRight = left < width - 1;
    const hasTop = top >= 0;
    const hasBottom = top < height - 1;
    const inside =
      ((hasLeft ? 1 - right : 0) + (hasRight ? right : 0)) * ((hasTop ? 1 - down : 0) + (hasBottom ? down : 0));
    for (let at = 0; at < end; at += plane) {
      const first = at + from;
      const upperLeft = hasTop && hasLeft ? (source[first] as number) : 0;
      const upperRight = hasTop && hasRight ? (source[first + 1] as number) : 0;
      const lowerLeft = hasBottom && hasLeft ? (source[first + width] as number) : 0;
      const lowerRight = hasBottom && hasRight ? (source[first + width + 1] as number) : 0;
      const upper = upperLeft * (1 - right) + upperRight * right;
      const lower = lowerLeft * (1 - right) + lowerRight * right;
      target[at + to] = (upper * (1 - down) + lower * down) * inside + fill * (1 - inside);
    }
  }
}

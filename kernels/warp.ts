// Warps of one image as torchvision computes them: float32 throughout, step by step in its order, so that `nearest` takes
// the very same pixel. src/pixels/warp.ts says what is computed.

/**
 * @param source [channel, height, width]; @param target as large, each row rounded up to four values
 * @param padded room for (height + 3)·(width + 3) values; @param places room for two rows, each rounded up to four values
 * @param map eight floats: the affine map in halves of the image's width and height (then two unused), or the perspective
 * @param fill what stands outside
 */
export function warp(
  isPerspective: bool,
  isBilinear: bool,
  source: usize,
  target: usize,
  padded: usize,
  places: usize,
  map: usize,
  channels: i32,
  height: i32,
  width: i32,
  fill: f32,
): void {
  const row = (<usize>((width + 3) & ~3)) << 2;
  const xs = places;
  const ys = places + row;
  const stride = width + 3;
  for (let channel = 0; channel < channels; channel++) {
    pad(source + ((<usize>channel * height * width) << 2), padded, height, width, isBilinear ? 0 : fill);
    for (let y = 0; y < height; y++) {
      if (isPerspective) perspectiveRow(map, xs, ys, y, height, width);
      else affineRow(map, xs, ys, y, height, width);
      const to = target + <usize>(channel * height + y) * row;
      if (isBilinear) bilinearRow(padded, to, xs, ys, stride, height, width, fill);
      else nearestRow(padded, to, xs, ys, stride, height, width);
    }
  }
}

/** One plane with a column of `border` to its left and two to its right, a row above and two below. */
function pad(plane: usize, padded: usize, height: i32, width: i32, border: f32): void {
  const stride = (<usize>(width + 3)) << 2;
  const row = (<usize>width) << 2;
  fillRow(padded, width + 3, border);
  for (let y = 0; y < height; y++) {
    const to = padded + <usize>(y + 1) * stride;
    store<f32>(to, border);
    memory.copy(to + 4, plane + <usize>y * row, row);
    store<f32>(to + row + 4, border);
    store<f32>(to + row + 8, border);
  }
  fillRow(padded + <usize>(height + 1) * stride, 2 * (width + 3), border);
}

function fillRow(to: usize, count: i32, value: f32): void {
  for (let i = 0; i < count; i++) store<f32>(to + ((<usize>i) << 2), value);
}

/** `grid_sample`'s −1 … 1 as pixels. */
function fromGrid(grid: v128, half: f32): v128 {
  return f32x4.sub(f32x4.mul(f32x4.add(grid, f32x4.splat(1)), f32x4.splat(half)), f32x4.splat(0.5));
}

function affineRow(map: usize, xs: usize, ys: usize, y: i32, height: i32, width: i32): void {
  const halfWidth = <f32>width / 2;
  const halfHeight = <f32>height / 2;
  const down = <f32>y - halfHeight + 0.5;
  const a = f32x4.splat(load<f32>(map));
  const bDown = f32x4.splat(down * load<f32>(map, 4));
  const c = f32x4.splat(load<f32>(map, 8));
  const d = f32x4.splat(load<f32>(map, 12));
  const eDown = f32x4.splat(down * load<f32>(map, 16));
  const f = f32x4.splat(load<f32>(map, 20));
  let right = f32x4.add(f32x4.splat(0.5 - halfWidth), f32x4(0, 1, 2, 3));
  for (let x = 0; x < width; x += 4) {
    const at = (<usize>x) << 2;
    v128.store(xs + at, fromGrid(f32x4.add(f32x4.add(f32x4.mul(right, a), bDown), c), halfWidth));
    v128.store(ys + at, fromGrid(f32x4.add(f32x4.add(f32x4.mul(right, d), eDown), f), halfHeight));
    right = f32x4.add(right, f32x4.splat(4));
  }
}

function perspectiveRow(map: usize, xs: usize, ys: usize, y: i32, height: i32, width: i32): void {
  const halfWidth = <f32>width / 2;
  const halfHeight = <f32>height / 2;
  const down = <f32>y + 0.5;
  const a = f32x4.splat(load<f32>(map));
  const bDown = f32x4.splat(down * load<f32>(map, 4));
  const c = f32x4.splat(load<f32>(map, 8));
  const d = f32x4.splat(load<f32>(map, 12));
  const eDown = f32x4.splat(down * load<f32>(map, 16));
  const f = f32x4.splat(load<f32>(map, 20));
  const g = f32x4.splat(load<f32>(map, 24));
  const hDown = f32x4.splat(down * load<f32>(map, 28));
  const one = f32x4.splat(1);
  let right = f32x4(0.5, 1.5, 2.5, 3.5);
  for (let x = 0; x < width; x += 4) {
    const at = (<usize>x) << 2;
    const depth = f32x4.add(f32x4.add(f32x4.mul(right, g), hDown), one);
    const across = f32x4.div(f32x4.add(f32x4.add(f32x4.mul(right, a), bDown), c), depth);
    const along = f32x4.div(f32x4.add(f32x4.add(f32x4.mul(right, d), eDown), f), depth);
    v128.store(xs + at, fromGrid(f32x4.sub(across, one), halfWidth));
    v128.store(ys + at, fromGrid(f32x4.sub(along, one), halfHeight));
    right = f32x4.add(right, f32x4.splat(4));
  }
}

/** Places to −1 … end, which the padded plane has; what is no number is outside. */
function clamp(places: v128, end: i32): v128 {
  return f32x4.pmin(f32x4.pmax(f32x4.splat(-1), places), f32x4.splat(<f32>end));
}

/** Bytes from the start of the padded plane to whole places. */
function offsets(x: v128, y: v128, stride: i32): v128 {
  const one = i32x4.splat(1);
  const rows = i32x4.mul(i32x4.add(i32x4.trunc_sat_f32x4_s(y), one), i32x4.splat(stride));
  return i32x4.shl(i32x4.add(rows, i32x4.add(i32x4.trunc_sat_f32x4_s(x), one)), 2);
}

function nearestRow(padded: usize, to: usize, xs: usize, ys: usize, stride: i32, height: i32, width: i32): void {
  for (let x = 0; x < width; x += 4) {
    const at = (<usize>x) << 2;
    // Halves go to the even, as in `nearbyint`.
    const from = offsets(
      clamp(f32x4.nearest(v128.load(xs + at)), width),
      clamp(f32x4.nearest(v128.load(ys + at)), height),
      stride,
    );
    store<f32>(to + at, load<f32>(padded + <usize>i32x4.extract_lane(from, 0)));
    store<f32>(to + at, load<f32>(padded + <usize>i32x4.extract_lane(from, 1)), 4);
    store<f32>(to + at, load<f32>(padded + <usize>i32x4.extract_lane(from, 2)), 8);
    store<f32>(to + at, load<f32>(padded + <usize>i32x4.extract_lane(from, 3)), 12);
  }
}

/** How much of a pixel's two weights lies within 0 … length − 1. */
function inside(place: v128, length: i32): v128 {
  const part = f32x4.pmin(f32x4.add(place, f32x4.splat(1)), f32x4.sub(f32x4.splat(<f32>length), place));
  return f32x4.pmin(part, f32x4.splat(1));
}

function bilinearRow(
  padded: usize,
  to: usize,
  xs: usize,
  ys: usize,
  stride: i32,
  height: i32,
  width: i32,
  fill: f32,
): void {
  const one = f32x4.splat(1);
  const outside = f32x4.splat(fill);
  const nextRow = (<usize>stride) << 2;
  for (let i = 0; i < width; i += 4) {
    const at = (<usize>i) << 2;
    const x = clamp(v128.load(xs + at), width);
    const y = clamp(v128.load(ys + at), height);
    const left = f32x4.floor(x);
    const top = f32x4.floor(y);
    const right = f32x4.sub(x, left);
    const down = f32x4.sub(y, top);
    const from = offsets(left, top, stride);
    const p0 = padded + <usize>i32x4.extract_lane(from, 0);
    const p1 = padded + <usize>i32x4.extract_lane(from, 1);
    const p2 = padded + <usize>i32x4.extract_lane(from, 2);
    const p3 = padded + <usize>i32x4.extract_lane(from, 3);
    // Left and right neighbours lie together: two pixels' pairs in one vector.
    const upper01 = v128.load_lane<u64>(p1, v128.load_zero<u64>(p0), 1);
    const upper23 = v128.load_lane<u64>(p3, v128.load_zero<u64>(p2), 1);
    const lower01 = v128.load_lane<u64>(p1 + nextRow, v128.load_zero<u64>(p0 + nextRow), 1);
    const lower23 = v128.load_lane<u64>(p3 + nextRow, v128.load_zero<u64>(p2 + nextRow), 1);
    const upper = blend(upper01, upper23, right);
    const lower = blend(lower01, lower23, right);
    const sum = f32x4.add(f32x4.mul(upper, f32x4.sub(one, down)), f32x4.mul(lower, down));
    const part = f32x4.mul(inside(x, width), inside(y, height));
    v128.store(to + at, f32x4.add(f32x4.mul(sum, part), f32x4.mul(outside, f32x4.sub(one, part))));
  }
}

/** From two vectors of (left, right) pairs: left·(1 − right weight) + right·right weight. */
function blend(pairs01: v128, pairs23: v128, weight: v128): v128 {
  const left = v128.shuffle<i32>(pairs01, pairs23, 0, 2, 4, 6);
  const right = v128.shuffle<i32>(pairs01, pairs23, 1, 3, 5, 7);
  return f32x4.add(f32x4.mul(left, f32x4.sub(f32x4.splat(1), weight)), f32x4.mul(right, weight));
}

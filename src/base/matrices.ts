// Float64 matrices by vector instructions (kernels/matrices.ts): products, and rows made perpendicular to each other.
import { kernels } from "./kernels.js";

/**
 * The rows made perpendicular and of length 1, in place, each by those before it (modified Gram–Schmidt, twice, which is enough
 * in float64). A row that is nothing but the others becomes zeros.
 * @param rows [row, size]
 */
export function orthonormalRows(rows: Float64Array, count: number, size: number): Float64Array {
  const stride = padded(size);
  const { scratch, doubles, orthonormalRows: run } = kernels();
  const at = scratch(8 * count * stride);
  spread(rows, count, size, doubles(), at / 8, stride);
  run(at, count, stride);
  gather(doubles(), at / 8, stride, rows, count, size);
  return rows;
}

/**
 * a·b for square matrices.
 * @param a [size, size]
 * @param b [size, size]
 */
export function multiplySquare(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const stride = padded(size);
  const length = stride * stride;
  const { scratch, doubles, multiplySquare: run } = kernels();
  const at = scratch(8 * 3 * length);
  const memory = doubles().subarray(at / 8, at / 8 + 3 * length);
  memory.fill(0);
  spread(a, size, size, memory, 0, stride);
  spread(b, size, size, memory, length, stride);
  run(at, at + 8 * length, at + 16 * length, stride);
  const product = new Float64Array(size * size);
  gather(memory, 2 * length, stride, product, size, size);
  return product;
}

/** Numbers from row to row of a kernel's matrix: a multiple of 4. */
const padded = (size: number): number => 4 * Math.ceil(size / 4);

function spread(from: Float64Array, count: number, size: number, to: Float64Array, at: number, stride: number): void {
  for (let r = 0; r < count; r++) {
    to.set(from.subarray(r * size, (r + 1) * size), at + r * stride);
    to.fill(0, at + r * stride + size, at + (r + 1) * stride);
  }
}

function gather(from: Float64Array, at: number, stride: number, to: Float64Array, count: number, size: number): void {
  for (let r = 0; r < count; r++) to.set(from.subarray(at + r * stride, at + r * stride + size), r * size);
}

// Where blurs look beyond an image's edge.

/** For places −radius … size + radius − 1 the one inside that they mirror: 3 2 1 | 0 1 2 3 | 2 1 0. */
export function mirroredIndices(size: number, radius: number): Int32Array {
  return Int32Array.from({ length: size + 2 * radius }, (_, i) => size - 1 - Math.abs(size - 1 - Math.abs(i - radius)));
}

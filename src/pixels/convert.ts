// Between stored pixels (whole numbers, 0 to 255) and the floats in [0, 1] that networks see.

/** The float of each stored value: value/255, rounded to float32 once. Reading it is faster than dividing. */
export const unitValues: Float32Array = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/**
 * Stored pixels as floats in [0, 1], into `out` or a new array.
 * @param out at least as long as `pixels`
 */
export function unitFromPixels(pixels: Uint8Array, out: Float32Array = new Float32Array(pixels.length)): Float32Array {
  // A local name: the engine does not know that a module's binding never changes, and looks it up for each pixel.
  const values = unitValues;
  for (let i = 0; i < pixels.length; i++) out[i] = values[pixels[i] as number] as number;
  return out;
}

/**
 * Floats as stored pixels: clipped to [0, 1], times 255, rounded to the nearest (half up). A value that is not a number
 * becomes 0.
 */
export function pixelsFromUnit(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(values.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = pixelFromUnit(values[i] as number);
  return pixels;
}

/** One value of `pixelsFromUnit`. */
export function pixelFromUnit(value: number): number {
  if (value >= 1) return 255;
  return value > 0 ? Math.floor(value * 255 + 0.5) : 0;
}

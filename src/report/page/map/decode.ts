// What components ask of a decoder, wherever it computes: in the page, or where the run is served.

/** @param codes [code, unit] @returns [image, channel, height, width], not clipped */
export type Decode = (codes: Float32Array) => Promise<Float32Array>;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A figure with three digits. */
export function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "–";
}

// What components ask of a decoder, wherever it computes: in the page, or where the run is served.

/** @param codes [code, unit] @returns [image, channel, height, width], not clipped */
export type Decode = (codes: Float32Array) => Promise<Float32Array>;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A figure with three digits, as machines read it too. */
export function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "–";
}

/** The same for people: with a minus sign. */
export function said(value: number): string {
  return short(value).replace("-", "−");
}

/** How many decimals figures of a column have, so that the largest has three digits. */
export function decimalsOf(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest === 0 ? 2 : Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(largest))));
}

/** A figure of a column: its decimals stand under each other. Zero has no sign. */
export function inColumn(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

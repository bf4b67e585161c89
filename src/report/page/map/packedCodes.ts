// Codes in a file for a page: of each unit whole steps in 16 bits, as base64. A value is at most half a step away, 1/65,534 of the
// largest of its unit. Pure.

export interface PackedCodes {
  /** Numbers in a code. */
  readonly size: number;
  /** Of each unit: what one step is. */
  readonly steps: readonly number[];
  /** [code, unit], int16, the low byte first, base64. */
  readonly values: string;
}

const most = 32_767;

/** @param codes [code, unit]; what is no number becomes 0 */
export function packCodes(codes: Float32Array, size: number): PackedCodes {
  const largest = new Float64Array(size);
  for (let at = 0; at < codes.length; at++) {
    const length = Math.abs(codes[at]);
    if (Number.isFinite(length) && length > largest[at % size]) largest[at % size] = length;
  }
  // Rounded up, so that the largest is still within.
  const steps = Array.from(largest, (length) => Number(((length / most) * (1 + 1e-6)).toPrecision(8)));
  const bytes = new DataView(new ArrayBuffer(2 * codes.length));
  for (let at = 0; at < codes.length; at++) {
    const step = steps[at % size];
    const whole = step === 0 ? 0 : Math.round(codes[at] / step);
    bytes.setInt16(2 * at, Number.isFinite(whole) ? whole : 0, true);
  }
  return { size, steps, values: base64Of(new Uint8Array(bytes.buffer)) };
}

/** @returns [code, unit] */
export function unpackCodes({ size, steps, values }: PackedCodes): Float32Array {
  const bytes = bytesOf(values);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 2 }, (_, at) => view.getInt16(2 * at, true) * steps[at % size]);
}

/** Numbers as float32, the low byte first, base64. */
export function packFloats(values: ArrayLike<number>): string {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (let at = 0; at < values.length; at++) bytes.setFloat32(4 * at, values[at], true);
  return base64Of(new Uint8Array(bytes.buffer));
}

export function unpackFloats(packed: string): Float32Array {
  const bytes = bytesOf(packed);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
}

function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

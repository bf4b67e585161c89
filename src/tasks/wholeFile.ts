// Whether a file that this package writes is there to its end: a disk that was full leaves a part.

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const pngEnd = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];

/** @param name ends in .png, .svg, .html or .onnx; anything else is whole where it is not empty */
export function isWholeFile(name: string, bytes: Uint8Array): boolean {
  if (name.endsWith(".png")) return holds(bytes, pngStart, 0) && holds(bytes, pngEnd, bytes.length - pngEnd.length);
  if (name.endsWith(".svg")) return /<\/svg>\s*$/.test(new TextDecoder().decode(bytes.subarray(-64)));
  if (name.endsWith(".html")) return /<\/html>\s*$/.test(new TextDecoder().decode(bytes.subarray(-64)));
  if (name.endsWith(".onnx")) return hasWholeFields(bytes);
  return bytes.length > 0;
}

function holds(bytes: Uint8Array, wanted: readonly number[], at: number): boolean {
  return at >= 0 && wanted.every((byte, i) => bytes[at + i] === byte);
}

/** Of a protocol buffer: that its outermost fields end where the bytes end. */
function hasWholeFields(bytes: Uint8Array): boolean {
  let at = 0;
  /** The next number of seven bits a byte, NaN beyond the end. */
  const number = (): number => {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = number();
    // Numbers, and what says its length; there are no others at the top of an ONNX model.
    if (tag % 8 !== 0 && tag % 8 !== 2) return false;
    const value = number();
    if (tag % 8 === 2) at += value;
  }
  return at === bytes.length && at > 0;
}

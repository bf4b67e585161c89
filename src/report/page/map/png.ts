// Pictures as PNG without an encoder: rows as they are, in stored blocks. For pages without script, whose pictures are small. Pure.
import { concatenated } from "../../../base/numbers.js";

/** Bytes of one picture from values in [0, 1]. @param values [channel, height, width], one channel or three */
export function pngOf(values: ArrayLike<number>, [channels, height, width]: readonly number[]): Uint8Array {
  const shown = channels === 3 ? 3 : 1;
  const raw = new Uint8Array(height * (1 + width * shown));
  const plane = height * width;
  for (let row = 0, at = 0; row < height; row++) {
    raw[at++] = 0;
    for (let column = 0; column < width; column++) {
      for (let c = 0; c < shown; c++) raw[at++] = byteOf(values[c * plane + row * width + column]);
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, shown === 3 ? 2 : 0], 8);
  return concatenated(
    [
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      chunk("IHDR", header),
      chunk("IDAT", stored(raw)),
      chunk("IEND", new Uint8Array()),
    ],
    Uint8Array,
  );
}

/** The picture as an address that needs no file. */
export function pngUrl(values: ArrayLike<number>, shape: readonly number[]): string {
  let text = "";
  for (const byte of pngOf(values, shape)) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}

export function byteOf(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value || 0)));
}

const largestBlock = 65_535;

/** zlib's frame around blocks that are stored as they are (RFC 1950, RFC 1951). */
function stored(raw: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let start = 0; start < raw.length; start += largestBlock) {
    const block = raw.subarray(start, start + largestBlock);
    const { length } = block;
    const isLast = start + largestBlock >= raw.length ? 1 : 0;
    parts.push(Uint8Array.of(isLast, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), block);
  }
  let [a, b] = [1, 0];
  for (const byte of raw) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return concatenated([...parts, Uint8Array.of(b >> 8, b & 255, a >> 8, a & 255)], Uint8Array);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(
    Array.from(name, (letter) => letter.charCodeAt(0)),
    4,
  );
  bytes.set(data, 8);
  let check = 0xffffffff;
  for (const byte of bytes.subarray(4, 8 + data.length)) {
    check ^= byte;
    for (let bit = 0; bit < 8; bit++) check = check & 1 ? (check >>> 1) ^ 0xedb88320 : check >>> 1;
  }
  view.setUint32(8 + data.length, ~check >>> 0);
  return bytes;
}

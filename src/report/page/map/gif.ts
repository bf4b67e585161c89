// Pictures one after the other as a GIF that repeats: greys as they are, colours in a cube of 6·7·6. Pure.
// Format: "Graphics Interchange Format, version 89a" (CompuServe 1990).
import { byteOf } from "./png.js";

/** Levels of red, green and blue: 252 colours. */
const cube = [6, 7, 6] as const;

/**
 * @param frames each [channel, height, width] in [0, 1], one channel or three
 * @param how.scale pixels of the file to a pixel of a picture
 */
export function gifOf(
  frames: readonly ArrayLike<number>[],
  [channels, height, width]: readonly number[],
  { framesASecond, scale = 1 }: { readonly framesASecond: number; readonly scale?: number },
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const text = (letters: string): void => void bytes.push(...Array.from(letters, (letter) => letter.charCodeAt(0)));
  const short = (value: number): void => void bytes.push(value & 255, value >> 8);
  const isGrey = channels !== 3;
  text("GIF89a");
  short(width * scale);
  short(height * scale);
  bytes.push(0xf7, 0, 0);
  for (let i = 0; i < 256; i++) bytes.push(...(isGrey ? [i, i, i] : cubeColour(i)));
  text("!\xff\x0bNETSCAPE2.0");
  bytes.push(3, 1, 0, 0, 0);
  const plane = height * width;
  for (const frame of frames) {
    bytes.push(0x21, 0xf9, 4, 0);
    short(Math.round(100 / framesASecond));
    bytes.push(0, 0, 0x2c, 0, 0, 0, 0);
    short(width * scale);
    short(height * scale);
    bytes.push(0);
    const indices = new Uint8Array(plane * scale * scale);
    for (let at = 0; at < indices.length; at++) {
      const [row, column] = [Math.floor(at / (width * scale)), at % (width * scale)];
      const i = Math.floor(row / scale) * width + Math.floor(column / scale);
      indices[at] = isGrey ? byteOf(frame[i]) : cubeIndex(frame[i], frame[plane + i], frame[2 * plane + i]);
    }
    bytes.push(8);
    const packed = compressed(indices);
    for (let start = 0; start < packed.length; start += 255) {
      const block = packed.slice(start, start + 255);
      bytes.push(block.length, ...block);
    }
    bytes.push(0);
  }
  bytes.push(0x3b);
  return Uint8Array.from(bytes);
}

function cubeIndex(...colour: readonly [number, number, number]): number {
  const levels = colour.map((value, c) => Math.round((byteOf(value) / 255) * (cube[c] - 1)));
  return (levels[0] * cube[1] + levels[1]) * cube[2] + levels[2];
}

function cubeColour(index: number): readonly number[] {
  const levels = [
    Math.floor(index / (cube[1] * cube[2])) % cube[0],
    Math.floor(index / cube[2]) % cube[1],
    index % cube[2],
  ];
  return levels.map((level, c) => Math.round((255 * level) / (cube[c] - 1)));
}

/** LZW with codes of 9 to 12 bits, the table begun anew when it is full. */
function compressed(indices: Uint8Array): number[] {
  const [clear, end, largest] = [256, 257, 4095];
  const bytes: number[] = [];
  let [buffer, bits, width] = [0, 0, 9];
  const write = (code: number): void => {
    buffer |= code << bits;
    for (bits += width; bits >= 8; bits -= 8) {
      bytes.push(buffer & 255);
      buffer >>>= 8;
    }
  };
  let table = new Map<number, number>();
  let next = end + 1;
  write(clear);
  let prefix: number = indices[0];
  for (let i = 1; i < indices.length; i++) {
    const key = prefix * 256 + indices[i];
    const known = table.get(key);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    write(prefix);
    if (next > largest) {
      write(clear);
      table = new Map();
      next = end + 1;
      width = 9;
    } else {
      table.set(key, next++);
      // A reader knows a code one later than the writer does.
      if (next - 1 === 1 << width && width < 12) width++;
    }
    prefix = indices[i];
  }
  write(prefix);
  write(end);
  if (bits > 0) bytes.push(buffer & 255);
  return bytes;
}

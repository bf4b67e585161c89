// Philox 4×32-10 as a WebAssembly function, assembled here: WebAssembly multiplies 32 bits by 32 to 64 in one
// instruction, which JavaScript cannot, and so makes words four times as fast. `philox` in random.ts is the definition.

import { InternalError } from "./errors.js";

/** The part of the WebAssembly interface that is used; pages and Node both have it. */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

export interface PhiloxKernel {
  /** Where words are made: 2,048 of them, which the first-level cache holds. */
  readonly words: Uint32Array;
  /** Fills at least the first `count` of `words` with blocks from `firstBlock` on: counter (c0, c1, c2, block), key (k0, k1). */
  fill(count: number, firstBlock: number, c0: number, c1: number, c2: number, k0: number, k1: number): void;
}

const wordCount = 2048;
const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const keySteps = [0x9e3779b9, 0xbb67ae85] as const;

let kernel: PhiloxKernel | undefined | "not made" = "not made";

/** The kernel, made at its first use; undefined where WebAssembly is missing or forbidden (a page's security policy). */
export function philoxKernel(): PhiloxKernel | undefined {
  if (kernel === "not made") kernel = makeKernel();
  return kernel;
}

function makeKernel(): PhiloxKernel | undefined {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyInterface };
  if (WebAssembly === undefined) return undefined;
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
    const { blocks, memory } = exports as {
      readonly blocks: (...parameters: number[]) => void;
      readonly memory: { readonly buffer: ArrayBuffer };
    };
    return {
      words: new Uint32Array(memory.buffer, 0, wordCount),
      fill(count, ...counterAndKey) {
        if (count > wordCount) throw new InternalError(`${count} words do not fit into the Philox kernel's memory`);
        blocks(0, 4 * count, ...counterAndKey);
      },
    };
  } catch {
    return undefined;
  }
}

/** The instructions that are used, as the WebAssembly specification numbers them. */
const op = {
  loop: 0x03,
  branchIf: 0x0d,
  end: 0x0b,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  storeWord: 0x36,
  constant32: 0x41,
  constant64: 0x42,
  lessUnsigned32: 0x49,
  add32: 0x6a,
  xor32: 0x73,
  multiply64: 0x7e,
  shiftRightUnsigned64: 0x88,
  low32of64: 0xa7,
  unsigned64of32: 0xad,
} as const;
const type = { word: 0x7f, long: 0x7e, none: 0x40 } as const;

/** `blocks(at, end, block, c0, c1, c2, k0, k1)` writes a block of four words at each 16 bytes from `at` to `end`. */
function assemble(): Uint8Array<ArrayBuffer> {
  const [at, end, block, firstC0, firstC1, firstC2, firstK0, firstK1] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [c0, c1, c2, c3, k0, k1, product0, product1] = [8, 9, 10, 11, 12, 13, 14, 15];
  const copy = (from: number, to: number): number[] => [op.get, from, op.set, to];
  const add = (local: number, value: number): number[] => [
    op.get,
    local,
    op.constant32,
    ...signed(value | 0),
    op.add32,
  ];
  const multiply = (word: number, factor: number, product: number): number[] => [
    ...[op.get, word, op.unsigned64of32, op.constant64, ...signed(factor), op.multiply64],
    ...[op.set, product],
  ];
  const low = (product: number, to: number): number[] => [op.get, product, op.low32of64, op.set, to];
  const highXor = (product: number, a: number, b: number, to: number): number[] => [
    ...[op.get, product, op.constant64, 32, op.shiftRightUnsigned64, op.low32of64],
    ...[op.get, a, op.xor32, op.get, b, op.xor32, op.set, to],
  ];
  const round = [
    ...multiply(c0, multipliers[0], product0),
    ...multiply(c2, multipliers[1], product1),
    ...highXor(product1, c1, k0, c0),
    ...low(product1, c1),
    ...highXor(product0, c3, k1, c2),
    ...low(product0, c3),
    ...[...add(k0, keySteps[0]), op.set, k0],
    ...[...add(k1, keySteps[1]), op.set, k1],
  ];
  const body = [
    ...[op.loop, type.none],
    ...[...copy(firstC0, c0), ...copy(firstC1, c1), ...copy(firstC2, c2), ...copy(block, c3)],
    ...[...copy(firstK0, k0), ...copy(firstK1, k1)],
    // Unrolled: a loop of ten costs a third more.
    ...Array.from({ length: 10 }, () => round).flat(),
    // Stores at `at` + 0, 4, 8, 12, aligned to 2² bytes.
    ...[c0, c1, c2, c3].flatMap((word, i) => [op.get, at, op.get, word, op.storeWord, 2, 4 * i]),
    ...[...add(block, 1), op.set, block],
    ...[...add(at, 16), op.tee, at, op.get, end, op.lessUnsigned32, op.branchIf, 0],
    op.end,
  ];
  const code = [2, 6, type.word, 2, type.long, ...body, op.end];
  const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
  const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    // Types: one function of eight words to nothing. Functions: one, of that type. Memory: one page of 64 KiB.
    ...section(1, [1, 0x60, 8, ...new Array<number>(8).fill(type.word), 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name("blocks"), 0, 0, ...name("memory"), 2, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

/** Signed LEB128, for whole numbers that doubles hold. */
function signed(value: number): number[] {
  const low = ((value % 128) + 128) % 128;
  const rest = Math.floor(value / 128);
  const isLast = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
  return isLast ? [low] : [low | 128, ...signed(rest)];
}

// The loops that run for each pixel, each random number and each number of a small matrix (kernels/, compiled to WebAssembly),
// and the memory they work in.
import { UserError } from "./errors.js";
import { kernelBytes } from "./kernelBytes.js";

/** The part of the WebAssembly interface that is used; pages and Node both have it. */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Functions of kernels/, which says what they do. Addresses are bytes; truth values are 0 and 1. */
export interface KernelFunctions {
  philoxBlocks(
    at: number,
    end: number,
    block: number,
    c0: number,
    c1: number,
    c2: number,
    k0: number,
    k1: number,
  ): void;
  dropoutMask(halves: number, to: number, count: number, threshold: number, kept: number): void;
  addFromTable(halves: number, table: number, values: number, count: number, scale: number): void;
  clip(values: number, count: number): void;
  unitFromBytes(bytes: number, to: number, count: number): void;
  warp(
    isPerspective: number,
    isBilinear: number,
    source: number,
    target: number,
    padded: number,
    places: number,
    map: number,
    channels: number,
    height: number,
    width: number,
    fill: number,
  ): void;
  multiplySquare(a: number, b: number, to: number, rows: number): void;
  orthonormalRows(rows: number, count: number, stride: number): void;
}

export interface Kernels extends KernelFunctions {
  /** Where random words are made; there is room for `wordCount` of them, which the first-level cache holds. */
  readonly wordsAt: number;
  /** Room for 65,536 floats that stay. */
  readonly tableAt: number;
  /** Room for at least `count` bytes that one caller uses until it returns. Call it before `floats` and the like: memory may move. */
  scratch(count: number): number;
  /** The whole memory as floats, at address/4. Not to be kept: it may move when scratch memory grows. */
  floats(): Float32Array;
  /** The whole memory as bytes. Not to be kept. */
  bytes(): Uint8Array;
  /** The whole memory as float64, at address/8. Not to be kept. */
  doubles(): Float64Array;
  /** The whole memory as words, at address/4. Not to be kept. */
  words(): Uint32Array;
}

export const wordCount = 2048;
const pageBytes = 65_536;
const wordsAt = 0;
const tableAt = wordsAt + 4 * wordCount;
const scratchAt = tableAt + 4 * 65_536;

let made: Kernels | undefined;

/**
 * The kernels, made at the first use.
 * @throws UserError where WebAssembly is missing or forbidden
 */
export function kernels(): Kernels {
  made ??= makeKernels();
  return made;
}

interface KernelModule extends KernelFunctions {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

function makeKernels(): Kernels {
  const { memory, ...functions } = instantiate();
  let floats = new Float32Array();
  let bytes = new Uint8Array();
  let words = new Uint32Array();
  let doubles = new Float64Array();
  const scratch = (count: number): number => {
    const missing = scratchAt + count - memory.buffer.byteLength;
    if (missing > 0) grow(memory, missing);
    if (floats.buffer !== memory.buffer) {
      floats = new Float32Array(memory.buffer);
      bytes = new Uint8Array(memory.buffer);
      words = new Uint32Array(memory.buffer);
      doubles = new Float64Array(memory.buffer);
    }
    return scratchAt;
  };
  scratch(0);
  return {
    ...functions,
    wordsAt,
    tableAt,
    scratch,
    floats: () => floats,
    bytes: () => bytes,
    words: () => words,
    doubles: () => doubles,
  };
}

function grow(memory: KernelModule["memory"], bytes: number): void {
  try {
    memory.grow(Math.ceil(bytes / pageBytes));
  } catch (cause) {
    throw new UserError(
      `pictures or matrices of this size need more memory than WebAssembly has: ${Math.ceil(bytes / 1e6)} MB more`,
      {
        hint: "Resize them, for example { source: folder, path: PATH, size: [256, 256] }.",
        cause,
      },
    );
  }
}

function instantiate(): KernelModule {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyInterface };
  try {
    if (WebAssembly === undefined) throw new Error("there is no WebAssembly");
    const bytes = Uint8Array.from(atob(kernelBytes), (character) => character.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as KernelModule;
  } catch (cause) {
    throw new UserError(
      "WebAssembly with vector instructions is missing or forbidden here, and every picture is turned into numbers by it",
      {
        hint: "In a page, allow 'wasm-unsafe-eval' in its content security policy; Node has it unless started with --jitless.",
        cause,
      },
    );
  }
}

// The state of a session: parameters, buffers and optimizer slots in native memory, in the layouts that the first
// program chose. Parameters lie together in one arena, their gradients and slots at the same places in arenas of
// their own, so that an update is one pass over flat memory.
import { InternalError } from "../../base/errors.js";
import { allocated, float32Zeros } from "../../base/memory.js";
import { sizeOf } from "../../tensor/index.js";
import type { StateEntry, StateSpec } from "../engine.js";
import type { Layout } from "./adapter.js";
import type { LoadedLibrary } from "./library.js";
import { type Block, block } from "./memory.js";

/** How a state entry lies in memory, and how the written (PyTorch's) row-major layout is seen with the same axes. */
export interface Pinned {
  readonly layout: Layout;
  readonly written: Layout;
}

export interface StateStore {
  entry(name: string): StateEntry;
  /** The layout of an entry, if a program has chosen one. */
  pinned(name: string): Pinned | undefined;
  /** Chooses an entry's layout; only before memory is laid out. A slot and its parameter lie alike. */
  pin(name: string, choice: Pinned): void;
  /** Lays out memory: parameters in `order` first. Does nothing the second time. */
  allocate(order: readonly string[]): void;
  address(name: string): bigint;
  /** Where the gradient of a parameter is collected; same layout as the parameter. */
  gradientAddress(parameter: string): bigint;
  /** Place of a parameter in the arenas, in elements, padding included. */
  span(parameter: string): { readonly offset: number; readonly length: number };
  /** The gradients' arena. */
  gradients(): Float32Array;
  /** Start of an arena: "parameter", "gradient" or a slot's name without its parameter. */
  arena(kind: string): bigint;
  /** Memory for values that live within one run. A session's programs never run at the same time, so they share it. */
  workspace(bytes: number): Block;
  read(name: string): Float32Array;
  write(name: string, values: ArrayLike<number>): void;
  dispose(): void;
}

const alignmentElements = 16;
const gradientArena = "gradient";

/** Whether an entry lies at its parameter's place in an arena of its own kind, in its layout. */
const isBeside = ({ kind }: StateEntry): boolean => kind === "slot" || kind === "gradient";

/** The arena of an entry that lies beside its parameter: `adam.firstMoment` of `adam.firstMoment.encoder.0.weight`, `gradient`. */
export function slotKind(entry: StateEntry): string {
  if (entry.kind === "gradient") return gradientArena;
  return entry.of !== undefined && entry.name.endsWith(`.${entry.of}`)
    ? entry.name.slice(0, -entry.of.length - 1)
    : entry.name;
}

export function stateStore({ adapter, addressOf, withoutDenormals }: LoadedLibrary, spec: StateSpec): StateStore {
  const entries = new Map(spec.map((entry) => [entry.name, entry]));
  const pins = new Map<string, Pinned>();
  /** Values until memory is laid out. */
  const waiting = new Map<string, Float32Array>();
  const arenas = new Map<string, Block>();
  const places = new Map<string, { arena: string; offset: number; length: number }>();
  let workspace: Block | undefined;
  let parameterElements = 0;
  let isLaidOut = false;
  let disposed = false;

  for (const { name, shape, values } of spec) {
    const array = float32Zeros(name, sizeOf(shape));
    if (values !== undefined) copyChecked(name, array, values);
    waiting.set(name, array);
  }

  function entry(name: string): StateEntry {
    if (disposed) throw new InternalError(`state ${name} of a session that was disposed of`);
    const found = entries.get(name);
    if (found === undefined) throw new InternalError(`the session has no state called ${name}`);
    return found;
  }
  function place(name: string): { arena: string; offset: number; length: number } {
    const found = places.get(entry(name).name);
    if (found === undefined) throw new InternalError(`state ${name} has no place in memory yet`);
    return found;
  }
  function arena(kind: string): Block {
    const found = arenas.get(kind);
    if (found === undefined) throw new InternalError(`there is no arena called ${kind}`);
    return found;
  }
  const room = (what: string, elements: number): Block =>
    allocated(what, elements, 4, () => block(4 * elements, addressOf));
  const addressAt = (kind: string, offset: number): bigint => arena(kind).address + BigInt(4 * offset);
  const plain = (shape: readonly number[]): Pinned => {
    const layout = adapter.plain(shape.length === 0 ? [1] : shape);
    return { layout, written: layout };
  };
  const pinOf = (name: string): Pinned => pins.get(name) ?? plain(entry(name).shape);

  /** Copies between the written layout and the arena's, by the library where they differ. */
  function translate(name: string, array: Float32Array, direction: "in" | "out"): void {
    const { layout, written } = pinOf(name);
    const { arena: kind, offset } = place(name);
    const [from, to] = direction === "in" ? [written, layout] : [layout, written];
    const primitive = adapter.createPrimitive({ kind: "reorder", source: from, destination: to });
    const memories: bigint[] = [];
    try {
      const outside = addressOf(array);
      const inside = addressAt(kind, offset);
      memories.push(adapter.createMemory(from, direction === "in" ? outside : inside));
      memories.push(adapter.createMemory(to, direction === "in" ? inside : outside));
      const [source, destination] = memories;
      const list = new BigUint64Array([
        BigInt(adapter.argumentCode("source")),
        source,
        BigInt(adapter.argumentCode("destination")),
        destination,
      ]);
      const status = withoutDenormals(() => adapter.execute(primitive.handle, 2, addressOf(list)));
      if (status !== 0) throw new InternalError(`oneDNN could not copy state ${name}: status ${status}`);
    } finally {
      for (const memory of memories) adapter.destroyMemory(memory);
      primitive.dispose();
    }
  }

  return {
    entry,
    pinned: (name) => {
      const { of } = entry(name);
      const chosen = pins.get(name) ?? (of === undefined ? undefined : pins.get(of));
      return chosen ?? (isLaidOut ? pinOf(name) : undefined);
    },
    pin(name, choice) {
      if (isLaidOut || pins.has(entry(name).name)) throw new InternalError(`state ${name} has its layout already`);
      pins.set(name, choice);
      const { of } = entry(name);
      // Updates walk over a slot and its parameter side by side.
      if (isBeside(entry(name)) && of !== undefined && !pins.has(of)) pins.set(of, choice);
    },
    allocate(order) {
      if (isLaidOut) return;
      const lengths = new Map<string, number>();
      const put = (name: string, kind: string, offset: number): number => {
        const bytes = adapter.bytesOf(pinOf(name).layout);
        const length = Math.ceil(bytes / 4 / alignmentElements) * alignmentElements;
        places.set(name, { arena: kind, offset, length });
        lengths.set(kind, Math.max(lengths.get(kind) ?? 0, offset + length));
        return offset + length;
      };
      let parameterEnd = 0;
      const parameters = spec.filter(({ kind }) => kind === "parameter").map(({ name }) => name);
      for (const name of new Set([...order, ...parameters])) parameterEnd = put(name, "parameter", parameterEnd);
      let otherEnd = 0;
      for (const { name, kind, of } of spec) {
        if (kind === "parameter") continue;
        const owner = of === undefined ? undefined : places.get(of);
        if (isBeside(entry(name)) && of !== undefined && owner !== undefined) {
          const shared = pins.get(of);
          if (shared !== undefined && !pins.has(name)) pins.set(name, shared);
          put(name, slotKind(entry(name)), owner.offset);
        } else otherEnd = put(name, "other", otherEnd);
      }
      // A program that needs no gradient entries collects gradients there all the same: every parameter has its place.
      if (lengths.has(gradientArena)) lengths.set(gradientArena, parameterEnd);
      for (const [kind, length] of lengths) {
        arenas.set(kind, room(kind === "parameter" ? "the network" : `the ${kind} of all parameters`, length));
      }
      parameterElements = parameterEnd;
      isLaidOut = true;
      for (const [name, values] of waiting) translate(name, values, "in");
      waiting.clear();
    },
    address(name) {
      const { arena: kind, offset } = place(name);
      return addressAt(kind, offset);
    },
    gradientAddress(parameter) {
      if (!arenas.has(gradientArena)) {
        arenas.set(gradientArena, room("the gradient of all parameters", parameterElements));
      }
      return addressAt(gradientArena, place(parameter).offset);
    },
    gradients() {
      const { bytes } = arena(gradientArena);
      return new Float32Array(bytes.buffer, bytes.byteOffset, parameterElements);
    },
    span: (parameter) => place(parameter),
    arena: (kind) => arena(kind).address,
    workspace(bytes) {
      if (workspace === undefined || workspace.bytes.length < bytes)
        workspace = room("what a step computes", bytes / 4);
      return workspace;
    },
    read(name) {
      const { shape } = entry(name);
      const kept = waiting.get(name);
      if (kept !== undefined) return kept.slice();
      const array = new Float32Array(sizeOf(shape));
      translate(name, array, "out");
      return array;
    },
    write(name, values) {
      const { shape } = entry(name);
      const array = waiting.get(name) ?? new Float32Array(sizeOf(shape));
      copyChecked(name, array, values);
      if (isLaidOut) translate(name, array, "in");
    },
    dispose() {
      disposed = true;
      arenas.clear();
      workspace = undefined;
      waiting.clear();
    },
  };
}

function copyChecked(name: string, array: Float32Array, values: ArrayLike<number>): void {
  if (values.length !== array.length) {
    throw new InternalError(`state ${name} has ${array.length} elements, not ${values.length}`);
  }
  array.set(values);
}

// A program on its way to primitives: where each value lies and in which layout, which steps run in which order, which
// buffers may share memory. Rows of the lowering table speak to this; nothing is allocated until `layOut`.
import { InternalError, UserError } from "../../base/errors.js";
import { type Node, type Program, planMemory, sizeOf, type Value, valuesOf } from "../../tensor/index.js";
import {
  type Adapter,
  type ArgumentName,
  type Layout,
  type Primitive,
  type PrimitiveAttributes,
  PrimitiveRefused,
  type PrimitiveSpec,
} from "./adapter.js";
import { type Block, block } from "./memory.js";
import type { Pinned, StateStore } from "./state.js";

/** A stretch of memory whose address is known at the end of planning. */
export interface Buffer {
  readonly kind: "temporary" | "input" | "output" | "constant" | "fixed";
  /** Of the input or output. */
  readonly name: string;
  readonly bytes: number;
  /** Values that live in it. */
  readonly values: Set<Value>;
  /** First and last step that uses it. */
  first: number;
  last: number;
  /** For constants: the number everywhere, or all numbers in row-major order. */
  readonly fill?: number | readonly number[];
  /** For state: asked when memory is laid out. */
  readonly locate?: () => bigint;
}

/** A buffer seen with a layout. `written` is how row-major memory of the value is seen with the layout's axes. */
export interface Placed {
  readonly buffer: Buffer;
  readonly layout: Layout;
  readonly written: Layout;
}

/** What the library has no primitive for: reads and writes row-major memory of its arguments, in their order. */
export type Loop = (arrays: readonly Float32Array[]) => void;

export interface Step {
  /** The library's, or a loop of our own. */
  readonly work: Primitive | Loop;
  readonly arguments: readonly (readonly [ArgumentName, Placed])[];
  /** The layer it belongs to. */
  readonly place: string;
  readonly op: string;
}

export interface Plan {
  readonly adapter: Adapter;
  readonly program: Program;
  /** The layout of a value's row-major memory; a scalar is seen as [1]. */
  plain(shape: readonly number[]): Layout;
  /** The value where it lies, in whatever layout it has, with the value's own axes. */
  read(value: Value): Placed;
  /** The value in this layout, reordered where it lies otherwise. State without a layout takes this one. */
  readAs(value: Value, layout: Layout, written?: Layout): Placed;
  /** Row-major. */
  readPlain(value: Value): Placed;
  /** Where an index value lies, in the engine's own form. */
  placed(value: Value): Placed;
  /** Storage for an output in this layout. */
  write(value: Value, layout: Layout, written?: Layout): Placed;
  /** Storage for an output that may overwrite `operand` if nothing needs that later and the layouts are the same. */
  writeOver(value: Value, operand: Value, placed: Placed): Placed;
  /** The output lies where something else does. */
  alias(value: Value, placed: Placed): void;
  /** Memory that no value owns. */
  scratch(layout: Layout): Placed;
  /** Memory that never changes: one number everywhere, or the numbers of a row-major layout. */
  constant(layout: Layout, fill: number | readonly number[]): Placed;
  fixed(layout: Layout, locate: () => bigint): Placed;
  primitive(spec: PrimitiveSpec, attributes?: PrimitiveAttributes): Primitive;
  emit(primitive: Primitive, ...args: readonly (readonly [ArgumentName, Placed])[]): void;
  /** A step of our own, over row-major memory: `from`, then `to`. What is not in memory of the program's own is copied. */
  emitLoop(loop: Loop, from: readonly Placed[], to: readonly Placed[]): void;
  /** Moves data from one layout to another. */
  reorder(from: Placed, to: Placed): void;
  /** The only node that uses this value, if there is one and the value is neither output nor update. */
  onlyUser(value: Value): Node | undefined;
  /** Whether any node uses this value. */
  isUsed(value: Value): boolean;
  /** Marks a node as computed by another's primitive. */
  fuse(node: Node): void;
  /** Forward primitives, for the backward ones that need them as hints. */
  readonly hints: Map<unknown, Primitive>;
  /** The name of the state entry that this value is, if it is one. */
  stateName(value: Value): string | undefined;
  /** Takes an update to be done in place with its neighbours; false where it must be done by itself. */
  putOff(update: PlannedUpdate): boolean;
}

/** A parameter update, lowered after everything else so that neighbours in the arenas are updated together. */
export interface PlannedUpdate {
  readonly node: Node;
  readonly parameter: string;
  /** What the node's outputs replace: the parameter and its slots. */
  readonly state: readonly string[];
}

export interface PlannedMemory {
  readonly block: Block;
  readonly bytes: number;
  readonly unshared: number;
  readonly addressOf: (buffer: Buffer) => bigint;
  /** The first numbers of a temporary, output or constant buffer. */
  readonly arrayOf: (buffer: Buffer, count: number) => Float32Array;
  /** The memory of outputs and constants. */
  readonly own: ReadonlyMap<Buffer, Block>;
}

export interface OpenPlan extends Plan {
  /** Sets the node that rows are lowering now. */
  at(node: Node, index: number): void;
  isFused(node: Node): boolean;
  readonly steps: readonly Step[];
  /** The updates that were put off. */
  readonly updates: readonly PlannedUpdate[];
  /** No update is put off from now on. */
  closeUpdates(): void;
  /** Makes sure that a gradient lies in the gradients' arena, beside its neighbours. */
  ensureGradient(value: Value, parameter: string): void;
  /** Copies what is still needed of a state's old value, before an update changes it in place. */
  preserve(name: string): void;
  /** Tells that an update's outputs lie in the state itself. */
  aliasState(value: Value, name: string): void;
  /** Makes sure that program outputs lie row-major in their output buffers and updates in their state. */
  settle(): void;
  inputBuffers(): ReadonlyMap<string, { buffer: Buffer; size: number }>;
  outputBuffers(): ReadonlyMap<string, { buffer: Buffer; size: number }>;
  layOut(addressOf: (array: ArrayBufferView) => bigint): PlannedMemory;
  dispose(): void;
}

const gradientName = (parameter: string): string => `gradient of ${parameter}`;

export const dimsOf = (shape: readonly number[]): readonly number[] => (shape.length === 0 ? [1] : shape);

export function openPlan(
  adapter: Adapter,
  program: Program,
  store: StateStore,
  order: readonly Node[],
  gradientOf: ReadonlyMap<Value, string>,
): OpenPlan {
  const places = new Map<Value, Placed[]>();
  const buffers: Buffer[] = [];
  const steps: Step[] = [];
  const primitives = new Set<Primitive>();
  const hints = new Map<unknown, Primitive>();
  const fused = new Set<Node>();
  const inputs = new Map<string, { buffer: Buffer; size: number }>();
  const outputs = new Map<string, { buffer: Buffer; size: number }>();
  const stateBuffers = new Map<string, Buffer>();
  const plainLayouts = new Map<string, Layout>();
  const updates: PlannedUpdate[] = [];
  let areUpdatesClosed = false;
  let current: Node | undefined;
  let currentIndex = 0;

  // Who uses what, and until when.
  const users = new Map<Value, Node[]>();
  const lastUse = new Map<Value, number>();
  order.forEach((node, index) => {
    for (const value of node.inputs) {
      users.set(value, [...(users.get(value) ?? []), node]);
      lastUse.set(value, index);
    }
  });
  const outputOf = new Map<Value, string>();
  for (const [name, value] of Object.entries(program.outputs)) if (!outputOf.has(value)) outputOf.set(value, name);
  const updateOf = new Map<Value, string>();
  for (const [name, value] of Object.entries(program.updates)) updateOf.set(value, name);
  const stateLeaves = new Map<string, Value>();
  for (const node of order) {
    const name = node.op === "state" ? leafName(node) : undefined;
    const [value] = valuesOf(node);
    if (name !== undefined && value !== undefined) stateLeaves.set(name, value);
  }
  const isNeededAfter = (value: Value, index: number): boolean =>
    outputOf.has(value) || updateOf.has(value) || (lastUse.get(value) ?? -1) > index;
  const isNeededLater = (value: Value): boolean => isNeededAfter(value, currentIndex);
  /** A gradient that the session keeps lies where the parameter's gradient is collected. */
  const isKeptGradient = (value: Value, parameter: string): boolean => {
    if (value.node.op !== "state") return false;
    const { kind, of } = store.entry(leafName(value.node));
    return kind === "gradient" && of === parameter;
  };
  const isGradientFree = (parameter: string): boolean =>
    ![...stateLeaves.values()].some((value) => isKeptGradient(value, parameter) && isNeededLater(value));

  const plain = (shape: readonly number[]): Layout => {
    const dims = dimsOf(shape);
    const key = dims.join(" ");
    let layout = plainLayouts.get(key);
    if (layout === undefined) {
      layout = adapter.plain(dims);
      plainLayouts.set(key, layout);
    }
    return layout;
  };
  const bufferOf = (parts: Omit<Buffer, "values" | "first" | "last">): Buffer => {
    const buffer: Buffer = { ...parts, values: new Set(), first: steps.length, last: steps.length };
    buffers.push(buffer);
    return buffer;
  };
  const temporary = (layout: Layout): Buffer =>
    bufferOf({ kind: "temporary", name: "", bytes: adapter.bytesOf(layout) });
  const remember = (value: Value, placed: Placed): Placed => {
    placed.buffer.values.add(value);
    const known = places.get(value);
    if (known === undefined) places.set(value, [placed]);
    else known.push(placed);
    return placed;
  };
  const describe = (spec: PrimitiveSpec): string => {
    const shapes = Object.entries(spec)
      .filter((pair): pair is [string, Layout] => typeof pair[1] === "object" && pair[1] !== null && "dims" in pair[1])
      .map(([name, { dims }]) => `${name} ${dims.join("×")}`);
    return `${spec.kind}${"pass" in spec ? ` ${spec.pass}` : ""} (${shapes.join(", ")})`;
  };
  const primitive = (spec: PrimitiveSpec, attributes?: PrimitiveAttributes): Primitive => {
    try {
      const made = adapter.createPrimitive(spec, attributes);
      primitives.add(made);
      return made;
    } catch (error) {
      if (!(error instanceof PrimitiveRefused)) throw error;
      throw refusal(error.status, `${describe(spec)} for ${current?.op ?? "a copy"}`, current?.place ?? "", error);
    }
  };
  const addStep = (work: Step["work"], args: Step["arguments"]): void => {
    for (const [, { buffer }] of args) {
      buffer.first = Math.min(buffer.first, steps.length);
      buffer.last = Math.max(buffer.last, steps.length);
    }
    steps.push({ work, arguments: args, place: current?.place ?? "", op: current?.op ?? "" });
  };
  const emit: Plan["emit"] = (made, ...args) => addStep(made, args);
  const reorder: Plan["reorder"] = (from, to) => {
    emit(
      primitive({ kind: "reorder", source: from.layout, destination: to.layout }),
      ["source", from],
      ["destination", to],
    );
  };
  const emitLoop: Plan["emitLoop"] = (loop, from, to) => {
    // Inputs lie in arrays of the caller's that change from run to run, state and its gradients in the session's memory.
    const own = (placed: Placed): Placed =>
      placed.buffer.kind === "input" || placed.buffer.kind === "fixed"
        ? { ...placed, buffer: temporary(placed.layout) }
        : placed;
    const sources = from.map((placed) => {
      const copy = own(placed);
      if (copy !== placed) reorder(placed, copy);
      return copy;
    });
    const destinations = to.map(own);
    addStep(loop, [
      ...sources.map((placed) => ["source", placed] as const),
      ...destinations.map((placed) => ["destination", placed] as const),
    ]);
    destinations.forEach((placed, i) => {
      if (placed !== to[i]) reorder(placed, to[i]);
    });
  };
  const stateBuffer = (name: string, layout: Layout): Buffer => {
    let buffer = stateBuffers.get(name);
    if (buffer === undefined) {
      const locate = (): bigint => store.address(name);
      buffer = bufferOf({ kind: "fixed", name, bytes: adapter.bytesOf(layout), locate });
      stateBuffers.set(name, buffer);
    }
    return buffer;
  };
  /** State that no op reads takes the written layout; a slot waits for its parameter's. */
  const pinnedOrPlain = (name: string, value: Value): Pinned | undefined => {
    const pinned = store.pinned(name);
    if (pinned !== undefined || store.entry(name).of !== undefined || stateLeaves.has(name)) return pinned;
    const layout = plain(value.shape);
    store.pin(name, { layout, written: layout });
    return { layout, written: layout };
  };
  const placeState = (value: Value, name: string, pinned: Pinned): Placed =>
    remember(value, { buffer: stateBuffer(name, pinned.layout), layout: pinned.layout, written: pinned.written });

  /** Where a value lies now; leaves are placed when first asked for. */
  const placesOf = (value: Value): readonly Placed[] | undefined => {
    const known = places.get(value);
    if (known !== undefined) return known;
    const { node } = value;
    if (node.op === "state") {
      const pinned = store.pinned(leafName(node));
      return pinned === undefined ? undefined : [placeState(value, leafName(node), pinned)];
    }
    if (node.op === "input") {
      const layout = plain(value.shape);
      const name = leafName(node);
      const buffer = bufferOf({ kind: "input", name, bytes: adapter.bytesOf(layout) });
      inputs.set(name, { buffer, size: sizeOf(value.shape) });
      return [remember(value, { buffer, layout, written: layout })];
    }
    throw new InternalError(`${node.op} in ${node.place || "the program"} was used before it was computed`);
  };
  const readAs: Plan["readAs"] = (value, layout, written = plain(layout.dims)) => {
    const known = placesOf(value);
    if (known === undefined) {
      const name = leafName(value.node);
      store.pin(name, { layout, written });
      return placeState(value, name, { layout, written });
    }
    const same = known.find((placed) => adapter.sameLayout(placed.layout, layout));
    if (same !== undefined) return same;
    const placed: Placed = { buffer: temporary(layout), layout, written };
    // Only layouts over the same axes can be reordered; otherwise go through row-major memory, seen with other axes.
    const source = known.find((candidate) => adapter.sameLayout(candidate.written, written));
    if (source !== undefined) reorder(source, placed);
    else reorder({ ...readPlain(value), layout: written }, placed);
    return remember(value, placed);
  };
  const readPlain = (value: Value): Placed => {
    const layout = plain(value.shape);
    const known = placesOf(value);
    const first = known?.[0];
    if (known === undefined || first === undefined) return readAs(value, layout);
    const rowMajor = known.find((placed) => adapter.sameLayout(placed.layout, placed.written));
    if (rowMajor !== undefined) return { ...rowMajor, layout, written: layout };
    const buffer = temporary(layout);
    reorder(first, { buffer, layout: first.written, written: first.written });
    return remember(value, { buffer, layout, written: layout });
  };
  const hasOwnAxes = (placed: Placed, value: Value): boolean => {
    const dims = dimsOf(value.shape);
    return (
      placed.layout.dims.length === dims.length &&
      placed.layout.dims.every((length, axis) => length === dims[axis]) &&
      adapter.sameLayout(placed.written, plain(value.shape))
    );
  };
  const read = (value: Value): Placed => {
    const known = placesOf(value);
    return known?.find((placed) => hasOwnAxes(placed, value)) ?? readPlain(value);
  };
  /** The old value of a state and all that shares its memory. */
  const valuesOfState = (name: string): readonly Value[] => {
    const leaf = stateLeaves.get(name);
    return [...new Set([...(leaf === undefined ? [] : [leaf]), ...(stateBuffers.get(name)?.values ?? [])])];
  };
  /** @param operand where the op reads element by element what its output may overwrite, element by element */
  const writeTo = (value: Value, layout: Layout, written: Layout, operand?: Placed): Placed => {
    const parameter = gradientOf.get(value);
    if (parameter !== undefined) {
      const pinned = store.pinned(parameter);
      if (pinned !== undefined && adapter.sameLayout(pinned.layout, layout) && isGradientFree(parameter)) {
        const locate = (): bigint => store.gradientAddress(parameter);
        const buffer = bufferOf({
          kind: "fixed",
          name: gradientName(parameter),
          bytes: adapter.bytesOf(layout),
          locate,
        });
        return remember(value, { buffer, layout, written });
      }
    }
    const output = outputOf.get(value);
    if (output !== undefined && !outputs.has(output) && adapter.sameLayout(layout, written)) {
      const buffer = bufferOf({ kind: "output", name: output, bytes: adapter.bytesOf(layout) });
      outputs.set(output, { buffer, size: sizeOf(value.shape) });
      return remember(value, { buffer, layout, written });
    }
    const state = updateOf.get(value);
    if (state !== undefined) {
      const pinned = pinnedOrPlain(state, value);
      // Every op reads the state as it was before the run, this one and those to come.
      const isOver = operand !== undefined && operand.buffer === stateBuffers.get(state);
      const isFree = !valuesOfState(state).some((old) => isNeededAfter(old, isOver ? currentIndex : currentIndex - 1));
      if (pinned !== undefined && isFree && adapter.sameLayout(pinned.layout, layout)) {
        return remember(value, { buffer: stateBuffer(state, layout), layout, written });
      }
    }
    return remember(value, { buffer: temporary(layout), layout, written });
  };
  const write: Plan["write"] = (value, layout, written = plain(layout.dims)) => writeTo(value, layout, written);
  const writeOver: Plan["writeOver"] = (value, operand, placed) => {
    const isFree =
      placed.buffer.kind === "temporary" && [...placed.buffer.values].every((other) => !isNeededLater(other));
    const isBound = gradientOf.has(value) || outputOf.has(value) || updateOf.has(value);
    if (!isFree || isBound || operand.type !== "float") {
      return writeTo(value, placed.layout, placed.written, operand.type === "float" ? placed : undefined);
    }
    return remember(value, placed);
  };

  return {
    adapter,
    program,
    plain,
    read,
    readAs,
    readPlain,
    placed(value) {
      const [first] = places.get(value) ?? [];
      if (first === undefined) throw new InternalError(`${value.node.op} has not been computed`);
      return first;
    },
    write,
    writeOver,
    alias: (value, placed) => void remember(value, placed),
    scratch: (layout) => ({ buffer: temporary(layout), layout, written: layout }),
    constant: (layout, fill) => ({
      buffer: bufferOf({ kind: "constant", name: "", bytes: adapter.bytesOf(layout), fill }),
      layout,
      written: layout,
    }),
    fixed: (layout, locate) => ({
      buffer: bufferOf({ kind: "fixed", name: "", bytes: adapter.bytesOf(layout), locate }),
      layout,
      written: layout,
    }),
    primitive,
    emit,
    emitLoop,
    reorder,
    onlyUser(value) {
      const list = users.get(value) ?? [];
      return list.length === 1 && !outputOf.has(value) && !updateOf.has(value) ? list[0] : undefined;
    },
    isUsed: (value) => users.has(value),
    fuse: (node) => void fused.add(node),
    isFused: (node) => fused.has(node),
    hints,
    stateName: (value) => (value.node.op === "state" ? leafName(value.node) : undefined),
    putOff(update) {
      // Only parameters and their slots lie in the arenas that are updated together.
      const isInArenas = update.state.every((name, i) => {
        const { kind, of } = store.entry(name);
        return i === 0 ? kind === "parameter" : kind === "slot" && of === update.parameter;
      });
      if (areUpdatesClosed || !isInArenas) return false;
      updates.push(update);
      return true;
    },
    updates,
    closeUpdates() {
      areUpdatesClosed = true;
    },
    steps,
    at(node, index) {
      current = node;
      currentIndex = index;
    },
    ensureGradient(value, parameter) {
      const pinned = store.pinned(parameter);
      if (pinned === undefined) throw new InternalError(`parameter ${parameter} has no layout`);
      if (isKeptGradient(value, parameter)) return;
      if (
        (places.get(value) ?? []).some(
          ({ buffer }) => buffer.kind === "fixed" && buffer.name === gradientName(parameter),
        )
      )
        return;
      const locate = (): bigint => store.gradientAddress(parameter);
      const buffer = bufferOf({
        kind: "fixed",
        name: gradientName(parameter),
        bytes: adapter.bytesOf(pinned.layout),
        locate,
      });
      const known = placesOf(value) ?? [];
      const source = known.find((placed) => adapter.sameLayout(placed.written, pinned.written));
      if (source !== undefined) reorder(source, { ...pinned, buffer });
      else reorder({ ...readPlain(value), layout: pinned.written }, { ...pinned, buffer });
    },
    preserve(name) {
      const needed = valuesOfState(name).filter(isNeededLater);
      const known = needed.map((value) => [value, placesOf(value) ?? []] as const);
      const buffer = stateBuffers.get(name);
      const copies = new Map<Layout, Placed>();
      for (const [value, placedAt] of known) {
        const moved = placedAt.map((placed) => {
          if (placed.buffer !== buffer) return placed;
          let copy = copies.get(placed.layout);
          if (copy === undefined) {
            copy = { ...placed, buffer: temporary(placed.layout) };
            reorder(placed, copy);
            copies.set(placed.layout, copy);
          }
          copy.buffer.values.add(value);
          return { ...copy, written: placed.written };
        });
        places.set(value, moved);
        buffer?.values.delete(value);
      }
    },
    aliasState(value, name) {
      const pinned = store.pinned(name);
      if (pinned === undefined) throw new InternalError(`state ${name} has no layout`);
      remember(value, { ...pinned, buffer: stateBuffer(name, pinned.layout) });
    },
    settle() {
      current = undefined;
      currentIndex = order.length;
      // Outputs first: they may be old values of state.
      for (const [name, value] of Object.entries(program.outputs)) {
        if (outputs.has(name)) continue;
        const layout = plain(value.shape);
        const buffer = bufferOf({ kind: "output", name, bytes: adapter.bytesOf(layout) });
        outputs.set(name, { buffer, size: sizeOf(value.shape) });
        reorder(readPlain(value), { buffer, layout, written: layout });
      }
      const moves = Object.entries(program.updates).flatMap(([state, value]) => {
        const pinned = store.pinned(state);
        if (pinned === undefined) throw new InternalError(`state ${state} has no layout`);
        const target = stateBuffer(state, pinned.layout);
        const isThere = placesOf(value)?.some(({ buffer }) => buffer === target) ?? false;
        return isThere ? [] : [{ value, pinned, target }];
      });
      // All values are gathered before the first state changes: one may be the old value of another.
      const targets = new Set(moves.map(({ target }) => target));
      const sources = moves.map(({ value, pinned }) => {
        const source = readAs(value, pinned.layout, pinned.written);
        if (!targets.has(source.buffer)) return source;
        const copy: Placed = { ...source, buffer: temporary(source.layout) };
        reorder(source, copy);
        return copy;
      });
      moves.forEach(({ pinned, target }, i) => {
        reorder(sources[i], { ...pinned, buffer: target });
      });
    },
    inputBuffers: () => inputs,
    outputBuffers: () => outputs,
    layOut(addressOf) {
      const used = buffers.filter((buffer) => buffer.kind === "temporary");
      const { offsets, bytes } = planMemory(
        used.map(({ first, last, bytes: size }) => ({ start: first, end: last, bytes: size })),
      );
      const shared = store.workspace(bytes);
      const addresses = new Map<Buffer, bigint>();
      used.forEach((buffer, i) => {
        addresses.set(buffer, shared.address + BigInt(offsets[i] ?? 0));
      });
      const own = new Map<Buffer, Block>();
      for (const buffer of buffers) {
        if (buffer.kind === "constant" || buffer.kind === "output") {
          const made = block(buffer.bytes, addressOf);
          if (buffer.fill !== undefined) {
            const numbers = new Float32Array(made.bytes.buffer, made.bytes.byteOffset, made.bytes.length / 4);
            if (typeof buffer.fill === "number") numbers.fill(buffer.fill);
            else numbers.set(buffer.fill);
          }
          own.set(buffer, made);
          addresses.set(buffer, made.address);
        } else if (buffer.locate !== undefined) addresses.set(buffer, buffer.locate());
      }
      return {
        block: shared,
        bytes,
        unshared: used.reduce((sum, { bytes: size }) => sum + size, 0),
        addressOf: (buffer) => addresses.get(buffer) ?? 0n,
        arrayOf(buffer, count) {
          const { address, bytes: memory } = own.get(buffer) ?? shared;
          const start = memory.byteOffset + Number((addresses.get(buffer) ?? address) - address);
          return new Float32Array(memory.buffer, start, count);
        },
        own,
      };
    },
    dispose() {
      for (const made of primitives) made.dispose();
      primitives.clear();
    },
  };
}

export function leafName(node: Node): string {
  const { name } = node.attributes as { readonly name?: string };
  if (name === undefined) throw new InternalError(`${node.op} has no name`);
  return name;
}

/** The error for a primitive that the library refused or that failed. */
export function refusal(status: number, what: string, place: string, cause?: unknown): Error {
  const where = place === "" ? "" : `${place}: `;
  if (status === 1) {
    return new UserError(`${where}not enough memory for ${what}.`, {
      hint: "Use a smaller batch or a smaller network.",
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : `status ${status}`;
  return new InternalError(`${where}oneDNN refused ${what}: ${reason}`, { cause });
}

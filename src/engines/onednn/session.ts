// A oneDNN session: state in native memory, programs as lists of primitives.
import { InternalError, UserError } from "../../base/errors.js";
import { expand, type Node, type Program, sizeOf, type Value, valuesOf } from "../../tensor/index.js";
import type { AttributesOf, OpName } from "../../tensor/ops/index.js";
import { verify } from "../../tensor/verify.js";
import type { EngineOptions, Executable, Inputs, Outputs, Session, StateSpec, StepTime } from "../engine.js";
import { type ArgumentName, statusText } from "./adapter.js";
import type { LoadedLibrary } from "./library.js";
import { lowering } from "./lowering/index.js";
import { type Buffer, leafName, type OpenPlan, openPlan, type Placed, type Plan, type Step } from "./plan.js";
import { type StateStore, stateStore } from "./state.js";
import { emitUpdates, isUpdate, updateOrder } from "./updates.js";

export interface OnednnExecutable extends Executable {
  profile(inputs: Inputs): Promise<readonly StepTime[]>;
}
export interface OnednnSession extends Session {
  compile(program: Program): Promise<OnednnExecutable>;
}

export function openSession(loaded: LoadedLibrary, spec: StateSpec, options: EngineOptions): OnednnSession {
  const library = { ...loaded, adapter: loaded.adapter.scoped() };
  const store = stateStore(library, spec);
  const executables = new Set<Executable>();
  let disposed = false;
  const alive = (): void => {
    if (disposed) throw new InternalError("the session was disposed of");
  };
  const compileAll = (programs: readonly Program[]): readonly OnednnExecutable[] => {
    alive();
    const made = compileTogether(programs, library, store, options, (executable) => executables.delete(executable));
    for (const executable of made) executables.add(executable);
    return made;
  };
  return {
    device: "cpu",
    compile: async (program) => compileAll([program])[0] as OnednnExecutable,
    compileTogether: async (programs) => compileAll(programs),
    async read(name) {
      alive();
      return store.read(name);
    },
    async write(name, values) {
      alive();
      store.write(name, values);
    },
    async changeGradients(change) {
      alive();
      await change(store.gradients());
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const executable of [...executables]) executable.dispose();
      store.dispose();
      library.adapter.release();
    },
  };
}

/** Updates come last, and what needs them, further updates too, after them; everything else keeps its order. */
function loweringOrder(program: Program): { readonly before: readonly Node[]; readonly after: readonly Node[] } {
  const late = new Set<Node>();
  const needsUpdate = (node: Node): boolean =>
    node.inputs.some(({ node: input }) => late.has(input) || isUpdate(input));
  for (const node of program.nodes) if (needsUpdate(node)) late.add(node);
  const early = program.nodes.filter((node) => !late.has(node));
  return {
    before: [...early.filter((node) => !isUpdate(node)), ...early.filter(isUpdate)],
    after: program.nodes.filter((node) => late.has(node)),
  };
}

/** A program whose ops are lowered, but for its updates and what needs them: they wait for the state's memory. */
interface Begun {
  readonly program: Program;
  readonly open: OpenPlan;
  finish(): void;
}

function beginPlan(program: Program, library: LoadedLibrary, store: StateStore): Begun {
  const { before, after } = loweringOrder(program);
  const gradientOf = new Map<Value, string>();
  for (const node of before) {
    const [w, g] = node.inputs;
    if (!isUpdate(node) || w.node.op !== "state") continue;
    const name = leafName(w.node);
    // Only parameters have a place in the gradients' arena.
    if (store.entry(name).kind === "parameter") gradientOf.set(g, name);
  }
  const open = openPlan(library.adapter, program, store, [...before, ...after], gradientOf);
  try {
    before.forEach((node, index) => {
      lower(node, index, open);
    });
  } catch (error) {
    open.dispose();
    throw error;
  }
  return {
    program,
    open,
    finish() {
      emitUpdates(open, store);
      for (const { node, state } of open.updates) {
        for (const [i, value] of valuesOf(node).entries()) open.aliasState(value, state[i]);
      }
      after.forEach((node, index) => {
        lower(node, before.length + index, open);
      });
      open.settle();
    },
  };
}

function lower(node: Node, index: number, open: OpenPlan): void {
  if (open.isFused(node)) return;
  open.at(node, index);
  const row = lowering[node.op as OpName] as (node: Node<OpName, AttributesOf<OpName>>, plan: Plan) => void;
  row(node as Node<OpName, AttributesOf<OpName>>, open);
}

/** The state's memory is laid out for all of the programs, if it is not yet: those updated alike lie side by side. */
function compileTogether(
  programs: readonly Program[],
  library: LoadedLibrary,
  store: StateStore,
  { debug }: EngineOptions,
  onDispose: (executable: Executable) => void,
): readonly OnednnExecutable[] {
  const begun: Begun[] = [];
  const made: OnednnExecutable[] = [];
  try {
    for (const program of programs) {
      verify(program);
      const expanded = expand(program, (op) => Object.hasOwn(lowering, op));
      begun.push(beginPlan(expanded, library, store));
    }
    store.allocate(updateOrder(begun.flatMap(({ open }) => open.updates)));
    for (const { program, open, finish } of begun) {
      finish();
      made.push(compile(program, library, open, debug, onDispose));
    }
    return made;
  } catch (error) {
    for (const executable of made) executable.dispose();
    for (const { open } of begun.slice(made.length)) open.dispose();
    throw error;
  }
}

function compile(
  program: Program,
  library: LoadedLibrary,
  open: OpenPlan,
  debug: EngineOptions["debug"],
  onDispose: (executable: Executable) => void,
): OnednnExecutable {
  const handles: bigint[] = [];
  const release = (): void => {
    for (const handle of handles.splice(0)) library.adapter.destroyMemory(handle);
    open.dispose();
  };
  try {
    const executable = prepare(program, library, open, handles, debug, () => {
      release();
      onDispose(executable);
    });
    return executable;
  } catch (error) {
    release();
    throw error;
  }
}

/** @param handles takes the native memory objects that are made, for `onDispose` to give back */
function prepare(
  program: Program,
  { adapter, addressOf, withoutDenormals }: LoadedLibrary,
  open: OpenPlan,
  handles: bigint[],
  debug: EngineOptions["debug"],
  onDispose: () => void,
): OnednnExecutable {
  const memory = open.layOut(addressOf);
  debug?.(
    `${program.name}: ${open.steps.length} primitives, ${megabytes(memory.bytes)} of buffers at its peak ` +
      `(${megabytes(memory.unshared)} if none were shared)`,
  );

  const inputMemories = new Map<string, bigint[]>();
  const handleOf = new Map<Buffer, { placed: Placed; handle: bigint }[]>();
  const memoryFor = (placed: Placed): bigint => {
    const known = handleOf.get(placed.buffer) ?? [];
    const found = known.find((entry) => adapter.sameLayout(entry.placed.layout, placed.layout));
    if (found !== undefined) return found.handle;
    const handle = adapter.createMemory(placed.layout, memory.addressOf(placed.buffer));
    handles.push(handle);
    handleOf.set(placed.buffer, [...known, { placed, handle }]);
    if (placed.buffer.kind === "input") {
      inputMemories.set(placed.buffer.name, [...(inputMemories.get(placed.buffer.name) ?? []), handle]);
    }
    return handle;
  };
  const loops = new Map<number, () => void>();
  const lists = open.steps.map(({ work, arguments: args }, i) => {
    if (typeof work === "function") {
      const arrays = args.map(([, { buffer, layout }]) => memory.arrayOf(buffer, sizeOf(layout.dims)));
      loops.set(i, () => work(arrays));
      return new BigUint64Array();
    }
    const own = args.map(([name, placed]) => [adapter.argumentCode(name), memoryFor(placed)] as const);
    return new BigUint64Array([...own, ...work.fixedArguments].flatMap(([code, handle]) => [BigInt(code), handle]));
  });
  // What the loop of a run touches, flat.
  const primitives = open.steps.map(({ work }) => (typeof work === "function" ? 0n : work.handle));
  const counts = lists.map((list) => list.length / 2);
  const addresses = lists.map((list) => (list.length === 0 ? 0n : addressOf(list)));
  /** What native code was given the addresses of: it must not be collected before the executable is disposed of. */
  let held: readonly unknown[] | undefined = [lists, memory.block, memory.own];

  const inputs = [...open.inputBuffers()].map(([name, { size }]) => ({
    name,
    size,
    memories: inputMemories.get(name) ?? [],
    address: 0n,
    converted: undefined as Float32Array | undefined,
    held: undefined as Float32Array | undefined,
  }));
  const addressOfArray = new WeakMap<Float32Array, bigint>();
  const bind = (values: Inputs): void => {
    for (const input of inputs) {
      let array = values[input.name];
      if (array === undefined) throw new InternalError(`${program.name} needs an input called ${input.name}`);
      if (array.length !== input.size) {
        throw new InternalError(
          `input ${input.name} of ${program.name} has ${array.length} elements, not ${input.size}`,
        );
      }
      if (!(array instanceof Float32Array)) {
        input.converted ??= new Float32Array(input.size);
        input.converted.set(array);
        array = input.converted;
      }
      let address = addressOfArray.get(array);
      if (address === undefined) {
        address = addressOf(array);
        addressOfArray.set(array, address);
      }
      input.held = array;
      if (address === input.address) continue;
      input.address = address;
      for (const handle of input.memories) adapter.setMemoryAddress(handle, address);
    }
  };
  const outputs: Record<string, Float32Array> = {};
  for (const [name, { buffer, size }] of open.outputBuffers()) {
    const own = memory.own.get(buffer);
    if (own !== undefined) outputs[name] = new Float32Array(own.bytes.buffer, own.bytes.byteOffset, size);
  }
  const failure = (index: number, status: number): Error => {
    const step = open.steps[index];
    const where = step?.place ? `${step.place}: ` : "";
    if (status === 1) {
      return new UserError(`${where}not enough memory for ${step?.op}.`, {
        hint: "Use a smaller batch or a smaller network.",
      });
    }
    const shapes = step?.arguments.map(([name, { layout }]) => `${name} ${layout.dims.join("×")}`).join(", ");
    return new InternalError(`${where}oneDNN failed in ${step?.op} (${shapes}): ${statusText(status)}`);
  };

  const execute = (i: number): void => {
    if (primitives[i] === 0n) {
      loops.get(i)?.();
      return;
    }
    const status = adapter.execute(primitives[i], counts[i], addresses[i]);
    if (status !== 0) throw failure(i, status);
  };
  const check = (): void => {
    if (held === undefined) throw new InternalError(`${program.name} was disposed of`);
  };
  return {
    async run(values): Promise<Outputs> {
      check();
      bind(values);
      withoutDenormals(() => {
        for (let i = 0; i < primitives.length; i++) execute(i);
      });
      return outputs;
    },
    async profile(values) {
      check();
      bind(values);
      const timed = (): readonly StepTime[] =>
        open.steps.map(({ place, op, work, arguments: args }, i) => {
          const start = process.hrtime.bigint();
          execute(i);
          const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
          const layouts = args.map(([name, { layout }]) => `${name} ${adapter.describeLayout(layout)}`);
          const operations = operationsOf(args);
          return {
            place,
            op,
            implementation: typeof work === "function" ? "loop" : work.implementation,
            layouts,
            milliseconds,
            ...(operations === undefined ? {} : { operations }),
          };
        });
      return withoutDenormals(timed);
    },
    dispose() {
      if (held === undefined) return;
      held = undefined;
      onDispose();
    },
  };
}

/**
 * Multiplications and additions of a primitive with weights: each weight meets each place of the smaller picture (a
 * convolution's output, a transposed one's input), or each image.
 */
function operationsOf(args: Step["arguments"]): number | undefined {
  const dimsOf = (...names: readonly ArgumentName[]): readonly number[] | undefined =>
    args.find(([name]) => names.includes(name))?.[1].layout.dims;
  const weights = dimsOf("weights", "weightsGradient");
  const source = dimsOf("source", "sourceGradient");
  const destination = dimsOf("destination", "destinationGradient");
  if (weights === undefined || source === undefined || destination === undefined) return undefined;
  const area = (dims: readonly number[]): number => sizeOf(dims.slice(2));
  return 2 * sizeOf(weights) * (source[0] ?? 0) * Math.min(area(source), area(destination));
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

// A session of ONNX Runtime: state in arrays of JavaScript, each program one graph that takes state in and gives it back.
import { InternalError, UserError } from "../../base/errors.js";
import { float32Zeros } from "../../base/memory.js";
import { encodeOnnx } from "../../formats/onnx.js";
import { expand, type Node, type Program, sizeOf } from "../../tensor/index.js";
import type { AttributesOf, OpName } from "../../tensor/ops/index.js";
import { verify } from "../../tensor/verify.js";
import type { EngineOptions, Executable, Inputs, Lowering, Outputs, Session, StateSpec } from "../engine.js";
import { oneAfterAnother } from "../oneAfterAnother.js";
import { type Graph, openGraph, type Port } from "./graph.js";
import type { InferenceSession, LoadedRuntime, Tensor } from "./library.js";
import { lowering } from "./lowering.js";

/** A state entry. A run reads one array and writes the other, so that no operator sees half of an update. */
interface Entry {
  readonly size: number;
  readonly arrays: [Float32Array, Float32Array | undefined];
  readonly turn: Turn;
}
type Entries = Map<string, Entry>;

/** Which array holds the values. All gradients change places together, for they lie in one flat array and another. */
interface Turn {
  current: 0 | 1;
}

const otherOf = (current: 0 | 1): 0 | 1 => (current === 0 ? 1 : 0);

export function openSession(library: LoadedRuntime, spec: StateSpec, options: EngineOptions): Session {
  const entries: Entries = new Map();
  const gradients = gradientArrays(spec);
  let gradientEnd = 0;
  for (const { name, shape, values, kind } of spec) {
    if (entries.has(name)) throw new InternalError(`state ${name} is given twice`);
    const size = sizeOf(shape);
    const entry: Entry =
      kind === "gradient"
        ? { size, arrays: gradients.at(gradientEnd, size), turn: gradients.turn }
        : { size, arrays: [float32Zeros(name, size), undefined], turn: { current: 0 } };
    if (kind === "gradient") gradientEnd += size;
    if (values !== undefined) assign(name, entry, values);
    entries.set(name, entry);
  }
  const executables = new Set<Executable>();
  let disposed = false;
  const entryNamed = (name: string): Entry => {
    if (disposed) throw new InternalError("the session was disposed of");
    const entry = entries.get(name);
    if (entry === undefined) throw new InternalError(`the session has no state ${name}`);
    return entry;
  };
  const compileOne = async (program: Program): Promise<Executable> => {
    if (disposed) throw new InternalError("the session was disposed of");
    const executable = await compile(program, library, entryNamed, options, () => executables.delete(executable));
    if (disposed) executable.dispose();
    else executables.add(executable);
    return executable;
  };
  return {
    device: "cpu",
    compile: compileOne,
    compileTogether: (programs) => oneAfterAnother(programs, compileOne),
    async read(name) {
      const { arrays, turn } = entryNamed(name);
      return Float32Array.from(arrays[turn.current] ?? []);
    },
    write: async (name, values) => assign(name, entryNamed(name), values),
    async changeGradients(change) {
      if (disposed) throw new InternalError("the session was disposed of");
      await change(gradients.flat());
    },
    dispose() {
      if (disposed) return;
      for (const executable of [...executables]) executable.dispose();
      disposed = true;
      entries.clear();
    },
  };
}

/** Two flat arrays for all gradients, in which each has its place. */
function gradientArrays(spec: StateSpec) {
  const size = spec.reduce((sum, { kind, shape }) => sum + (kind === "gradient" ? sizeOf(shape) : 0), 0);
  const flat = [0, 1].map(() => float32Zeros("the gradient of all parameters", size));
  const turn: Turn = { current: 0 };
  return {
    turn,
    at: (start: number, length: number): Entry["arrays"] => [
      flat[0].subarray(start, start + length),
      flat[1].subarray(start, start + length),
    ],
    flat: (): Float32Array => flat[turn.current],
  };
}

function assign(name: string, { size, arrays, turn }: Entry, values: ArrayLike<number>): void {
  if (values.length !== size) throw new InternalError(`state ${name} has ${size} elements, not ${values.length}`);
  arrays[turn.current]?.set(values);
}

/**
 * The program as an ONNX model, with what goes in and comes out.
 * @param rows how each op is written; the table of this room, whose forms are the fastest in training
 */
export function lower(
  written: Program,
  rows: Lowering<Graph> = lowering,
): ReturnType<ReturnType<typeof openGraph>["finish"]> {
  const program = expand(written, (op) => Object.hasOwn(rows, op));
  const graph = openGraph(program);
  for (const node of program.nodes) {
    graph.at(node);
    const row = rows[node.op as OpName] as (node: Node<OpName, AttributesOf<OpName>>, graph: Graph) => void;
    row(node as Node<OpName, AttributesOf<OpName>>, graph);
  }
  return graph.finish();
}

async function compile(
  program: Program,
  { runtime, build, threads }: LoadedRuntime,
  entryNamed: (name: string) => Entry,
  { debug, spins = false }: EngineOptions,
  onDispose: () => void,
): Promise<Executable> {
  verify(program);
  const { model, inputs, outputs } = lower(program);
  for (const { kind, of, shape } of [...inputs, ...outputs]) {
    if (kind !== "state") continue;
    const { size } = entryNamed(of);
    if (sizeOf(shape) !== size) {
      throw new InternalError(`${program.name} has [${shape.join(", ")}] for the state ${of} of ${size} elements`);
    }
  }
  const bytes = encodeOnnx(model);
  let session: InferenceSession | undefined = await create(program, bytes, () =>
    runtime.InferenceSession.create(bytes, {
      executionProviders: [build === "node" ? "cpu" : "wasm"],
      graphOptimizationLevel: "all",
      executionMode: "sequential",
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      enableCpuMemArena: true,
      enableMemPattern: true,
      extra: { session: { intra_op: { allow_spinning: spins ? "1" : "0" } } },
      // What goes wrong is thrown; nothing is to be printed besides.
      logSeverityLevel: 4,
    }),
  );
  debug?.(`${program.name}: ${model.graph.nodes.length} ONNX nodes in ${bytes.length} bytes`);

  // A tensor is a view; each array that is handed over gets one, and another only where the array changes.
  const tensorOf = viewsOf(runtime);
  const converted = new Map<string, Float32Array>();
  const given = (port: Port, values: Inputs): Tensor => {
    const array = values[port.of];
    const size = sizeOf(port.shape);
    if (array === undefined) throw new InternalError(`${program.name} needs an input called ${port.of}`);
    if (array.length !== size) {
      throw new InternalError(`input ${port.of} of ${program.name} has ${array.length} elements, not ${size}`);
    }
    // ONNX Runtime takes memory of JavaScript's own, not shared with another thread, and nothing but float32.
    if (array instanceof Float32Array && array.buffer instanceof ArrayBuffer) return tensorOf(port, array);
    const copy = converted.get(port.name) ?? new Float32Array(size);
    converted.set(port.name, copy);
    copy.set(array);
    return tensorOf(port, copy);
  };
  const results: Record<string, Float32Array> = {};
  for (const { kind, of, shape } of outputs) if (kind === "output") results[of] = new Float32Array(sizeOf(shape));
  const updated = new Set(outputs.filter(({ kind }) => kind === "state").map(({ of }) => entryNamed(of).turn));

  const feeds: Record<string, Tensor> = {};
  const fetches: Record<string, Tensor> = {};
  const arrayFor = (port: Port): Float32Array => {
    if (port.kind === "output") return results[port.of] ?? new Float32Array();
    const entry = entryNamed(port.of);
    const other = otherOf(entry.turn.current);
    let array = entry.arrays[other];
    if (array === undefined) {
      array = new Float32Array(entry.size);
      entry.arrays[other] = array;
    }
    return array;
  };
  return {
    async run(values): Promise<Outputs> {
      if (session === undefined) throw new InternalError(`${program.name} was disposed of`);
      for (const port of inputs) {
        if (port.kind === "input") {
          feeds[port.name] = given(port, values);
        } else {
          const { arrays, turn } = entryNamed(port.of);
          feeds[port.name] = tensorOf(port, arrays[turn.current] ?? new Float32Array());
        }
      }
      try {
        if (build === "node") {
          for (const port of outputs) fetches[port.name] = tensorOf(port, arrayFor(port));
          await session.run(feeds, fetches);
        } else {
          const found = await session.run(feeds);
          for (const port of outputs) {
            const tensor = found[port.name];
            arrayFor(port).set(tensor.data as Float32Array);
            tensor.dispose();
          }
        }
      } catch (error) {
        throw failure(program, "failed in", error);
      }
      for (const turn of updated) turn.current = otherOf(turn.current);
      return results;
    },
    dispose() {
      if (session === undefined) return;
      void session.release();
      session = undefined;
      onDispose();
    },
  };
}

/** Tensors over arrays, made once. Those of arrays that went are forgotten with them. */
function viewsOf(runtime: LoadedRuntime["runtime"]): (port: Port, array: Float32Array) => Tensor {
  const known = new WeakMap<Float32Array, Map<string, Tensor>>();
  return (port, array) => {
    let views = known.get(array);
    if (views === undefined) {
      views = new Map();
      known.set(array, views);
    }
    const key = port.shape.join(" ");
    let tensor = views.get(key);
    if (tensor === undefined) {
      tensor = new runtime.Tensor("float32", array, port.shape);
      views.set(key, tensor);
    }
    return tensor;
  };
}

async function create(
  program: Program,
  bytes: Uint8Array,
  make: () => Promise<InferenceSession>,
): Promise<InferenceSession> {
  try {
    return await make();
  } catch (error) {
    throw failure(program, `refused (${bytes.length} bytes)`, error);
  }
}

function failure(program: Program, what: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/bad_alloc|Failed to allocate memory|out of memory/i.test(message)) {
    return new UserError(`not enough memory for ${program.name}.`, {
      hint: "Use a smaller batch or a smaller network.",
      cause,
    });
  }
  return new InternalError(`ONNX Runtime ${what} ${program.name}: ${message}`, { cause });
}

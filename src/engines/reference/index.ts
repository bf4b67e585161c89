// The reference engine: every op by its definition, in float64 and plain loops. The oracle of tests, not meant to be fast.
import { InternalError } from "../../base/errors.js";
import { allocated } from "../../base/memory.js";
import {
  type Node,
  opNamed,
  type Program,
  peakBytes,
  type Shape,
  sizeOf,
  type Tensor,
  type Value,
  valuesOf,
  verify,
} from "../../tensor/index.js";
import type { Engine, EngineOptions, Executable, Inputs, Outputs, Session, StateSpec } from "../engine.js";
import { oneAfterAnother } from "../oneAfterAnother.js";

/** Computes in one thread whatever `options.threads` says. Outputs of its programs, and its state, are Float64Array. */
export function referenceEngine(options: EngineOptions = {}): Engine {
  return {
    name: "reference",
    describe: () => ({ name: "reference", library: "reference (float64 loops)", threads: 1 }),
    open: async (state) => openSession(state, options),
  };
}

type States = Map<string, Tensor>;

function openSession(spec: StateSpec, { debug }: EngineOptions): Session {
  const states: States = new Map();
  const gradientSize = spec.reduce((sum, { kind, shape }) => sum + (kind === "gradient" ? sizeOf(shape) : 0), 0);
  const gradients = new Float64Array(gradientSize);
  let gradientEnd = 0;
  const placed = (shape: Shape): Tensor => {
    const start = gradientEnd;
    gradientEnd += sizeOf(shape);
    return { shape, data: gradients.subarray(start, gradientEnd) };
  };
  for (const { name, shape, values, kind } of spec) {
    if (states.has(name)) throw new InternalError(`state ${name} is given twice`);
    const tensor = kind === "gradient" ? placed(shape) : allocated(name, sizeOf(shape), 8, () => zeros(shape));
    if (values !== undefined) assign(`state ${name}`, tensor, values);
    states.set(name, tensor);
  }
  const executables = new Set<Executable>();
  let disposed = false;
  const stateNamed = (name: string): Tensor => {
    if (disposed) throw new InternalError("the session is disposed of");
    const tensor = states.get(name);
    if (tensor === undefined) throw new InternalError(`the session has no state ${name}`);
    return tensor;
  };
  const compile = async (program: Program): Promise<Executable> => {
    if (disposed) throw new InternalError("the session is disposed of");
    verify(program);
    debug?.(`${program.name}: ${program.nodes.length} nodes, values of ${peakBytes(program)} bytes in float32`);
    const executable = prepare(program, stateNamed);
    executables.add(executable);
    return executable;
  };
  return {
    device: "cpu",
    compile,
    compileTogether: (programs) => oneAfterAnother(programs, compile),
    read: async (name) => stateNamed(name).data.slice(),
    async changeGradients(change) {
      if (disposed) throw new InternalError("the session is disposed of");
      await change(gradients);
    },
    write: async (name, values) => assign(`state ${name}`, stateNamed(name), values),
    dispose() {
      for (const executable of executables) executable.dispose();
      executables.clear();
      states.clear();
      disposed = true;
    },
  };
}

/** Memory for every value of the program; a state's is the session's own. */
function prepare(program: Program, stateNamed: (name: string) => Tensor): Executable {
  const memory = new Map<Value, Tensor>();
  const memoryOf = (value: Value): Tensor => {
    const tensor = memory.get(value);
    if (tensor === undefined) throw new InternalError(`${value.node.op} has no memory in ${program.name}`);
    return tensor;
  };
  const inputNodes: { readonly name: string; readonly tensor: Tensor }[] = [];
  const steps: (() => void)[] = [];
  for (const node of program.nodes) {
    if (node.op === "state") {
      const { name } = leafAttributes(node);
      const tensor = stateNamed(name);
      requireShape(`state ${name} of ${program.name}`, node.shapes[0], tensor.shape);
      memory.set(valuesOf(node)[0], tensor);
      continue;
    }
    for (const value of valuesOf(node)) memory.set(value, zeros(value.shape));
    if (node.op === "input") {
      inputNodes.push({ name: leafAttributes(node).name, tensor: memoryOf(valuesOf(node)[0]) });
    } else {
      steps.push(computation(node, memoryOf));
    }
  }

  // What leaves a run is copied before state changes: a result may be the old value of a state that is updated.
  const copies = (values: Readonly<Record<string, Value>>): { name: string; from: Tensor; to: Float64Array }[] =>
    Object.entries(values).map(([name, value]) => ({
      name,
      from: memoryOf(value),
      to: new Float64Array(sizeOf(value.shape)),
    }));
  const outputs = copies(program.outputs);
  const updates = copies(program.updates);
  for (const [name, value] of Object.entries(program.updates)) {
    requireShape(`update of ${name} in ${program.name}`, value.shape, stateNamed(name).shape);
  }
  const results: Outputs = Object.fromEntries(outputs.map(({ name, to }) => [name, to]));

  let disposed = false;
  return {
    async run(inputs: Inputs) {
      if (disposed) throw new InternalError(`program ${program.name} is disposed of`);
      for (const { name, tensor } of inputNodes) {
        const values = inputs[name];
        if (values === undefined) throw new InternalError(`program ${program.name} needs the input ${name}`);
        assign(`input ${name} of ${program.name}`, tensor, values);
      }
      for (const step of steps) step();
      for (const { from, to } of outputs) to.set(from.data);
      for (const { from, to } of updates) to.set(from.data);
      for (const { name, to } of updates) stateNamed(name).data.set(to);
      return results;
    },
    dispose() {
      disposed = true;
      memory.clear();
      inputNodes.length = 0;
      steps.length = 0;
      outputs.length = 0;
      updates.length = 0;
    },
  };
}

/** One op, from its inputs' memory into its outputs'. */
function computation(node: Node, memoryOf: (value: Value) => Tensor): () => void {
  const op = opNamed(node.op);
  const inputs = node.inputs.map(memoryOf);
  const outputs = valuesOf(node).map(memoryOf);
  return () => {
    for (const { data } of outputs) data.fill(0);
    op.reference(inputs, node.attributes, outputs);
  };
}

function zeros(shape: Shape): Tensor {
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

function assign(what: string, { shape, data }: Tensor, values: ArrayLike<number>): void {
  if (values.length !== data.length) {
    throw new InternalError(`${what} is [${shape.join(", ")}], ${data.length} numbers, got ${values.length}`);
  }
  data.set(values);
}

function requireShape(what: string, shape: Shape, expected: Shape): void {
  if (shape.join() !== expected.join()) {
    throw new InternalError(`${what} is [${shape.join(", ")}], the session's state is [${expected.join(", ")}]`);
  }
}

/** The attributes of `input` and `state`. */
function leafAttributes(node: Node): { readonly name: string } {
  return node.attributes as { readonly name: string };
}

// The ONNX graph of a program while its rows are written: names of values, constants, nodes, what comes in and goes out.
import { InternalError } from "../../base/errors.js";
import type { OnnxAttribute, OnnxElementType, OnnxModel, OnnxNode, OnnxTensor } from "../../formats/onnx.js";
import type { Node, Program, Shape, Value } from "../../tensor/index.js";

/** A version of the standard's operators that ONNX Runtime has known since 1.20, and the file format's of that time. */
const operatorSet = 21;
const irVersion = 10;

/** Something that a run hands to the graph or takes from it: an input, an output, or a state entry. */
export interface Port {
  /** Its name in the graph. */
  readonly name: string;
  readonly kind: "input" | "output" | "state";
  /** The program's name for it, or the state entry's. */
  readonly of: string;
  readonly shape: Shape;
}

export type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** What rows of the lowering table speak to. Values of the graph are strings: their names. */
export interface Graph {
  readonly program: Program;
  /** The name of a value that was computed before. */
  read(value: Value): string;
  /** Adds an operator whose result is for later operators of the row. */
  op(operator: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Adds an operator whose results are these values. */
  give(values: Value | readonly Value[], operator: string, inputs: readonly string[], attributes?: Attributes): void;
  /** A float32 constant. */
  number(value: number): string;
  /** A float32 constant with one axis. */
  numbers(values: readonly number[]): string;
  /** A float32 constant of any shape. */
  array(shape: Shape, values: readonly number[]): string;
  /** A list of whole numbers: a shape, axes, the limits of a slice. */
  ints(values: readonly number[]): string;
}

export interface OpenGraph extends Graph {
  /** The node whose row speaks now. */
  at(node: Node): void;
  finish(): { readonly model: OnnxModel; readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
}

export function openGraph(program: Program): OpenGraph {
  const names = new Map<Value, string>();
  const nodes: OnnxNode[] = [];
  const constants = new Map<string, OnnxTensor>();
  const inputs = new Map<string, Port>();
  const outputs = new Map<string, Port>();
  let place = "";
  let count = 0;

  // A value that leaves the program is computed under the name that it leaves by; further names are copies of it.
  const leaving: { readonly value: Value; readonly port: Port }[] = [];
  for (const [name, value] of Object.entries(program.outputs)) {
    leaving.push({
      value,
      port: { name: `output ${name}`, kind: "output", of: name, shape: value.shape },
    });
  }
  for (const [name, value] of Object.entries(program.updates)) {
    leaving.push({ value, port: { name: `new ${name}`, kind: "state", of: name, shape: value.shape } });
  }

  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const port = leaving.find((entry) => entry.value === value)?.port;
    const name = port?.name ?? `${value.node.op} ${count++}`;
    names.set(value, name);
    return name;
  };
  const constant = (type: OnnxElementType, shape: Shape, data: Float32Array | BigInt64Array): string => {
    const name = `${type} [${shape.join(", ")}] ${data.join(" ")}`;
    if (!constants.has(name)) constants.set(name, { name, type, shape, data });
    return name;
  };
  const add = (operator: string, from: readonly string[], to: readonly string[], attributes?: Attributes): void => {
    nodes.push({
      operator,
      name: `${place} #${nodes.length}`,
      inputs: from,
      outputs: to,
      ...(attributes === undefined ? {} : { attributes }),
    });
  };
  const incoming = (port: Port): string => {
    inputs.set(port.name, port);
    return port.name;
  };
  const ints: Graph["ints"] = (values) => constant("int64", [values.length], BigInt64Array.from(values, BigInt));

  const read = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const { node, shape } = value;
    if (node.op !== "input" && node.op !== "state") {
      throw new InternalError(`${node.op} in ${node.place || "the program"} was used before it was computed`);
    }
    const name = incoming({
      name: `${node.op} ${leafName(node)}`,
      kind: node.op,
      of: leafName(node),
      shape,
    });
    names.set(value, name);
    return name;
  };

  return {
    program,
    read,
    op(operator, from, attributes) {
      const name = `${operator} ${count++}`;
      add(operator, from, [name], attributes);
      return name;
    },
    give(values, operator, from, attributes) {
      const list = "node" in values ? [values] : values;
      add(operator, from, list.map(nameOf), attributes);
    },
    number: (value) => constant("float32", [], Float32Array.of(value)),
    numbers: (values) => constant("float32", [values.length], Float32Array.from(values)),
    array(shape, values) {
      const name = `constant ${count++}`;
      constants.set(name, { name, type: "float32", shape, data: Float32Array.from(values) });
      return name;
    },
    ints,
    at(node) {
      place = node.place === "" ? node.op : `${node.place} ${node.op}`;
    },
    finish() {
      place = program.name;
      for (const { value, port } of leaving) {
        const name = read(value);
        if (name !== port.name) add("Identity", [name], [port.name]);
        outputs.set(port.name, port);
      }
      const value = ({ name, shape }: Port) => ({ name, type: "float32" as const, shape });
      return {
        inputs: [...inputs.values()],
        outputs: [...outputs.values()],
        model: {
          irVersion,
          operatorSets: { "": operatorSet },
          graph: {
            name: program.name,
            nodes,
            inputs: [...inputs.values()].map(value),
            outputs: [...outputs.values()].map(value),
            initializers: [...constants.values()],
          },
        },
      };
    },
  };
}

export function leafName(node: Node): string {
  const { name } = node.attributes as { readonly name?: string };
  if (name === undefined) throw new InternalError(`${node.op} has no name`);
  return name;
}

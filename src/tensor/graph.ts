// The graph of a program while it is built and after: nodes in topological order, leaves, state updates.
import { InternalError, ShapeError, UserError } from "../base/errors.js";
import type { Add, AddAll, ElementType, Node, Op, Shape, Value } from "./ops/define.js";
import { input, state } from "./ops/leaves.js";
import { valuesOf } from "./ops/values.js";

export { valuesOf };

/** How the numbers of a random input are drawn, afresh each step, by `base/random` (never by an engine). */
export type RandomInput =
  /** Dropout mask: 1/(1−probability) with probability 1−p, else 0. */
  | { readonly distribution: "bernoulli"; readonly probability: number; readonly name: string; readonly shape: Shape }
  /** Standard normal. */
  | { readonly distribution: "normal"; readonly name: string; readonly shape: Shape };

/**
 * What an engine compiles: inputs by name, outputs by name, and the state that one run changes. All updates happen
 * together at the end of a run: every op reads the state as it was before.
 */
export interface Program {
  readonly name: string;
  /** All nodes that outputs and updates need, each after its inputs. */
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<string, Value>>;
  /** State name to its new value. */
  readonly updates: Readonly<Record<string, Value>>;
  /** Inputs that the caller fills by drawing them. They are inputs of the program like any other. */
  readonly randomInputs: readonly RandomInput[];
}

/** Builds a graph. Shapes are checked as each node is added. */
export interface GraphBuilder {
  readonly add: Add;
  readonly addAll: AddAll;
  /** A value handed in at each run; asking twice for one name gives the same value. */
  input(name: string, shape: Shape): Value;
  /** A parameter, buffer or optimizer slot of the session; asking twice for one name gives the same value. */
  state(name: string, shape: Shape): Value;
  /** Nodes added while `build` runs belong to this place (`encoder[4] conv2d`); shape errors name it. */
  within<Result>(place: string, build: () => Result): Result;
}

export function graphBuilder(): GraphBuilder {
  const leaves = new Map<string, Value>();
  let place = "";

  const addAll: AddAll = (op, inputs, attributes) => addNode(op, inputs, attributes, place);
  const add: Add = (op, inputs, attributes) => first(addAll(op, inputs, attributes));
  const leaf = (kind: typeof input | typeof state, name: string, shape: Shape): Value => {
    const key = `${kind.name} ${name}`;
    const known = leaves.get(key);
    if (known !== undefined) return known;
    const value = add(kind, [], { name, shape });
    leaves.set(key, value);
    return value;
  };
  return {
    add,
    addAll,
    input: (name, shape) => leaf(input, name, shape),
    state: (name, shape) => leaf(state, name, shape),
    within(inner, build) {
      const outer = place;
      place = inner;
      try {
        return build();
      } finally {
        place = outer;
      }
    },
  };
}

/** Makes a node, with its shapes found by the op; a shape that does not fit becomes a UserError that names the place. */
export function addNode<Attributes>(
  op: Op<string, Attributes>,
  inputs: readonly Value[],
  attributes: Attributes,
  place: string,
): readonly Value[] {
  let shapes: readonly Shape[];
  try {
    shapes = op.shapes(
      inputs.map(({ shape }) => shape),
      attributes,
    );
  } catch (error) {
    if (error instanceof ShapeError && place !== "") throw new UserError(error.message, { at: place });
    throw error;
  }
  const types: readonly ElementType[] = op.types ?? shapes.map(() => "float" as const);
  const node: Node = { op: op.name, inputs, attributes, shapes, types, place };
  return valuesOf(node);
}

function first(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined) throw new InternalError("an op without outputs");
  return value;
}

/** The nodes that `roots` need, each after its inputs, in the order they were first reached (depth first). */
export function topologicalOrder(roots: readonly Value[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // An explicit stack: deep networks must not overflow the call stack.
  const stack: { node: Node; next: number }[] = [];
  for (const root of roots) {
    if (seen.has(root.node)) continue;
    seen.add(root.node);
    stack.push({ node: root.node, next: 0 });
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const value = top.node.inputs[top.next++];
      if (value === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (!seen.has(value.node)) {
        seen.add(value.node);
        stack.push({ node: value.node, next: 0 });
      }
    }
  }
  return order;
}

/** A program from what it should give; nodes that nothing needs are left out. */
export function program(parts: {
  readonly name: string;
  readonly outputs: Readonly<Record<string, Value>>;
  readonly updates?: Readonly<Record<string, Value>>;
  readonly randomInputs?: readonly RandomInput[];
}): Program {
  const updates = parts.updates ?? {};
  const nodes = topologicalOrder([...Object.values(parts.outputs), ...Object.values(updates)]);
  return { name: parts.name, nodes, outputs: parts.outputs, updates, randomInputs: parts.randomInputs ?? [] };
}

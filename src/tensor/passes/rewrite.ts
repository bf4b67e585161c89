// How a pass changes a program: node by node, in order, with everything that follows a changed node made again.
import { addNode, type Program, program, valuesOf } from "../graph.js";
import type { Node, Value } from "../ops/define.js";
import { opNamed } from "../ops/index.js";

/**
 * Walks through the nodes in order. `replace` gets a node whose inputs are already rewritten, and the node as it was, and
 * gives values to use in place of its outputs, or null to keep it. Nodes that nothing needs any more are left out.
 */
export function rewrite(before: Program, replace: (node: Node, written: Node) => readonly Value[] | null): Program {
  const replacements = new Map<Value, Value>();
  const now = (value: Value): Value => replacements.get(value) ?? value;
  for (const node of before.nodes) {
    const rewired = withInputs(node, node.inputs.map(now));
    const values = replace(rewired, node) ?? valuesOf(rewired);
    valuesOf(node).forEach((value, i) => {
      if (values[i] !== value) replacements.set(value, values[i]);
    });
  }
  const renewed = (values: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, now(value)]));
  return program({
    name: before.name,
    outputs: renewed(before.outputs),
    updates: renewed(before.updates),
    randomInputs: before.randomInputs,
  });
}

/** The node itself where its inputs are the same, else its like with other inputs. */
export function withInputs(node: Node, inputs: readonly Value[]): Node {
  if (inputs.length === node.inputs.length && inputs.every((value, i) => value === node.inputs[i])) return node;
  const [value] = addNode(opNamed(node.op), inputs, node.attributes, node.place);
  return value.node;
}

/** How often each value is read, by nodes, outputs and updates. */
export function countUses({ nodes, outputs, updates }: Program): ReadonlyMap<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value): void => {
    uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const node of nodes) node.inputs.forEach(count);
  Object.values(outputs).forEach(count);
  Object.values(updates).forEach(count);
  return uses;
}

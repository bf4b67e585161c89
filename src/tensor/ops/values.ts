// The outputs of a node as values.
import type { Node, Value } from "./define.js";

const outputsOfNode = new WeakMap<Node, readonly Value[]>();

/** The outputs of a node as values; one object each, so that values can be compared by identity. */
export function valuesOf(node: Node): readonly Value[] {
  let values = outputsOfNode.get(node);
  if (values === undefined) {
    values = node.shapes.map((shape, output) => ({ node, output, shape, type: node.types[output] ?? "float" }));
    outputsOfNode.set(node, values);
  }
  return values;
}

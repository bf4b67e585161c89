// Reverse-mode differentiation: adds the nodes that compute the gradients of a scalar.
import { InternalError } from "../base/errors.js";
import { addNode, topologicalOrder, valuesOf } from "./graph.js";
import { add } from "./ops/arithmetic.js";
import type { AddAll, Value } from "./ops/define.js";
import { opNamed } from "./ops/index.js";
import { fill } from "./ops/leaves.js";

/**
 * The gradient of `objective` (a scalar) by each of `variables`, null for one it does not depend on.
 * Gradient nodes carry the place of the layer they differentiate.
 */
export function gradients(objective: Value, variables: readonly Value[]): readonly (Value | null)[] {
  if (objective.shape.length > 0) {
    throw new InternalError(`the objective must be a scalar, not of shape [${objective.shape.join(", ")}]`);
  }
  const order = topologicalOrder([objective]);
  const wanted = new Set(variables.map(({ node }) => node));
  const carries = new Set(wanted);
  for (const node of order) if (node.inputs.some((value) => carries.has(value.node))) carries.add(node);

  const gradientOf = new Map<Value, Value>();
  const [one] = addNode(fill, [], { shape: [], value: 1 }, objective.node.place);
  if (one !== undefined) gradientOf.set(objective, one);
  for (const node of order.reverse()) {
    if (!carries.has(node) || node.inputs.length === 0) continue;
    const outputs = valuesOf(node);
    const outputGradients = outputs.map((value) => gradientOf.get(value) ?? null);
    if (outputGradients.every((gradient) => gradient === null)) continue;
    const op = opNamed(node.op);
    if (op.gradient === "none") throw new InternalError(`${node.op} cannot be differentiated`);
    const addAll: AddAll = (inner, inputs, attributes) => addNode(inner, inputs, attributes, node.place);
    const inputGradients = op.gradient({ inputs: node.inputs, outputs }, outputGradients, node.attributes, {
      addAll,
      add: (inner, inputs, attributes) => addAll(inner, inputs, attributes)[0] as Value,
    });
    node.inputs.forEach((value, i) => {
      const gradient = inputGradients[i] ?? null;
      if (gradient === null || !carries.has(value.node)) return;
      const sofar = gradientOf.get(value);
      gradientOf.set(
        value,
        sofar === undefined ? gradient : (addNode(add, [sofar, gradient], {}, node.place)[0] as Value),
      );
    });
  }
  return variables.map((variable) => gradientOf.get(variable) ?? null);
}

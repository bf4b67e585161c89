// Puts other ops in the place of those that an engine has no row for.
import { InternalError } from "../../base/errors.js";
import { addNode, type Program } from "../graph.js";
import { type AddAll, type ExpandableOp, type GradientTools, sameShape, type Value } from "../ops/define.js";
import { opNamed } from "../ops/index.js";
import { verify } from "../verify.js";
import { commonSubexpressions } from "./commonSubexpressions.js";
import { rewrite } from "./rewrite.js";

/**
 * Each op that has an expansion becomes it, at its own place; what several expansions share is computed once. A program
 * without such ops is given back as it is.
 * @param isKnown whether the engine computes an op itself
 * @throws InternalError where an expansion has other shapes than its op
 */
export function expand(before: Program, isKnown: (op: string) => boolean): Program {
  const isExpanded = (op: string): boolean => !isKnown(op) && expansionOf(op) !== undefined;
  if (!before.nodes.some(({ op }) => isExpanded(op))) return before;
  const after = rewrite(before, (node) => {
    const expansion = isExpanded(node.op) ? expansionOf(node.op) : undefined;
    if (expansion === undefined) return null;
    const values = expansion(node.inputs, node.attributes, toolsAt(node.place));
    if (!node.shapes.every((shape, i) => values[i] !== undefined && sameShape(values[i].shape, shape))) {
      throw new InternalError(`${node.op} expands into other shapes than its own`);
    }
    return values;
  });
  return verify(commonSubexpressions(after));
}

function expansionOf(name: string): ExpandableOp<string, unknown>["expansion"] | undefined {
  const op: Partial<ExpandableOp<string, unknown>> = opNamed(name);
  return op.expansion;
}

function toolsAt(place: string): GradientTools {
  const addAll: AddAll = (op, inputs, attributes) => addNode(op, inputs, attributes, place);
  const add = <Attributes>(...given: Parameters<typeof addAll<Attributes>>): Value => addAll(...given)[0];
  return { add, addAll };
}

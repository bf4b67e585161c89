// Removes ops that give back their input: a product with 1, a linear function that is the identity, a reshape to the
// same shape, and sums and broadcasts that change nothing.
import type { Program } from "../graph.js";
import { type Node, type Shape, sameShape, type Value } from "../ops/define.js";
import type { AttributesOf } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

export function multiplyByOne(program: Program): Program {
  return rewrite(program, (node) => {
    const same = inputItGivesBack(node);
    return same === null ? null : [same];
  });
}

function inputItGivesBack(node: Node): Value | null {
  const [first, second] = node.inputs;
  const shape: Shape = node.shapes[0];
  switch (node.op) {
    case "mul":
      if (isOne(second) && sameShape(first.shape, shape)) return first;
      if (isOne(first) && sameShape(second.shape, shape)) return second;
      return null;
    case "linear": {
      const { scale, shift } = node.attributes as AttributesOf<"linear">;
      return scale === 1 && shift === 0 ? first : null;
    }
    case "reshape":
    case "sumTo":
    case "broadcastTo":
      return sameShape(first.shape, shape) ? first : null;
    default:
      return null;
  }
}

function isOne({ node }: Value): boolean {
  return node.op === "fill" && (node.attributes as AttributesOf<"fill">).value === 1;
}

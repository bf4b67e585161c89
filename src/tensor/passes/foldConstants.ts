// Computes with constants ahead of time: simple ops of `fill` become `fill`, and a product with a constant becomes
// `linear`. What a gradient starts with (1, divided by a count, broadcast) vanishes this way.
import { addNode, type Program } from "../graph.js";
import { type Node, type Shape, sameShape, sizeOf, type Value } from "../ops/define.js";
import { type AttributesOf, ops } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

export function foldConstants(program: Program): Program {
  return rewrite(program, folded);
}

function folded(node: Node): readonly Value[] | null {
  const [first, second] = node.inputs;
  const shape: Shape = node.shapes[0];
  const constant = (value: number): readonly Value[] => addNode(ops.fill, [], { shape, value }, node.place);
  if (node.op === "mul") {
    const left = constantOf(first);
    const right = constantOf(second);
    if (left !== null && right !== null) return constant(left * right);
    if (right !== null && sameShape(first.shape, shape)) return scaled(first, right, node);
    if (left !== null && sameShape(second.shape, shape)) return scaled(second, left, node);
    return null;
  }
  const value = first === undefined ? null : constantOf(first);
  if (value === null) return null;
  switch (node.op) {
    case "linear": {
      const { scale, shift } = node.attributes as AttributesOf<"linear">;
      return constant(scale * value + shift);
    }
    case "reshape":
    case "broadcastTo":
    case "mean":
      return constant(value);
    case "sumTo":
      return constant((value * sizeOf(first.shape)) / sizeOf(shape));
    default:
      return null;
  }
}

function scaled(value: Value, scale: number, { place }: Node): readonly Value[] {
  return addNode(ops.linear, [value], { scale, shift: 0 }, place);
}

function constantOf({ node }: Value): number | null {
  return node.op === "fill" ? (node.attributes as AttributesOf<"fill">).value : null;
}

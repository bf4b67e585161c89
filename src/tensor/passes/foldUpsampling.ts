// Folds a nearest enlargement into the convolution after it: both together are one transposed convolution of the small image.
import { InternalError } from "../../base/errors.js";
import { addNode, type Program } from "../graph.js";
import { imageShape, type Pair, type Sides } from "../ops/checks.js";
import type { Node, Op, Value } from "../ops/define.js";
import { type AttributesOf, ops } from "../ops/index.js";
import { countUses, rewrite } from "./rewrite.js";

/**
 * From so many places of the small image on, counted over the batch, folding pays: what it saves grows with them, what
 * it costs, a few passes over the kernel, does not. Measured on oneDNN, 256 to 128 channels: in inference 1.08 times as
 * long with 72 places and 0.83 with 144, in a training step about 0.9 with both; with 36 places 1.4 times as long in either.
 */
const leastPlaces = 128;

/**
 * `upsample` by s, then a transposed convolution of stride 1 with a kernel of k, is a transposed convolution of stride s
 * with a kernel of k + s − 1: an element of the small image is spread over s neighbours, and each of them over k, so that
 * the kernels of the two, s ones and the written kernel, are convolved. For s = 2 and k = 3 that is 4 products for an
 * element of the result instead of 9, and no enlarged image in memory. A plain convolution is a transposed one with its
 * kernel turned and its channels exchanged. Equal but for rounding; parameters keep their shape and meaning, and their
 * gradients come through the sum.
 *
 * Folded are convolutions of stride 1, without dilation and groups, that cut no more than their kernel reaches, where the
 * enlarged image has no other use and the small one is not too small (`leastPlaces`).
 * @param before a program without gradients; add them afterwards, so that they are folded too
 * @param images the batch that it is judged by; default the program's own
 * @throws InternalError where the program already has gradients of an enlargement
 */
export function foldUpsampling(before: Program, images?: number): Program {
  if (before.nodes.some(({ op }) => op === "upsampleGradient")) {
    throw new InternalError(`program ${before.name}: enlargements are folded before gradients are added, not after`);
  }
  const uses = countUses(before);
  return rewrite(before, (node, written) => {
    const [x] = written.inputs;
    return x?.node.op === "upsample" && uses.get(x) === 1 ? folded(node, images) : null;
  });
}

type Adder = <Attributes>(op: Op<string, Attributes>, inputs: readonly Value[], attributes: Attributes) => Value;

/** The convolution of an enlarged image, from the small one; null where it cannot be folded or does not pay. */
function folded(node: Node, images?: number): readonly Value[] | null {
  const [enlarged, w, ...bias] = node.inputs;
  const [x] = enlarged.node.inputs;
  const { scale } = enlarged.node.attributes as AttributesOf<"upsample">;
  const [batch, , height, width] = imageShape(x.shape);
  if ((images ?? batch) * height * width < leastPlaces) return null;

  const add: Adder = (op, inputs, attributes) => addNode(op, inputs, attributes, node.place)[0];
  const fold = (kernel: Value, padding: Sides): readonly Value[] => {
    const attributes = { stride: scale, padding, dilation: [1, 1], groups: 1, outputPadding: [0, 0] } as const;
    return [add(ops.convTranspose2d, [x, spread(kernel, scale, add), ...bias], attributes)];
  };
  switch (node.op) {
    case "convTranspose2d": {
      const attributes = node.attributes as AttributesOf<"convTranspose2d">;
      return savesProducts(attributes, w, scale) ? fold(w, attributes.padding) : null;
    }
    case "conv2d": {
      const attributes = node.attributes as AttributesOf<"conv2d">;
      const [top, left, bottom, right] = attributes.padding;
      const [, , rows, columns] = w.shape;
      const cut: Sides = [rows - 1 - top, columns - 1 - left, rows - 1 - bottom, columns - 1 - right];
      return savesProducts(attributes, w, scale) && Math.min(...cut) >= 0 ? fold(turned(w, add), cut) : null;
    }
    default:
      return null;
  }
}

/** A dense convolution of stride 1 whose k products along an axis become (k + s − 1) / s, which is less for k and s above 1. */
function savesProducts(
  attributes: { readonly stride: Pair; readonly dilation: Pair; readonly groups: number },
  w: Value,
  scale: Pair,
): boolean {
  const isDense = [...attributes.stride, ...attributes.dilation, attributes.groups].every((number) => number === 1);
  const saves = (axis: 0 | 1): boolean => scale[axis] > 1 && w.shape[axis + 2] > 1;
  return isDense && (saves(0) || saves(1));
}

/** The kernel convolved with ones, s·s of them: each element of the result is the sum of those it is made of. */
function spread(w: Value, [vertical, horizontal]: Pair, add: Adder): Value {
  const mean = add(ops.avgPool2d, [w], {
    kernel: [vertical, horizontal],
    stride: [1, 1],
    padding: [vertical - 1, horizontal - 1, vertical - 1, horizontal - 1],
    countsPadding: true,
  });
  return add(ops.linear, [mean], { scale: vertical * horizontal, shift: 0 });
}

/** A convolution's kernel as a transposed convolution wants it: [input channel, output channel, …], turned by half a circle. */
function turned(w: Value, add: Adder): Value {
  const exchanged = add(ops.transpose, [w], { axes: [1, 0, 2, 3] });
  return [2, 3].reduce((kernel, axis) => {
    const indices = Array.from({ length: kernel.shape[axis] }, (_, i) => kernel.shape[axis] - 1 - i);
    return add(ops.gather, [kernel], { axis, indices });
  }, exchanged);
}

// Leaves, and ops that move elements without changing them.
import { type Node, sizeOf, valuesOf } from "../../../tensor/index.js";
import { stridesOf } from "../../../tensor/ops/transpose.js";
import { type AxisWeights, transposedWeights } from "../../../tensor/ops/windows.js";
import type { Lowering } from "../../engine.js";
import { dimsOf, type Plan } from "../plan.js";
import { combine, function_, seenAs, spread } from "./chain.js";
import { mapAxis, matrix } from "./products.js";

const choiceOf = (indices: readonly number[], length: number): AxisWeights =>
  indices.map((index) => Array.from({ length }, (_, place) => (place === index ? 1 : 0)));

function choose(node: Node, plan: Plan, axis: number, weights: AxisWeights): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  const dims = [sizeOf(x.shape.slice(0, axis)), x.shape[axis], sizeOf(x.shape.slice(axis + 1))] as const;
  const destination = plan.write(y, plan.plain(y.shape));
  mapAxis(plan, plan.readPlain(x), dims, matrix(plan, weights), weights.length, destination);
}

export const movementRows = {
  // Leaves are placed when something reads them.
  input: () => {},
  state: () => {},
  fill(node, plan) {
    const [y] = valuesOf(node);
    plan.alias(y, plan.constant(plan.plain(y.shape), node.attributes.value));
  },
  stopGradient(node, plan) {
    const [x] = node.inputs;
    plan.alias(valuesOf(node)[0], plan.read(x));
  },
  reshape(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const placed = plan.read(x);
    const layout = plan.adapter.reshaped(placed.layout, dimsOf(y.shape));
    if (layout !== undefined) plan.alias(y, { buffer: placed.buffer, layout, written: plan.plain(y.shape) });
    else plan.alias(y, { buffer: plan.readPlain(x).buffer, layout: plan.plain(y.shape), written: plan.plain(y.shape) });
  },
  broadcastTo(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    plan.alias(y, spread(plan, x, y.shape));
  },
  transpose(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const strides = stridesOf(x.shape);
    const layout = plan.adapter.strided(
      dimsOf(y.shape),
      node.attributes.axes.map((axis) => strides[axis]),
    );
    plan.reorder({ ...plan.readPlain(x), layout }, plan.write(y, plan.plain(y.shape)));
  },
  slice(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.readPlain(x);
    const layout = plan.adapter.part(source.layout, y.shape, node.attributes.starts);
    plan.reorder({ ...source, layout }, plan.write(y, plan.plain(y.shape)));
  },
  pad(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.readPlain(x);
    const destination = plan.write(y, plan.plain(y.shape));
    plan.reorder(plan.constant(destination.layout, node.attributes.value), destination);
    const layout = plan.adapter.part(destination.layout, x.shape, node.attributes.before);
    plan.reorder(source, { ...destination, layout });
  },
  concat(node, plan) {
    const [y] = valuesOf(node);
    const { axis } = node.attributes;
    const sources = node.inputs.map((value) => plan.readPlain(value));
    const destination = plan.write(y, plan.plain(y.shape));
    let start = 0;
    node.inputs.forEach(({ shape }, i) => {
      const starts = shape.map((_, one) => (one === axis ? start : 0));
      const layout = plan.adapter.part(destination.layout, shape, starts);
      plan.reorder(sources[i], { ...destination, layout });
      start += shape[axis];
    });
  },
  gather(node, plan) {
    const { axis, indices } = node.attributes;
    const [x] = node.inputs;
    choose(node, plan, axis, choiceOf(indices, x.shape[axis]));
  },
  gatherGradient(node, plan) {
    const { axis, indices, length } = node.attributes;
    choose(node, plan, axis, transposedWeights(choiceOf(indices, length)));
  },
  oneHot(node, plan) {
    // 1 − |class − label|, held above 0.
    const [labels] = node.inputs;
    const [y] = valuesOf(node);
    const { classes } = node.attributes;
    const layout = plan.plain(y.shape);
    const numbers = Array.from({ length: sizeOf(y.shape) }, (_, i) => i % classes);
    const column = seenAs(plan, plan.readPlain(labels), [y.shape[0], 1]);
    combine(plan, "sub", plan.constant(layout, numbers), column, plan.write(y, layout), [
      function_("abs"),
      function_("linear", -1, 1),
      function_("clip", 0, 1),
    ]);
  },
} satisfies Partial<Lowering<Plan>>;

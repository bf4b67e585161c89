// Batch normalisation.
import { type Node, type Value, valuesOf } from "../../../tensor/index.js";
import type { Lowering } from "../../engine.js";
import type { Placed, Plan } from "../plan.js";

function batchNormGradient(pass: "backward" | "backwardInference", node: Node, epsilon: number, plan: Plan): void {
  const [x, scale, mean, variance, dy] = node.inputs;
  const [dx, dscale, dshift] = valuesOf(node);
  const lies = readToNormalize(plan, x);
  const data = imageLike(plan, lies, x);
  // [batch, channel] values are normalised row-major whatever layout they lie in, and so is their gradient.
  const slope = data.layout === lies.layout ? plan.readAs(dy, lies.layout) : plan.readPlain(dy);
  const gradient = imageLike(plan, slope, dy);
  const forward = pass === "backward" ? "forwardTraining" : "forwardInference";
  const hint = plan.primitive({ kind: "batchNormalization", pass: forward, data: data.layout, epsilon });
  const primitive = plan.primitive({
    kind: "batchNormalization",
    pass,
    data: data.layout,
    gradient: gradient.layout,
    epsilon,
    hint,
  });
  const channels = plan.plain(scale.shape);
  const destination = plan.writeOver(dx, dy, slope);
  plan.emit(
    primitive,
    ["source", data],
    ["mean", plan.readPlain(mean)],
    ["variance", plan.readPlain(variance)],
    ["scale", plan.readPlain(scale)],
    ...(plan.adapter.batchNormalizationBackwardTakesShift ? [["shift", plan.constant(channels, 0)] as const] : []),
    ["destinationGradient", gradient],
    ["sourceGradient", { ...destination, layout: data.layout }],
    ["scaleGradient", plan.write(dscale, channels)],
    ["shiftGradient", plan.write(dshift, channels)],
  );
}

function readToNormalize(plan: Plan, x: Value): Placed {
  const lies = plan.read(x);
  return x.shape.length === 4 ? plan.readAs(x, plan.adapter.batchNormalizationLayout(lies.layout)) : lies;
}

/** Batch normalisation of [batch, channel] is done on [batch, channel, 1, 1]. */
function imageLike(plan: Plan, placed: Placed, value: Value): Placed {
  if (value.shape.length !== 2) return placed;
  return { ...plan.readPlain(value), layout: plan.plain([...value.shape, 1, 1]) };
}

function batchNorm(pass: "forwardTraining" | "forwardInference", node: Node, epsilon: number, plan: Plan): void {
  const [x, scale, shift, mean, variance] = node.inputs;
  const outputs = valuesOf(node);
  const [y] = outputs;
  // With given statistics there is nothing to sum.
  const lies = pass === "forwardTraining" ? readToNormalize(plan, x) : plan.read(x);
  const data = imageLike(plan, lies, x);
  const primitive = plan.primitive({ kind: "batchNormalization", pass, data: data.layout, epsilon });
  const channels = plan.plain(scale.shape);
  const statistics =
    pass === "forwardTraining"
      ? [plan.write(outputs[1], channels), plan.write(outputs[2], channels)]
      : [plan.readPlain(mean), plan.readPlain(variance)];
  const { layout: before } = plan.read(x);
  const isElsewhere = !plan.adapter.sameLayout(lies.layout, before);
  const destination = isElsewhere
    ? plan.scratch(lies.layout)
    : data.layout === lies.layout
      ? plan.writeOver(y, x, lies)
      : plan.write(y, plan.plain(y.shape));
  plan.emit(
    primitive,
    ["source", data],
    ["scale", plan.readPlain(scale)],
    ["shift", plan.readPlain(shift)],
    ["mean", statistics[0]],
    ["variance", statistics[1]],
    ["destination", { ...destination, layout: data.layout }],
  );
  // Back to where the input lay: blocks of few channels are mostly padding, which all that follows would compute too.
  if (isElsewhere) plan.reorder(destination, plan.write(y, before));
}

export const batchNormRows = {
  batchNormTraining: (node, plan) => batchNorm("forwardTraining", node, node.attributes.epsilon, plan),
  batchNormInference: (node, plan) => batchNorm("forwardInference", node, node.attributes.epsilon, plan),
  batchNormGradient: (node, plan) => batchNormGradient("backward", node, node.attributes.epsilon, plan),
  batchNormInferenceGradient: (node, plan) =>
    batchNormGradient("backwardInference", node, node.attributes.epsilon, plan),
} satisfies Partial<Lowering<Plan>>;

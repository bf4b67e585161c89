// Activations, softmax among them.
import { type Node, sizeOf, valuesOf } from "../../../tensor/index.js";
import { seluAlpha, seluScale } from "../../../tensor/ops/selu.js";
import type { Lowering } from "../../engine.js";
import type { Plan } from "../plan.js";
import {
  chained,
  combine,
  eltwise,
  eltwiseGradient,
  function_,
  number,
  operation,
  pointwise,
  readForChain,
  seenAs,
} from "./chain.js";
import { mapAxis } from "./products.js";

/**
 * Above such a threshold ln(1 + eˣ) is x in float32 anyway, since they differ by about e⁻¹⁸, less than 2⁻²⁴·18; and so is
 * their slope, which differs from 1 by e⁻¹⁸, less than 2⁻²⁵.
 */
const isBeyondFloat32 = (threshold: number): boolean => threshold >= 18;

function softmax(node: Node, plan: Plan, axis: number): void {
  const algorithm = "softmax";
  const [x] = node.inputs;
  const data = plan.readPlain(x);
  const primitive = plan.primitive({ kind: "softmax", algorithm, pass: "forwardTraining", axis, data: data.layout });
  plan.emit(primitive, ["source", data], ["destination", plan.writeOver(valuesOf(node)[0], x, data)]);
}

function softmaxGradient(algorithm: "softmax" | "logSoftmax", node: Node, plan: Plan, axis: number): void {
  const [y, dy] = node.inputs;
  const data = plan.readPlain(y);
  const gradient = plan.readPlain(dy);
  const shared = { kind: "softmax", algorithm, axis, data: data.layout } as const;
  const hint = plan.primitive({ ...shared, pass: "forwardTraining" });
  const primitive = plan.primitive({ ...shared, pass: "backward", gradient: gradient.layout, hint });
  plan.emit(
    primitive,
    ["destination", data],
    ["destinationGradient", gradient],
    ["sourceGradient", plan.writeOver(valuesOf(node)[0], dy, gradient)],
  );
}

export const activationRows = {
  relu: (node, plan) => eltwise("relu", node, plan),
  reluGradient: (node, plan) => eltwiseGradient("reluFromOutput", node, plan),
  elu: (node, plan) => eltwise("elu", node, plan, node.attributes.alpha),
  eluGradient: (node, plan) => eltwiseGradient("eluFromOutput", node, plan, node.attributes.alpha),
  sigmoid: (node, plan) => eltwise("logistic", node, plan),
  sigmoidGradient: (node, plan) => eltwiseGradient("logisticFromOutput", node, plan),
  tanh: (node, plan) => eltwise("tanh", node, plan),
  tanhGradient: (node, plan) => eltwiseGradient("tanhFromOutput", node, plan),
  leakyRelu: (node, plan) => eltwise("relu", node, plan, node.attributes.slope),
  leakyReluGradient: (node, plan) => eltwiseGradient("reluFromOutput", node, plan, node.attributes.slope),
  selu: (node, plan) => chained(node, plan, [function_("elu", seluAlpha), function_("linear", seluScale)]),
  seluGradient(node, plan) {
    // dy·(min(y, 0) + scale·alpha + (scale − scale·alpha where y is above 0))
    const [y, dy] = node.inputs;
    const data = readForChain(plan, y);
    const gradient = plan.readAs(dy, data.layout);
    const positive = plan.scratch(data.layout);
    const base = seluScale * seluAlpha;
    pointwise(plan, data, positive, [
      operation("greater", number(plan, data, 0)),
      function_("linear", seluScale - base, base),
    ]);
    pointwise(plan, data, plan.writeOver(valuesOf(node)[0], dy, gradient), [
      function_("clip", Number.NEGATIVE_INFINITY, 0),
      operation("add", positive),
      operation("mul", gradient),
    ]);
  },
  gelu: (node, plan) => eltwise(node.attributes.approximation === "none" ? "geluErf" : "geluTanh", node, plan),
  geluGradient: (node, plan) =>
    eltwiseGradient(node.attributes.approximation === "none" ? "geluErf" : "geluTanh", node, plan, 0, "source"),
  silu: (node, plan) => eltwise("swish", node, plan, 1),
  siluGradient: (node, plan) => eltwiseGradient("swish", node, plan, 1, "source"),
  softplus(node, plan) {
    const { beta, threshold } = node.attributes;
    const [x] = node.inputs;
    const data = readForChain(plan, x);
    // Version 3 reads the first number as the sharpness.
    const smooth = [function_("softRelu", 1), function_("linear", 1 / beta)];
    if (isBeyondFloat32(threshold)) {
      chained(node, plan, smooth, beta);
      return;
    }
    const soft = plan.scratch(data.layout);
    pointwise(plan, data, soft, smooth, beta);
    const above = plan.scratch(data.layout);
    pointwise(plan, data, above, [operation("greater", number(plan, data, threshold / beta))]);
    pointwise(plan, data, plan.write(valuesOf(node)[0], data.layout), [
      operation("sub", soft),
      operation("mul", above),
      operation("add", soft),
    ]);
  },
  softplusGradient(node, plan) {
    const { beta, threshold } = node.attributes;
    const [x, dy] = node.inputs;
    const data = readForChain(plan, x);
    const gradient = plan.readAs(dy, data.layout);
    const chain = [function_("logistic"), operation("mul", gradient)];
    if (!isBeyondFloat32(threshold)) {
      const above = plan.scratch(data.layout);
      pointwise(plan, data, above, [operation("greater", number(plan, data, threshold / beta))]);
      chain.splice(1, 0, operation("max", above));
    }
    pointwise(plan, data, plan.writeOver(valuesOf(node)[0], dy, gradient), chain, beta);
  },
  softmax: (node, plan) => softmax(node, plan, node.attributes.axis),
  softmaxGradient: (node, plan) => softmaxGradient("softmax", node, plan, node.attributes.axis),
  logSoftmax(node, plan) {
    // The library's logarithm is right to 4e-6 only. The exponentials of the result should add up to one: what they add
    // up to beyond it is, to second order, what the result is too large by.
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const { axis } = node.attributes;
    const data = plan.readPlain(x);
    const dims = [sizeOf(x.shape.slice(0, axis)), x.shape[axis], sizeOf(x.shape.slice(axis + 1))] as const;
    const [outer, length, inner] = dims;
    const rough = plan.scratch(data.layout);
    const algorithm = "logSoftmax";
    const primitive = plan.primitive({ kind: "softmax", algorithm, pass: "forwardTraining", axis, data: data.layout });
    plan.emit(primitive, ["source", data], ["destination", rough]);
    const shares = plan.scratch(data.layout);
    pointwise(plan, rough, shares, [function_("exp")]);
    const sums = plan.scratch(plan.plain([outer, 1, inner]));
    mapAxis(plan, shares, dims, plan.constant(plan.plain([1, length]), 1), 1, sums);
    combine(plan, "sub", seenAs(plan, rough, dims), sums, seenAs(plan, plan.write(y, data.layout), dims), [
      function_("linear", 1, 1),
    ]);
  },
  logSoftmaxGradient: (node, plan) => softmaxGradient("logSoftmax", node, plan, node.attributes.axis),
} satisfies Partial<Lowering<Plan>>;

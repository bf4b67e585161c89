// Largest values and means of windows.
import { InternalError } from "../../../base/errors.js";
import { valuesOf } from "../../../tensor/index.js";
import type { AttributesOf } from "../../../tensor/ops/index.js";
import { adaptiveWeights } from "../../../tensor/ops/windows.js";
import type { Lowering } from "../../engine.js";
import type { Window } from "../adapter.js";
import type { Plan } from "../plan.js";
import { backward, mapPlanes } from "./products.js";

interface PoolAttributes {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
}

function poolWindow({ stride, padding }: PoolAttributes): Window {
  return { strides: stride, dilates: [0, 0], paddingBefore: padding.slice(0, 2), paddingAfter: padding.slice(2) };
}

function averagePooling({ kernel, stride, padding, countsPadding }: AttributesOf<"avgPool2d">) {
  const window = {
    strides: stride,
    dilates: [0, 0],
    paddingBefore: padding.slice(0, 2),
    paddingAfter: padding.slice(2),
  };
  return { kind: "averagePooling", countsPadding, kernel, window } as const;
}

export const poolingRows = {
  maxPool2d(node, plan) {
    const [x] = node.inputs;
    const [y, indices] = valuesOf(node);
    const source = plan.read(x);
    const shared = {
      kind: "maxPooling",
      source: source.layout,
      destination: plan.adapter.any(y.shape),
      kernel: node.attributes.kernel,
      window: poolWindow(node.attributes),
    } as const;
    if (!plan.isUsed(indices)) {
      const primitive = plan.primitive({ ...shared, pass: "forwardInference" });
      plan.emit(primitive, ["source", source], ["destination", plan.write(y, primitive.layoutOf("destination"))]);
      return;
    }
    const primitive = plan.primitive({ ...shared, pass: "forwardTraining" });
    plan.hints.set(indices, primitive);
    const workspace = plan.scratch(primitive.layoutOf("workspace"));
    plan.alias(indices, workspace);
    const destination = plan.write(y, primitive.layoutOf("destination"));
    plan.emit(primitive, ["source", source], ["destination", destination], ["workspace", workspace]);
  },
  maxPool2dGradient(node, plan) {
    const [dy, indices] = node.inputs;
    const [dx] = valuesOf(node);
    const hint = plan.hints.get(indices);
    if (hint === undefined) throw new InternalError("maxPool2dGradient without its maxPool2d");
    const destination = plan.readAs(dy, hint.layoutOf("destination"));
    const source = plan.write(dx, hint.layoutOf("source"));
    const primitive = plan.primitive({
      kind: "maxPooling",
      pass: "backward",
      source: source.layout,
      destination: destination.layout,
      kernel: node.attributes.kernel,
      window: poolWindow(node.attributes),
      hint,
    });
    const workspace = plan.placed(indices);
    plan.emit(primitive, ["destinationGradient", destination], ["workspace", workspace], ["sourceGradient", source]);
  },
  avgPool2d(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.read(x);
    const primitive = plan.primitive({
      ...averagePooling(node.attributes),
      pass: "forwardInference",
      source: source.layout,
      destination: plan.adapter.any(y.shape),
    });
    plan.emit(primitive, ["source", source], ["destination", plan.write(y, primitive.layoutOf("destination"))]);
  },
  avgPool2dGradient(node, plan) {
    const [dy] = node.inputs;
    const [dx] = valuesOf(node);
    const destination = plan.read(dy);
    const shared = averagePooling(node.attributes);
    const hint = plan.primitive({
      ...shared,
      pass: "forwardInference",
      source: plan.plain(dx.shape),
      destination: plan.adapter.any(dy.shape),
    });
    const primitive = plan.primitive({
      ...shared,
      pass: "backward",
      source: plan.adapter.any(dx.shape),
      destination: destination.layout,
      hint,
    });
    const source = plan.write(dx, primitive.layoutOf("sourceGradient"));
    plan.emit(primitive, ["destinationGradient", destination], ["sourceGradient", source]);
  },
  adaptiveAvgPool2d: (node, plan) => mapPlanes(node, plan, adaptiveWeights),
  adaptiveAvgPool2dGradient: (node, plan) => mapPlanes(node, plan, backward(adaptiveWeights)),
} satisfies Partial<Lowering<Plan>>;

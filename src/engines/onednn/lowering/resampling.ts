// Pictures of another size: nearest and bilinear.
import { valuesOf } from "../../../tensor/index.js";
import { linearWeights } from "../../../tensor/ops/windows.js";
import type { Lowering } from "../../engine.js";
import type { Plan } from "../plan.js";
import { backward, mapPlanes } from "./products.js";

export const resamplingRows = {
  upsample(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.read(x);
    const primitive = plan.primitive({
      kind: "nearestResampling",
      pass: "forwardTraining",
      source: source.layout,
      destination: plan.adapter.any(y.shape),
    });
    plan.emit(primitive, ["source", source], ["destination", plan.write(y, primitive.layoutOf("destination"))]);
  },
  upsampleGradient(node, plan) {
    const [dy] = node.inputs;
    const [dx] = valuesOf(node);
    const destination = plan.read(dy);
    const hint = plan.primitive({
      kind: "nearestResampling",
      pass: "forwardTraining",
      source: plan.plain(dx.shape),
      destination: plan.adapter.any(dy.shape),
    });
    const primitive = plan.primitive({
      kind: "nearestResampling",
      pass: "backward",
      source: plan.adapter.any(dx.shape),
      destination: destination.layout,
      hint,
    });
    const source = plan.write(dx, primitive.layoutOf("sourceGradient"));
    plan.emit(primitive, ["destinationGradient", destination], ["sourceGradient", source]);
  },
  upsampleBilinear(node, plan) {
    const { alignCorners } = node.attributes;
    mapPlanes(node, plan, (input, output) => linearWeights(input, output, alignCorners));
  },
  upsampleBilinearGradient(node, plan) {
    const { alignCorners } = node.attributes;
    mapPlanes(
      node,
      plan,
      backward((input, output) => linearWeights(input, output, alignCorners)),
    );
  },
} satisfies Partial<Lowering<Plan>>;

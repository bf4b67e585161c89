// Dense layers and matrix products.
import { type Value, valuesOf } from "../../../tensor/index.js";
import type { Lowering } from "../../engine.js";
import type { Placed, Plan } from "../plan.js";
import { fusedActivation } from "./fusion.js";
import { product } from "./products.js";

export const denseRows = {
  dense(node, plan) {
    const { adapter } = plan;
    const [x, w, b] = node.inputs as readonly [Value, Value, Value | undefined];
    const { value, postOps } = fusedActivation(plan, valuesOf(node)[0]);
    const bias = b === undefined ? undefined : plan.readPlain(b);
    const primitive = plan.primitive(
      {
        kind: "innerProduct",
        pass: "forwardTraining",
        source: adapter.any(x.shape),
        weights: adapter.any(w.shape),
        bias: bias?.layout,
        destination: adapter.any(value.shape),
      },
      { postOps },
    );
    const source = plan.readAs(x, primitive.layoutOf("source"));
    const weights = plan.readAs(w, primitive.layoutOf("weights"));
    plan.emit(
      primitive,
      ["source", source],
      ["weights", weights],
      ...(bias === undefined ? [] : [["bias", bias] as const]),
      ["destination", plan.write(value, primitive.layoutOf("destination"))],
    );
  },
  denseInputGradient(node, plan) {
    const { adapter } = plan;
    const [dy, w] = node.inputs;
    const [dx] = valuesOf(node);
    if (isProductSafer(w.shape)) {
      const [left, right] = [plan.readPlain(dy), plan.readPlain(w)];
      product(plan, left, right, plan.write(dx, plan.plain(dx.shape)));
      return;
    }
    const shapes = {
      source: adapter.any(dx.shape),
      weights: adapter.any(w.shape),
      bias: undefined,
      destination: adapter.any(dy.shape),
    };
    const hint = plan.primitive({ kind: "innerProduct", pass: "forwardTraining", ...shapes });
    const primitive = plan.primitive({ kind: "innerProduct", pass: "backwardData", ...shapes, hint });
    const destination = plan.readAs(dy, primitive.layoutOf("destinationGradient"));
    const weights = plan.readAs(w, primitive.layoutOf("weights"));
    const source = plan.write(dx, primitive.layoutOf("sourceGradient"));
    plan.emit(primitive, ["destinationGradient", destination], ["weights", weights], ["sourceGradient", source]);
  },
  denseWeightGradient(node, plan) {
    const { adapter } = plan;
    const [x, dy] = node.inputs;
    const [dw, db] = valuesOf(node) as readonly [Value, Value | undefined];
    const bias = db === undefined ? undefined : plan.plain(db.shape);
    const shapes = {
      source: adapter.any(x.shape),
      weights: adapter.any(dw.shape),
      bias,
      destination: adapter.any(dy.shape),
    };
    const hint = plan.primitive({ kind: "innerProduct", pass: "forwardTraining", ...shapes });
    const primitive = plan.primitive({ kind: "innerProduct", pass: "backwardWeights", ...shapes, hint });
    const source = plan.readAs(x, primitive.layoutOf("source"));
    const destination = plan.readAs(dy, primitive.layoutOf("destinationGradient"));
    plan.emit(
      primitive,
      ["source", source],
      ["destinationGradient", destination],
      ["weightsGradient", plan.write(dw, primitive.layoutOf("weightsGradient"))],
      ...(db === undefined || bias === undefined ? [] : [["biasGradient", plan.write(db, bias)] as const]),
    );
  },
  matmul(node, plan) {
    const [a, b] = node.inputs;
    const [y] = valuesOf(node);
    const { transposeA, transposeB } = node.attributes;
    const seen = (value: Value, transposed: boolean): Placed => {
      const placed = plan.readPlain(value);
      const [rows = 0, columns = 0] = value.shape;
      return transposed ? { ...placed, layout: plan.adapter.strided([columns, rows], [1, columns]) } : placed;
    };
    const [left, right] = [seen(a, transposeA), seen(b, transposeB)];
    product(plan, left, right, plan.write(y, plan.plain(y.shape)));
  },
} satisfies Partial<Lowering<Plan>>;

/**
 * oneDNN 2.6.3 parts the gradient of a dense layer's input among threads along the units where there are few inputs and many units
 * (32 and less, by more than 1024), and then writes outside of its memory: measured with 2 threads, 1 is right. A matrix product
 * gives the same.
 */
function isProductSafer([units = 0, inputs = 0]: readonly number[]): boolean {
  return inputs < 48 && units > 1024;
}

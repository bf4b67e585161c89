// Binary cross-entropy.
import { valuesOf } from "../../../tensor/index.js";
import type { Lowering } from "../../engine.js";
import type { PostOp } from "../adapter.js";
import type { Plan } from "../plan.js";
import { pointwise } from "./chain.js";

export const crossEntropyRows = {
  binaryCrossEntropy(node, plan) {
    // −(t·log p + (1−t)·log(1−p)) = −(t·(log p − log(1−p)) + log(1−p)), logs held above −100.
    const [p, t] = node.inputs;
    const [y] = valuesOf(node);
    const prediction = plan.read(p);
    const { layout } = prediction;
    const target = plan.readAs(t, layout);
    const other = plan.scratch(layout);
    const log: PostOp = { kind: "eltwise", algorithm: "log", alpha: 0, beta: 0 };
    const clip: PostOp = { kind: "eltwise", algorithm: "clip", alpha: -100, beta: 0 };
    const plusOne: PostOp = { kind: "eltwise", algorithm: "linear", alpha: 1, beta: 1 };
    const negative: PostOp = { kind: "eltwise", algorithm: "linear", alpha: -1, beta: 0 };
    // Clipping turns NaN into its limit; nothing, made of the prediction, brings NaN and infinities back.
    const nothing = plan.scratch(layout);
    pointwise(plan, prediction, nothing, [{ postOp: { kind: "eltwise", algorithm: "linear", alpha: 0, beta: 0 } }]);
    pointwise(
      plan,
      prediction,
      other,
      [
        { postOp: plusOne },
        { postOp: log },
        { postOp: clip },
        { postOp: { kind: "binary", algorithm: "add", layout }, operand: nothing },
      ],
      -1,
    );
    pointwise(plan, prediction, plan.write(y, layout), [
      { postOp: log },
      { postOp: clip },
      { postOp: { kind: "binary", algorithm: "sub", layout }, operand: other },
      { postOp: { kind: "binary", algorithm: "mul", layout }, operand: target },
      { postOp: { kind: "binary", algorithm: "add", layout }, operand: other },
      { postOp: negative },
    ]);
  },
  binaryCrossEntropyGradient(node, plan) {
    const [p, t, dy] = node.inputs;
    const [dp] = valuesOf(node);
    const prediction = plan.read(p);
    const { layout } = prediction;
    const target = plan.readAs(t, layout);
    const gradient = plan.readAs(dy, layout);
    const variance = plan.scratch(layout);
    pointwise(
      plan,
      prediction,
      variance,
      [
        { postOp: { kind: "eltwise", algorithm: "linear", alpha: 1, beta: 1 } },
        { postOp: { kind: "binary", algorithm: "mul", layout }, operand: prediction },
        { postOp: { kind: "eltwise", algorithm: "clip", alpha: 1e-12, beta: 1 } },
      ],
      -1,
    );
    const difference = plan.primitive(
      { kind: "binary", algorithm: "sub", source: layout, source1: layout, destination: layout },
      {
        postOps: [
          { kind: "binary", algorithm: "mul", layout },
          { kind: "binary", algorithm: "div", layout },
        ],
      },
    );
    plan.emit(
      difference,
      ["source", prediction],
      ["source1", target],
      ["postOp0", gradient],
      ["postOp1", variance],
      ["destination", plan.write(dp, layout)],
    );
  },
} satisfies Partial<Lowering<Plan>>;

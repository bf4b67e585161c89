// Arithmetic and functions of single elements.
import { type Node, valuesOf } from "../../../tensor/index.js";
import type { Lowering } from "../../engine.js";
import type { Plan } from "../plan.js";
import {
  binary,
  combine,
  eltwise,
  eltwiseGradient,
  full,
  function_,
  nothing,
  number,
  operation,
  pointwise,
  readForChain,
} from "./chain.js";

export const arithmeticRows = {
  add: (node, plan) => binary("add", node, plan),
  sub: (node, plan) => binary("sub", node, plan),
  mul: (node, plan) => binary("mul", node, plan),
  div: (node, plan) => binary("div", node, plan),
  linear: (node, plan) => eltwise("linear", node, plan, node.attributes.scale, node.attributes.shift),
  scaledAdd: (node, plan) => binary("add", node, plan, [node.attributes.scaleA, node.attributes.scaleB]),
  maximum: (node, plan) => extreme("max", node, plan),
  minimum: (node, plan) => extreme("min", node, plan),
  maximumGradient(node, plan) {
    const [a, b, dy] = node.inputs;
    const [da, db] = valuesOf(node);
    const gradient = plan.readPlain(dy);
    const [left, right] = [full(plan, a, dy.shape), full(plan, b, dy.shape)];
    // (a ≥ b) + (a > b) is 2, 1 for a tie, or 0. Comparisons with whole tensors come first in their chains, since 3.2
    // cannot make code for them as links.
    const notBelow = plan.scratch(gradient.layout);
    combine(plan, "greaterEqual", left, right, notBelow);
    const toFirst = plan.write(da, gradient.layout);
    combine(plan, "greater", left, right, toFirst, [
      operation("add", notBelow),
      function_("linear", 0.5),
      operation("mul", gradient),
    ]);
    pointwise(plan, gradient, plan.write(db, gradient.layout), [operation("sub", toFirst)]);
  },
  exp: (node, plan) => numbersOnly(node, plan, function_("exp")),
  log(node, plan) {
    // The library's logarithm is right to 4e-6 only. One step of Newton's method on eʸ = x mends it: y + (x·e⁻ʸ − 1),
    // with e⁻ʸ held finite so that the logarithm of 0 stays −∞.
    const [x] = node.inputs;
    const data = readForChain(plan, x);
    const rough = plan.scratch(data.layout);
    pointwise(plan, data, rough, [function_("log")]);
    const destination = plan.write(valuesOf(node)[0], data.layout);
    const chain = [
      function_("clip", -87, 87),
      function_("exp"),
      operation("mul", data),
      function_("linear", 1, -1),
      operation("add", rough),
    ];
    pointwise(plan, rough, destination, chain, -1);
  },
  sqrt: (node, plan) => eltwise("sqrt", node, plan),
  power: (node, plan) => eltwise("pow", node, plan, 1, node.attributes.exponent),
  abs: (node, plan) => eltwise("abs", node, plan),
  absGradient: (node, plan) => eltwiseGradient("abs", node, plan, 0, "source"),
  clamp(node, plan) {
    const { minimum, maximum } = node.attributes;
    numbersOnly(node, plan, function_("clip", minimum, maximum));
  },
  clampGradient(node, plan) {
    // The library's own gradient takes in the upper limit.
    const { minimum, maximum } = node.attributes;
    const [x, dy] = node.inputs;
    const data = readForChain(plan, x);
    const gradient = plan.readAs(dy, data.layout);
    const chain = [operation("mul", gradient)];
    if (Number.isFinite(maximum)) {
      const below = plan.scratch(data.layout);
      pointwise(plan, data, below, [operation("greater", number(plan, data, -maximum))], -1);
      chain.push(operation("mul", below));
    }
    const limit = Number.isFinite(minimum) ? minimum : Number.NEGATIVE_INFINITY;
    const destination = plan.write(valuesOf(node)[0], data.layout);
    pointwise(plan, data, destination, [operation("greater", number(plan, data, limit)), ...chain]);
  },
} satisfies Partial<Lowering<Plan>>;

type Link = Parameters<typeof pointwise>[3][number];

/** A function for which the library gives a number where its input is NaN. */
function numbersOnly(node: Node, plan: Plan, link: Link): void {
  const [x] = node.inputs;
  const data = readForChain(plan, x);
  const missing = nothing(plan, data);
  pointwise(plan, data, plan.writeOver(valuesOf(node)[0], x, data), [link, operation("add", missing)]);
}

/** The larger or smaller of two. The library takes the second where the first is NaN. */
function extreme(algorithm: "max" | "min", node: Node, plan: Plan): void {
  const [a, b] = node.inputs;
  const [y] = valuesOf(node);
  const [left, right] = [full(plan, a, y.shape), full(plan, b, y.shape)];
  const missing = nothing(plan, left);
  combine(plan, algorithm, left, right, plan.write(y, left.layout), [operation("add", missing)]);
}

// Layer and group normalisation: rows that have statistics of their own.
import { type Node, sizeOf, type Value, valuesOf } from "../../../tensor/index.js";
import type { AttributesOf } from "../../../tensor/ops/index.js";
import type { Lowering } from "../../engine.js";
import type { Placed, Plan } from "../plan.js";
import { combine, seenAs } from "./chain.js";
import { sumAxes } from "./products.js";

/** How layer norm and group norm see their input: rows with statistics of their own, and where scale and shift go. */
interface NormRows {
  readonly rows: number;
  readonly length: number;
  readonly epsilon: number;
  /** Axes of the input among which one is that of scale and shift. */
  readonly dims: readonly number[];
  readonly parameterAxis: number;
}

function layerRows({ inputs: [x], attributes }: Node, normalizedRank: number): NormRows {
  const outer = x.shape.length - normalizedRank;
  const [rows, length] = [sizeOf(x.shape.slice(0, outer)), sizeOf(x.shape.slice(outer))];
  const { epsilon } = attributes as AttributesOf<"layerNorm">;
  return { rows, length, epsilon, dims: [rows, length], parameterAxis: 1 };
}

function groupRows({ inputs: [x], attributes }: Node, groups: number): NormRows {
  const [batch, channels, ...plane] = x.shape;
  const area = sizeOf(plane);
  const { epsilon } = attributes as AttributesOf<"groupNorm">;
  const length = (channels / groups) * area;
  return { rows: batch * groups, length, epsilon, dims: [batch, channels, area], parameterAxis: 1 };
}

/** Scale or shift with ones for the other axes. */
function parameterOf(plan: Plan, value: Value, { dims, parameterAxis }: NormRows): Placed {
  const seen = dims.map((size, axis) => (axis === parameterAxis ? size : 1));
  return seenAs(plan, plan.readPlain(value), seen);
}

/** Rows are what batch normalisation calls the channels of one image. */
const asChannels = (plan: Plan, placed: Placed, { rows, length }: NormRows): Placed =>
  seenAs(plan, placed, [1, rows, 1, length]);

function rowNorm(node: Node, plan: Plan, norm: NormRows): void {
  const [x, scale, shift] = node.inputs;
  const [y, mean, variance] = valuesOf(node);
  const { rows, dims, epsilon } = norm;
  const data = asChannels(plan, plan.readPlain(x), norm);
  const statistics = plan.plain([rows]);
  const primitive = plan.primitive({
    kind: "batchNormalization",
    pass: "forwardTraining",
    data: data.layout,
    epsilon,
  });
  const normalised = plan.scratch(data.layout);
  plan.emit(
    primitive,
    ["source", data],
    ["scale", plan.constant(statistics, 1)],
    ["shift", plan.constant(statistics, 0)],
    ["mean", seenAs(plan, plan.write(mean, plan.plain(mean.shape)), [rows])],
    ["variance", seenAs(plan, plan.write(variance, plan.plain(variance.shape)), [rows])],
    ["destination", normalised],
  );
  const destination = seenAs(plan, plan.write(y, plan.plain(y.shape)), dims);
  combine(plan, "mul", seenAs(plan, normalised, dims), parameterOf(plan, scale, norm), destination);
  combine(plan, "add", destination, parameterOf(plan, shift, norm), destination);
}

function rowNormGradient(node: Node, plan: Plan, norm: NormRows): void {
  const [x, scale, mean, variance, dy] = node.inputs;
  const [dx, dscale, dshift] = valuesOf(node);
  const { rows, dims, parameterAxis, epsilon } = norm;
  const data = asChannels(plan, plan.readPlain(x), norm);
  const gradient = seenAs(plan, plan.readPlain(dy), dims);
  const statistics = plan.plain([rows]);
  const [ones, zeros] = [plan.constant(statistics, 1), plan.constant(statistics, 0)];
  const means = seenAs(plan, plan.readPlain(mean), [rows]);
  const variances = seenAs(plan, plan.readPlain(variance), [rows]);
  const shared = { kind: "batchNormalization", data: data.layout, epsilon } as const;

  const scaled = plan.scratch(gradient.layout);
  combine(plan, "mul", gradient, parameterOf(plan, scale, norm), scaled);
  const hint = plan.primitive({ ...shared, pass: "forwardTraining" });
  const toInput = plan.primitive({ ...shared, pass: "backward", gradient: data.layout, hint });
  plan.emit(
    toInput,
    ["source", data],
    ["mean", means],
    ["variance", variances],
    ["scale", ones],
    ...(plan.adapter.batchNormalizationBackwardTakesShift ? [["shift", zeros] as const] : []),
    ["destinationGradient", asChannels(plan, scaled, norm)],
    ["sourceGradient", asChannels(plan, plan.write(dx, plan.plain(dx.shape)), norm)],
    ["scaleGradient", plan.scratch(statistics)],
    ["shiftGradient", plan.scratch(statistics)],
  );

  const again = plan.primitive({ ...shared, pass: "forwardInference" });
  const normalised = plan.scratch(data.layout);
  plan.emit(
    again,
    ["source", data],
    ["scale", ones],
    ["shift", zeros],
    ["mean", means],
    ["variance", variances],
    ["destination", normalised],
  );
  const products = plan.scratch(gradient.layout);
  combine(plan, "mul", seenAs(plan, normalised, dims), gradient, products);
  const others = dims.map((_, axis) => axis).filter((axis) => axis !== parameterAxis);
  sumAxes(plan, products, dims, others, 1, plan.write(dscale, plan.plain(dscale.shape)));
  sumAxes(plan, gradient, dims, others, 1, plan.write(dshift, plan.plain(dshift.shape)));
}

export const rowNormRows = {
  layerNorm: (node, plan) => rowNorm(node, plan, layerRows(node, node.attributes.normalizedRank)),
  layerNormGradient: (node, plan) => rowNormGradient(node, plan, layerRows(node, node.attributes.normalizedRank)),
  groupNorm: (node, plan) => rowNorm(node, plan, groupRows(node, node.attributes.groups)),
  groupNormGradient: (node, plan) => rowNormGradient(node, plan, groupRows(node, node.attributes.groups)),
} satisfies Partial<Lowering<Plan>>;

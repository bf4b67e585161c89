// The table of programs that every engine runs: each op's cases forward and, where it has a gradient, backward.
import { hashName, type RandomSequence, randomOrder, randomSequence } from "../../src/base/random.js";
import {
  type AnyOp,
  gradients,
  graphBuilder,
  opNamed,
  ops,
  type Program,
  program,
  type Shape,
  sizeOf,
  type Value,
} from "../../src/tensor/index.js";
import type { CaseFill, OpCase } from "../../src/tensor/ops/define.js";

export interface ContractCase {
  /** `conv2d 1 [2, 3, 5, 7] [4, 3, 3, 3] [4]` */
  readonly title: string;
  readonly op: string;
  /** Outputs `y0`, `y1` … */
  readonly forward: Program;
  /** Outputs `objective` and `d0`, `d1` …, the gradients of the inputs that have one; null where the op has no gradient. */
  readonly backward: Program | null;
  /** Values for both programs, `x0`, `x1` … and `weights`, exact in float32. */
  readonly inputs: Readonly<Record<string, Float64Array>>;
  /** No sum in the programs has more terms than this: the elements of the largest value in them. */
  readonly terms: number;
}

export function contractCases(): readonly ContractCase[] {
  return Object.keys(ops).flatMap((name) => {
    const op = opNamed(name);
    return op.cases.map((opCase, index) => contractCase(op, opCase, index));
  });
}

function contractCase(op: AnyOp, opCase: OpCase<unknown>, index: number): ContractCase {
  const graph = graphBuilder();
  const inputs: Record<string, Float64Array> = {};
  const given = (name: string, shape: Shape, fill: CaseFill): Value => {
    inputs[name] = caseValues(`${op.name} ${index} ${name}`, sizeOf(shape), fill);
    return graph.input(name, shape);
  };
  const arguments_ = opCase.inputs.map((shape, i): Value => {
    const fill = opCase.fill?.[i] ?? "normal";
    if (op.name !== "maxPool2dGradient" || i === 0) return given(`x${i}`, shape, fill);
    // Only an engine knows how it writes places, so they come from its own pooling.
    const { inputSize, ...pooling } = opCase.attributes as (typeof ops.maxPool2dGradient.cases)[number]["attributes"];
    const pooled = given("pooled", [...shape.slice(0, 2), ...inputSize], fill);
    return graph.addAll(ops.maxPool2d, [pooled], pooling)[1];
  });
  const outputs = graph.addAll(op, arguments_, opCase.attributes);
  const floats = outputs.filter(({ type }) => type === "float");
  const forward = program({
    name: `${op.name} ${index} forward`,
    outputs: Object.fromEntries(floats.map((value, i) => [`y${i}`, value])),
  });

  let backward: Program | null = null;
  if (op.gradient !== "none" && arguments_.length > 0) {
    // A sum with random weights sees every element of the output, each differently.
    const weights = given("weights", outputs[0].shape, "normal");
    const mean = graph.add(ops.mean, [graph.add(ops.mul, [outputs[0], weights], {})], {});
    const objective = graph.add(ops.linear, [mean], { scale: sizeOf(outputs[0].shape), shift: 0 });
    const found = gradients(objective, arguments_);
    const named = found.flatMap((gradient, i) => (gradient === null ? [] : [[`d${i}`, gradient] as const]));
    backward = program({ name: `${op.name} ${index} backward`, outputs: { objective, ...Object.fromEntries(named) } });
  }
  const sizes = [...forward.nodes, ...(backward?.nodes ?? [])].flatMap(({ shapes }) => shapes.map(sizeOf));
  return {
    title: `${op.name} ${index} ${opCase.inputs.map((shape) => `[${shape.join(", ")}]`).join(" ")}`,
    op: op.name,
    forward,
    backward,
    inputs,
    terms: Math.max(...sizes),
  };
}

/** Numbers for one input, keyed by its name, each exact in float32 so that every engine starts from the same. */
export function caseValues(key: string, count: number, fill: CaseFill): Float64Array {
  const random = randomSequence(hashName(key), "sample", 0, 0);
  const draw = drawOf(fill, random);
  if (draw !== null) return Float64Array.from({ length: count }, () => Math.fround(draw()));
  // Steps of 0.02, none nearer to 0 than 0.01, in a random order.
  const order = randomOrder(count, hashName(key), "sample", 1);
  return Float64Array.from(order, (place) => Math.fround((place - Math.floor(count / 2) + 0.5) * 0.02));
}

function drawOf(fill: CaseFill, random: RandomSequence): (() => number) | null {
  if (typeof fill === "object") {
    return "constant" in fill ? () => fill.constant : () => Math.floor(fill.below * random.uniform());
  }
  switch (fill) {
    case "normal":
      return () => random.normal();
    case "unit":
      return () => 0.05 + 0.9 * random.uniform();
    case "positive":
      return () => 0.2 + 1.8 * random.uniform();
    case "distinct":
      return null;
  }
}

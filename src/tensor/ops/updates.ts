// Optimizer updates: a parameter and its slots after a step, from the gradient and the step's numbers.
import { ShapeError } from "../../base/errors.js";
import { defineUpdate, type UpdateOperands, type UpdateResults } from "./defineUpdate.js";

export interface AdamAttributes {
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
}
export interface RmspropAttributes {
  /** Decay of the mean square. */
  readonly alpha: number;
  /** Added to the root of the mean square. */
  readonly epsilon: number;
  /** 0 for none; then there is no momentum buffer. */
  readonly momentum: number;
  /** Only the form that does not subtract the mean gradient. */
  readonly centered: false;
}
export interface SgdAttributes {
  /** 0 for none; then there is no momentum buffer. */
  readonly momentum: number;
  /** The gradient enters the momentum buffer times 1 − dampening. */
  readonly dampening: number;
  readonly nesterov: boolean;
  /** Added to the gradient times the parameter. */
  readonly weightDecay: number;
}

const adamSlots = ["firstMoment", "secondMoment"] as const;

/** Moves the moments and goes down their ratio. */
function adamStep(
  {
    parameter: w,
    gradient: g,
    slot,
    scalar,
  }: UpdateOperands<Float64Array, (typeof adamSlots)[number], "stepSize" | "epsilon">,
  { beta1, beta2 }: AdamAttributes,
  results: UpdateResults<Float64Array, (typeof adamSlots)[number]>,
): void {
  const [m, v] = [slot("firstMoment"), slot("secondMoment")];
  const [newW, newM, newV] = [results.parameter, results.slot("firstMoment"), results.slot("secondMoment")];
  const [[stepSize], [epsilon]] = [scalar("stepSize"), scalar("epsilon")];
  for (let i = 0; i < g.length; i++) {
    newM[i] = beta1 * m[i] + (1 - beta1) * g[i];
    newV[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    newW[i] = w[i] - (stepSize * newM[i]) / (Math.sqrt(newV[i]) + epsilon);
  }
}

/**
 * Adam (Kingma & Ba 2015). w, g, m, v of one shape and the scalars stepSize and epsilon to w′, m′, v′:
 * m′ = β₁m + (1 − β₁)g, v′ = β₂v + (1 − β₂)g², w′ = w − stepSize·m′ / (√v′ + epsilon).
 * With stepSize = learningRate·√(1 − β₂ᵗ) / (1 − β₁ᵗ) and epsilon = ε·√(1 − β₂ᵗ) it is PyTorch's Adam at step t.
 */
export const adam = defineUpdate({
  name: "adam",
  slots: (_: AdamAttributes) => adamSlots,
  scalars: () => ["stepSize", "epsilon"] as const,
  step: adamStep,
  cases: [
    {
      inputs: [[3, 2, 3, 3], [3, 2, 3, 3], [3, 2, 3, 3], [3, 2, 3, 3], [], []],
      attributes: { beta1: 0.9, beta2: 0.999 },
      fill: ["normal", "normal", "normal", "positive", { constant: 0.01 }, { constant: 1e-8 }],
    },
    {
      inputs: [[5], [5], [5], [5], [], []],
      attributes: { beta1: 0.5, beta2: 0.9 },
      fill: ["normal", "normal", { constant: 0 }, { constant: 0 }, { constant: 0.005 }, { constant: 1e-3 }],
    },
  ],
});

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019). As `adam`, with one scalar more, decay, of which
 * w′ = w·(1 − decay) − stepSize·m′ / (√v′ + epsilon). With decay = learningRate·weightDecay it is PyTorch's AdamW.
 */
export const adamw = defineUpdate({
  name: "adamw",
  slots: (_: AdamAttributes) => adamSlots,
  scalars: () => ["stepSize", "epsilon", "decay"] as const,
  step(operands, attributes, results) {
    adamStep(operands, attributes, results);
    const { parameter: w } = operands;
    const [decay] = operands.scalar("decay");
    for (let i = 0; i < w.length; i++) results.parameter[i] -= decay * w[i];
  },
  cases: [
    {
      inputs: [[3, 2, 3, 3], [3, 2, 3, 3], [3, 2, 3, 3], [3, 2, 3, 3], [], [], []],
      attributes: { beta1: 0.9, beta2: 0.999 },
      fill: ["normal", "normal", "normal", "positive", { constant: 0.01 }, { constant: 1e-8 }, { constant: 0.05 }],
    },
    {
      inputs: [[5], [5], [5], [5], [], [], []],
      attributes: { beta1: 0.5, beta2: 0.9 },
      fill: [
        "normal",
        "normal",
        { constant: 0 },
        { constant: 0 },
        { constant: 0.005 },
        { constant: 1e-3 },
        { constant: 0 },
      ],
    },
  ],
});

/**
 * PyTorch's torch.optim.RMSprop (Hinton's lecture 6e). w, g, meanSquare v, with momentum a buffer b, and the scalar
 * learningRate to w′, v′ and, with momentum, b′: v′ = αv + (1 − α)g², d = g / (√v′ + epsilon), b′ = momentum·b + d,
 * w′ = w − learningRate·b′, or learningRate·d without momentum.
 */
export const rmsprop = defineUpdate({
  name: "rmsprop",
  slots: ({ momentum }: RmspropAttributes) =>
    momentum === 0 ? (["meanSquare"] as const) : (["meanSquare", "momentumBuffer"] as const),
  scalars: () => ["learningRate"] as const,
  step({ parameter: w, gradient: g, slot, scalar }, { alpha, epsilon, momentum }, results) {
    const v = slot("meanSquare");
    const [newW, newV] = [results.parameter, results.slot("meanSquare")];
    const [learningRate] = scalar("learningRate");
    const buffer = momentum === 0 ? undefined : { old: slot("momentumBuffer"), new: results.slot("momentumBuffer") };
    for (let i = 0; i < w.length; i++) {
      newV[i] = alpha * v[i] + (1 - alpha) * g[i] * g[i];
      let direction = g[i] / (Math.sqrt(newV[i]) + epsilon);
      if (buffer !== undefined) {
        direction += momentum * buffer.old[i];
        buffer.new[i] = direction;
      }
      newW[i] = w[i] - learningRate * direction;
    }
  },
  cases: [
    {
      inputs: [[3, 5], [3, 5], [3, 5], []],
      attributes: { alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false },
      fill: ["normal", "normal", "positive", { constant: 0.01 }],
    },
    {
      inputs: [[7], [7], [7], [7], []],
      attributes: { alpha: 0.9, epsilon: 1e-3, momentum: 0.8, centered: false },
      fill: ["normal", "normal", "positive", "normal", { constant: 0.01 }],
    },
  ],
});

/**
 * PyTorch's torch.optim.SGD. With momentum: w, g, momentumBuffer and the scalars learningRate and first (1 on the first
 * step, when the buffer becomes the gradient undampened, else 0) to w′, buffer′. Without: w, g, learningRate to w′.
 */
export const sgd = defineUpdate({
  name: "sgd",
  slots: ({ momentum }: SgdAttributes) => (momentum === 0 ? ([] as const) : (["momentumBuffer"] as const)),
  scalars: ({ momentum }) => (momentum === 0 ? (["learningRate"] as const) : (["learningRate", "first"] as const)),
  check({ momentum, dampening, nesterov }) {
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new ShapeError("Nesterov's momentum needs a momentum above 0 and no dampening");
    }
  },
  step(operands, { momentum, dampening, nesterov, weightDecay }, results) {
    const { parameter: w, gradient: g } = operands;
    const newW = results.parameter;
    const [learningRate] = operands.scalar("learningRate");
    if (momentum === 0) {
      for (let i = 0; i < w.length; i++) newW[i] = w[i] - learningRate * (g[i] + weightDecay * w[i]);
      return;
    }
    const [buffer, newBuffer] = [operands.slot("momentumBuffer"), results.slot("momentumBuffer")];
    const isFirst = operands.scalar("first")[0] === 1;
    for (let i = 0; i < w.length; i++) {
      const gradient = g[i] + weightDecay * w[i];
      const velocity = isFirst ? gradient : momentum * buffer[i] + (1 - dampening) * gradient;
      newBuffer[i] = velocity;
      newW[i] = w[i] - learningRate * (nesterov ? gradient + momentum * velocity : velocity);
    }
  },
  cases: [
    {
      inputs: [[3, 5], [3, 5], []],
      attributes: { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0.01 },
      fill: ["normal", "normal", { constant: 0.1 }],
    },
    {
      inputs: [[3, 5], [3, 5], [3, 5], [], []],
      attributes: { momentum: 0.9, dampening: 0.1, nesterov: false, weightDecay: 0.01 },
      fill: ["normal", "normal", "normal", { constant: 0.1 }, { constant: 0 }],
    },
    {
      inputs: [[3, 5], [3, 5], [3, 5], [], []],
      attributes: { momentum: 0.9, dampening: 0.1, nesterov: false, weightDecay: 0 },
      fill: ["normal", "normal", { constant: 0 }, { constant: 0.1 }, { constant: 1 }],
    },
    {
      inputs: [[7], [7], [7], [], []],
      attributes: { momentum: 0.9, dampening: 0, nesterov: true, weightDecay: 0 },
      fill: ["normal", "normal", "normal", { constant: 0.1 }, { constant: 0 }],
    },
  ],
});

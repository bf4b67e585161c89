// Optimizer updates: a parameter and its slots after a step, from the gradient and the step's numbers.
import { ShapeError } from "../../base/errors.js";
import { expectShape } from "./checks.js";
import { defineOp, type Shape } from "./define.js";

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

function expectScalars(scalars: Readonly<Record<string, Shape>>): void {
  for (const [what, shape] of Object.entries(scalars)) expectShape(what, shape, []);
}

/**
 * Adam (Kingma & Ba 2015). w, g, m, v of one shape and the scalars stepSize and epsilon to w′, m′, v′:
 * m′ = β₁m + (1 − β₁)g, v′ = β₂v + (1 − β₂)g², w′ = w − stepSize·m′ / (√v′ + epsilon).
 * With stepSize = learningRate·√(1 − β₂ᵗ) / (1 − β₁ᵗ) and epsilon = ε·√(1 − β₂ᵗ) it is PyTorch's Adam at step t.
 */
export const adam = defineOp<"adam", AdamAttributes>({
  name: "adam",
  shapes([w, g, m, v, stepSize, epsilon]) {
    expectShape("gradient", g, w);
    expectShape("first moment", m, w);
    expectShape("second moment", v, w);
    expectScalars({ "step size": stepSize, epsilon });
    return [w, w, w];
  },
  gradient: "none",
  reference([w, g, m, v, stepSize, epsilon], { beta1, beta2 }, [newW, newM, newV]) {
    for (let i = 0; i < w.data.length; i++) {
      const gradient = g.data[i];
      newM.data[i] = beta1 * m.data[i] + (1 - beta1) * gradient;
      newV.data[i] = beta2 * v.data[i] + (1 - beta2) * gradient * gradient;
      newW.data[i] = w.data[i] - (stepSize.data[0] * newM.data[i]) / (Math.sqrt(newV.data[i]) + epsilon.data[0]);
    }
  },
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
export const adamw = defineOp<"adamw", AdamAttributes>({
  name: "adamw",
  shapes([w, g, m, v, stepSize, epsilon, decay], attributes) {
    expectScalars({ decay });
    return adam.shapes([w, g, m, v, stepSize, epsilon], attributes);
  },
  gradient: "none",
  reference(inputs, attributes, outputs) {
    adam.reference(inputs, attributes, outputs);
    const [w] = inputs;
    const [newW] = outputs;
    const decay = inputs[6].data[0];
    for (let i = 0; i < w.data.length; i++) newW.data[i] -= decay * w.data[i];
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
export const rmsprop = defineOp<"rmsprop", RmspropAttributes>({
  name: "rmsprop",
  shapes(inputs, { momentum }) {
    const [w, g, v] = inputs;
    expectShape("gradient", g, w);
    expectShape("mean square", v, w);
    if (momentum === 0) {
      expectScalars({ "learning rate": inputs[3] });
      return [w, w];
    }
    expectShape("momentum buffer", inputs[3], w);
    expectScalars({ "learning rate": inputs[4] });
    return [w, w, w];
  },
  gradient: "none",
  reference(inputs, { alpha, epsilon, momentum }, [newW, newV, newBuffer]) {
    const [w, g, v] = inputs;
    const buffer = momentum === 0 ? undefined : inputs[3];
    const learningRate = inputs[momentum === 0 ? 3 : 4].data[0];
    for (let i = 0; i < w.data.length; i++) {
      newV.data[i] = alpha * v.data[i] + (1 - alpha) * g.data[i] * g.data[i];
      let direction = g.data[i] / (Math.sqrt(newV.data[i]) + epsilon);
      if (buffer !== undefined) {
        direction += momentum * buffer.data[i];
        newBuffer.data[i] = direction;
      }
      newW.data[i] = w.data[i] - learningRate * direction;
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
export const sgd = defineOp<"sgd", SgdAttributes>({
  name: "sgd",
  shapes(inputs, { momentum, dampening, nesterov }) {
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new ShapeError("Nesterov's momentum needs a momentum above 0 and no dampening");
    }
    const [w, g] = inputs;
    expectShape("gradient", g, w);
    if (momentum === 0) {
      expectScalars({ "learning rate": inputs[2] });
      return [w];
    }
    const [, , buffer, learningRate, first] = inputs;
    expectShape("momentum buffer", buffer, w);
    expectScalars({ "learning rate": learningRate, first });
    return [w, w];
  },
  gradient: "none",
  reference(inputs, { momentum, dampening, nesterov, weightDecay }, [newW, newBuffer]) {
    const [w, g] = inputs;
    if (momentum === 0) {
      const learningRate = inputs[2].data[0];
      for (let i = 0; i < w.data.length; i++) {
        newW.data[i] = w.data[i] - learningRate * (g.data[i] + weightDecay * w.data[i]);
      }
      return;
    }
    const buffer = inputs[2].data;
    const learningRate = inputs[3].data[0];
    const isFirst = inputs[4].data[0] === 1;
    for (let i = 0; i < w.data.length; i++) {
      const gradient = g.data[i] + weightDecay * w.data[i];
      const velocity = isFirst ? gradient : momentum * buffer[i] + (1 - dampening) * gradient;
      newBuffer.data[i] = velocity;
      newW.data[i] = w.data[i] - learningRate * (nesterov ? gradient + momentum * velocity : velocity);
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

// Batch normalisation (Ioffe & Szegedy 2015), with statistics of the batch or with given ones, and the gradients.
// Images are normalised per channel over batch, height and width; vectors [batch, channel] over the batch.
import { ShapeError } from "../../base/errors.js";
import { expectShape, listText } from "./checks.js";
import { defineOp, type Shape, type Tensor } from "./define.js";

export interface BatchNormAttributes {
  /** Added to the variance before its root. */
  readonly epsilon: number;
}

/** The number of channels, or a ShapeError. */
function channelsOf(x: Shape): number {
  if (x.length !== 2 && x.length !== 4) {
    throw new ShapeError(`expects [batch, channel] or [batch, channel, height, width], got ${listText(x)}`);
  }
  return x[1];
}

function expectPerChannel(x: Shape, perChannel: Readonly<Record<string, Shape>>): void {
  const channels = channelsOf(x);
  for (const [what, shape] of Object.entries(perChannel)) expectShape(what, shape, [channels]);
}

/** How many values a channel has in a batch. */
function valuesPerChannel(x: Shape): number {
  const [batch, , height = 1, width = 1] = x;
  return batch * height * width;
}

/** Visits the index of every value of a channel. */
function forEachOfChannel(x: Shape, channel: number, visit: (index: number) => void): void {
  const [batch, channels, height = 1, width = 1] = x;
  const plane = height * width;
  for (let n = 0; n < batch; n++) {
    const start = (n * channels + channel) * plane;
    for (let i = 0; i < plane; i++) visit(start + i);
  }
}

function normalise(
  x: Tensor,
  perChannel: { readonly scale: Tensor; readonly shift: Tensor; readonly mean: Tensor; readonly variance: Tensor },
  epsilon: number,
  y: Tensor,
): void {
  const { scale, shift, mean, variance } = perChannel;
  for (let c = 0; c < x.shape[1]; c++) {
    const inverseDeviation = 1 / Math.sqrt(variance.data[c] + epsilon);
    forEachOfChannel(x.shape, c, (i) => {
      y.data[i] = (x.data[i] - mean.data[c]) * inverseDeviation * scale.data[c] + shift.data[c];
    });
  }
}

/**
 * x, scale [channel], shift [channel] to y, the batch's mean [channel] and its biased variance [channel]. The statistics
 * are for the running averages: no gradient flows through them as outputs.
 */
export const batchNormTraining = defineOp<"batchNormTraining", BatchNormAttributes>({
  name: "batchNormTraining",
  shapes([x, scale, shift]) {
    expectPerChannel(x, { scale, shift });
    if (valuesPerChannel(x) < 2) {
      throw new ShapeError(
        `batch norm in training needs more than one value per channel, got ${listText(x)}; use a larger batch`,
      );
    }
    return [x, [x[1]], [x[1]]];
  },
  gradient({ inputs: [x, scale], outputs: [, mean, variance] }, [dy], attributes, { addAll }) {
    if (dy === null) return [null, null, null];
    return addAll(batchNormGradient, [x, scale, mean, variance, dy], attributes);
  },
  reference([x, scale, shift], { epsilon }, [y, mean, variance]) {
    const count = valuesPerChannel(x.shape);
    for (let c = 0; c < x.shape[1]; c++) {
      let sum = 0;
      forEachOfChannel(x.shape, c, (i) => {
        sum += x.data[i];
      });
      mean.data[c] = sum / count;
      let squares = 0;
      forEachOfChannel(x.shape, c, (i) => {
        squares += (x.data[i] - mean.data[c]) ** 2;
      });
      variance.data[c] = squares / count;
    }
    normalise(x, { scale, shift, mean, variance }, epsilon, y);
  },
  cases: [
    { inputs: [[2, 3, 5, 7], [3], [3]], attributes: { epsilon: 1e-5 } },
    { inputs: [[1, 1, 3, 1], [1], [1]], attributes: { epsilon: 0.1 } },
    { inputs: [[5, 3], [3], [3]], attributes: { epsilon: 1e-5 } },
    { inputs: [[2, 16, 3, 3], [16], [16]], attributes: { epsilon: 1e-3 } },
  ],
});

/** x, scale, shift, mean, variance to y, with the statistics given (the running ones). */
export const batchNormInference = defineOp<"batchNormInference", BatchNormAttributes>({
  name: "batchNormInference",
  constantInputs: [3, 4],
  shapes([x, scale, shift, mean, variance]) {
    expectPerChannel(x, { scale, shift, mean, variance });
    return [x];
  },
  gradient({ inputs: [x, scale, , mean, variance] }, [dy], attributes, { addAll }) {
    if (dy === null) return [null, null, null, null, null];
    const [dx, dscale, dshift] = addAll(batchNormInferenceGradient, [x, scale, mean, variance, dy], attributes);
    return [dx, dscale, dshift, null, null];
  },
  reference([x, scale, shift, mean, variance], { epsilon }, [y]) {
    normalise(x, { scale, shift, mean, variance }, epsilon, y);
  },
  cases: [
    {
      inputs: [[2, 3, 5, 7], [3], [3], [3], [3]],
      attributes: { epsilon: 1e-5 },
      fill: ["normal", "normal", "normal", "normal", "positive"],
    },
    {
      inputs: [[1, 3], [3], [3], [3], [3]],
      attributes: { epsilon: 0.1 },
      fill: ["normal", "normal", "normal", "normal", "positive"],
    },
  ],
});

/** x, scale, mean, variance, dy to dx, dscale, dshift, where mean and variance are those of x. */
export const batchNormGradient = defineOp<"batchNormGradient", BatchNormAttributes>({
  name: "batchNormGradient",
  shapes: gradientShapes,
  gradient: "none",
  reference([x, scale, mean, variance, dy], { epsilon }, [dx, dscale, dshift]) {
    const count = valuesPerChannel(x.shape);
    for (let c = 0; c < x.shape[1]; c++) {
      const inverseDeviation = 1 / Math.sqrt(variance.data[c] + epsilon);
      forEachOfChannel(x.shape, c, (i) => {
        dscale.data[c] += dy.data[i] * (x.data[i] - mean.data[c]) * inverseDeviation;
        dshift.data[c] += dy.data[i];
      });
      // The batch's own mean and variance depend on x too: they take away what moves all of a channel alike.
      forEachOfChannel(x.shape, c, (i) => {
        const normalised = (x.data[i] - mean.data[c]) * inverseDeviation;
        const centred = dy.data[i] - dshift.data[c] / count - (normalised * dscale.data[c]) / count;
        dx.data[i] = scale.data[c] * inverseDeviation * centred;
      });
    }
  },
  cases: [
    {
      inputs: [[2, 3, 5, 7], [3], [3], [3], [2, 3, 5, 7]],
      attributes: { epsilon: 1e-5 },
      fill: ["normal", "normal", "normal", "positive", "normal"],
    },
    {
      inputs: [[5, 3], [3], [3], [3], [5, 3]],
      attributes: { epsilon: 1e-5 },
      fill: ["normal", "normal", "normal", "positive", "normal"],
    },
  ],
});

/** x, scale, mean, variance, dy to dx, dscale, dshift, where mean and variance are constants. */
export const batchNormInferenceGradient = defineOp<"batchNormInferenceGradient", BatchNormAttributes>({
  name: "batchNormInferenceGradient",
  shapes: gradientShapes,
  gradient: "none",
  reference([x, scale, mean, variance, dy], { epsilon }, [dx, dscale, dshift]) {
    for (let c = 0; c < x.shape[1]; c++) {
      const inverseDeviation = 1 / Math.sqrt(variance.data[c] + epsilon);
      forEachOfChannel(x.shape, c, (i) => {
        dx.data[i] = dy.data[i] * scale.data[c] * inverseDeviation;
        dscale.data[c] += dy.data[i] * (x.data[i] - mean.data[c]) * inverseDeviation;
        dshift.data[c] += dy.data[i];
      });
    }
  },
  cases: [
    {
      inputs: [[2, 3, 5, 7], [3], [3], [3], [2, 3, 5, 7]],
      attributes: { epsilon: 1e-5 },
      fill: ["normal", "normal", "normal", "positive", "normal"],
    },
    {
      inputs: [[1, 3], [3], [3], [3], [1, 3]],
      attributes: { epsilon: 0.1 },
      fill: ["normal", "normal", "normal", "positive", "normal"],
    },
  ],
});

function gradientShapes([x, scale, mean, variance, dy]: readonly Shape[]): readonly Shape[] {
  expectPerChannel(x, { scale, mean, variance });
  expectShape("output gradient", dy, x);
  return [x, [x[1]], [x[1]]];
}

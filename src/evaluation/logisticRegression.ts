// Multinomial logistic regression on codes: what a linear classifier finds in them.
import { isPauseDue, pause } from "../base/turns.js";
import { openProducts } from "../data/principalComponents/products.js";
import type { Engine } from "../engines/engine.js";
import type { LabelledCodes } from "./codes.js";

export interface LogisticRegression {
  /** [class, unit] */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /** @returns logits [code, class] */
  logits(codes: Float32Array): Promise<Float32Array>;
  readonly iterations: number;
  dispose(): void;
}

const memory = 10;

/**
 * Minimises mean cross-entropy + ½·penalty/n·|weights|² (biases go free): scikit-learn's `LogisticRegression` with
 * C = 1/penalty. By L-BFGS (Nocedal and Wright, "Numerical optimization", algorithm 7.5) with halved steps, products on the
 * engine, sums over codes in float32 where the engine has no more.
 * @param options.tolerance stops where the objective falls by less than this share of itself over five iterations. Default 1e-6
 * @throws AbortError
 */
export async function logisticRegression(
  engine: Engine,
  train: LabelledCodes,
  classes: number,
  options: {
    readonly penalty?: number;
    readonly iterations?: number;
    readonly tolerance?: number;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<LogisticRegression> {
  const { penalty = 1, iterations: most = 200, tolerance = 1e-6, signal } = options;
  const { codes, labels, count, width } = train;
  const products = await openProducts(engine);
  const shapeA = [count, width];
  const parameters = classes * (width + 1);

  const objective = async (at: Float64Array): Promise<{ value: number; gradient: Float64Array }> => {
    await pause(signal);
    const weights = Float32Array.from(at.subarray(0, classes * width));
    const scores = await products.multiply(codes, weights, { shapeA, shapeB: [classes, width], transposeB: true });
    const slopes = new Float32Array(scores.length);
    const gradient = new Float64Array(parameters);
    let value = 0;
    for (let i = 0; i < count; i++) {
      if (isPauseDue()) await pause(signal);
      let largest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classes; c++) {
        const score = (scores[i * classes + c] as number) + (at[classes * width + c] as number);
        scores[i * classes + c] = score;
        largest = Math.max(largest, score);
      }
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += Math.exp((scores[i * classes + c] as number) - largest);
      const label = labels[i] as number;
      value += (Math.log(sum) + largest - (scores[i * classes + label] as number)) / count;
      for (let c = 0; c < classes; c++) {
        const slope = (Math.exp((scores[i * classes + c] as number) - largest) / sum - (c === label ? 1 : 0)) / count;
        slopes[i * classes + c] = slope;
        gradient[classes * width + c] = (gradient[classes * width + c] as number) + slope;
      }
    }
    const shapeSlopes = [count, classes];
    const onWeights = await products.multiply(slopes, codes, { shapeA: shapeSlopes, shapeB: shapeA, transposeA: true });
    for (let i = 0; i < classes * width; i++) {
      const weight = at[i] as number;
      gradient[i] = (onWeights[i] as number) + (penalty / count) * weight;
      value += (0.5 * penalty * weight * weight) / count;
    }
    return { value, gradient };
  };

  const { at, iterations } = await minimise(objective, new Float64Array(parameters), most, tolerance).catch((error) => {
    products.dispose();
    throw error;
  });
  const weights = at.subarray(0, classes * width);
  const bias = at.subarray(classes * width);
  return {
    weights,
    bias,
    iterations,
    async logits(of) {
      const found = await products.multiply(of, Float32Array.from(weights), {
        shapeA: [of.length / width, width],
        shapeB: [classes, width],
        transposeB: true,
      });
      return found.map((score, i) => score + (bias[i % classes] as number));
    },
    dispose: () => products.dispose(),
  };
}

type Objective = (at: Float64Array) => Promise<{ value: number; gradient: Float64Array }>;

async function minimise(objective: Objective, start: Float64Array, most: number, tolerance: number) {
  let at = start;
  let { value, gradient } = await objective(at);
  const pairs: { readonly step: Float64Array; readonly change: Float64Array }[] = [];
  const values = [value];
  let iterations = 0;
  for (; iterations < most; iterations++) {
    const direction = towards(gradient, pairs);
    const slope = inner(direction, gradient);
    if (!(slope < 0)) break;
    let length = pairs.length === 0 ? 1 / Math.max(1, Math.sqrt(inner(gradient, gradient))) : 1;
    let next = at;
    let found = { value, gradient };
    let isLower = false;
    for (let attempt = 0; attempt < 20 && !isLower; attempt++, length /= 2) {
      next = at.map((parameter, i) => parameter + length * (direction[i] as number));
      found = await objective(next);
      // Armijo's rule: a small share of the decrease that the slope promises.
      isLower = found.value <= value + 1e-4 * length * slope;
    }
    if (!isLower) break;
    const step = next.map((parameter, i) => parameter - (at[i] as number));
    const change = found.gradient.map((entry, i) => entry - (gradient[i] as number));
    if (inner(step, change) > 0) pairs.push({ step, change });
    if (pairs.length > memory) pairs.shift();
    ({ value, gradient } = found);
    at = next;
    values.push(value);
    if ((values.at(-6) ?? Number.POSITIVE_INFINITY) - value < tolerance * value) break;
  }
  return { at, iterations };
}

/** −H·gradient, H the inverse curvature that the last steps tell of (the two-loop recursion). */
function towards(
  gradient: Float64Array,
  pairs: readonly { readonly step: Float64Array; readonly change: Float64Array }[],
): Float64Array {
  const direction = gradient.map((entry) => -entry);
  const shares = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change } = pairs[i] as (typeof pairs)[number];
    shares[i] = inner(step, direction) / inner(step, change);
    addTo(direction, change, -(shares[i] as number));
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = inner(last.step, last.change) / inner(last.change, last.change);
    for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] as number) * scale;
  }
  for (const [i, { step, change }] of pairs.entries()) {
    addTo(direction, step, (shares[i] as number) - inner(change, direction) / inner(step, change));
  }
  return direction;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addTo(a: Float64Array, b: Float64Array, scale: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + scale * (b[i] as number);
}

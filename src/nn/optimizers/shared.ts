// What every optimizer may do with gradients before its step and with weights after it: options, and their ops.
import { z } from "zod";
import { numberBetween, numberFromZero, positiveNumber, trueOrFalse } from "../../schema/options.js";
import { type Add, type AddAll, ops, type Value } from "../../tensor/index.js";
import type { Initialiser } from "../layers/define.js";

const excludable = ["bias", "norm"] as const;

/** Options that all optimizers have; none is on where it is not given. */
export const sharedOptions = {
  clipNorm: positiveNumber()
    .optional()
    .describe("largest norm of all gradients together; larger ones are shortened to it"),
  clipValue: positiveNumber()
    .optional()
    .describe("largest size of each number of a gradient; larger ones are cut to it"),
  exclude: z
    .array(z.enum(excludable, { error: "expected bias or norm" }), { error: "expected a list of bias and norm" })
    .optional()
    .describe(
      "parameters that weight decay leaves alone: biases, scales and shifts of normalisations; none by default",
    ),
  average: numberBetween(0, 1)
    .optional()
    .describe("how slowly a moving average of the weights forgets; evaluation uses it, training does not"),
};

/** What the shared options are once read. */
export interface SharedOptions {
  readonly clipNorm?: number | undefined;
  readonly clipValue?: number | undefined;
  readonly exclude?: readonly (typeof excludable)[number][] | undefined;
  readonly average?: number | undefined;
  readonly relative?: boolean | undefined;
}

/**
 * The option `relative` of optimizers whose step has the learning rate's size whatever the gradient's: Adam and its kin. A weight of
 * a wide layer is first drawn small, and a rate that suits a normalisation's scale changes all of it in a step; where no
 * normalisation follows, such weights grow until the activations behind them saturate. Counted in units of the spread at first, one
 * rate suits all (the idea of Adafactor's relative steps, Shazeer and Stern 2018, with the first spread instead of the present one).
 */
export const relative = trueOrFalse()
  .optional()
  .describe("count the learning rate in units of the spread that each parameter is first drawn with");

/** The option `weightDecay` of optimizers that decay. */
export const weightDecay = (byDefault: number) => numberFromZero().default(byDefault);

/**
 * Gradients after clipping. By value: each number is held in ±clipValue (PyTorch's `clip_grad_value_`). By norm: all are
 * multiplied with min(1, clipNorm / (norm + 1e-6)), norm² the sum of the squares of all numbers of all gradients (Pascanu et
 * al. 2013; PyTorch's `clip_grad_norm_`). Both: first by value.
 */
export function clipped(
  gradients: readonly Value[],
  { clipNorm, clipValue }: SharedOptions,
  add: Add,
): readonly Value[] {
  const held =
    clipValue === undefined
      ? gradients
      : gradients.map((gradient) => add(ops.clamp, [gradient], { minimum: -clipValue, maximum: clipValue }));
  if (clipNorm === undefined || held.length === 0) return held;
  const squares = held.map((gradient) => {
    const size = gradient.shape.reduce((product, length) => product * length, 1);
    return add(ops.linear, [add(ops.meanSquare, [gradient], {})], { scale: size, shift: 0 });
  });
  const norm = add(ops.sqrt, [squares.reduce((sum, square) => add(ops.add, [sum, square], {}))], {});
  const limit = add(ops.fill, [], { shape: [], value: clipNorm });
  const ratio = add(ops.div, [limit, add(ops.linear, [norm], { scale: 1, shift: 1e-6 })], {});
  const factor = add(ops.clamp, [ratio], { minimum: 0, maximum: 1 });
  return held.map((gradient) => add(ops.mul, [gradient, factor], {}));
}

/** The gradient plus weightDecay·parameter: weight decay as the slope of weightDecay·parameter²/2 in the objective. */
export function decayed(gradient: Value, parameter: Value, weightDecay: number, addAll: AddAll): Value {
  if (weightDecay === 0) return gradient;
  const [slope] = addAll(ops.scaledAdd, [gradient, parameter], { scaleA: 1, scaleB: weightDecay });
  return slope;
}

/** Options for one parameter: without weight decay where it is excluded. */
export function optionsFor<Options extends SharedOptions>(
  options: Options,
  parameter: { readonly name: string; readonly initialise: object },
): Options {
  const { exclude = [] } = options;
  const isBias = /(^|\.)bias$/.test(parameter.name);
  // Only normalisations start from a constant.
  const isNorm = "constant" in parameter.initialise;
  const isExcluded = (exclude.includes("bias") && isBias) || (exclude.includes("norm") && isNorm);
  return isExcluded ? { ...options, weightDecay: 0 } : options;
}

/** Scalars for one parameter: with `relative`, `stepSize` times the standard deviation of its first values. */
export function scalarsFor(
  scalars: Readonly<Record<string, Value>>,
  { relative = false }: SharedOptions,
  { initialise }: { readonly initialise: Initialiser },
  add: Add,
): Readonly<Record<string, Value>> {
  const { stepSize } = scalars;
  if (!relative || stepSize === undefined) return scalars;
  return { ...scalars, stepSize: add(ops.linear, [stepSize], { scale: firstSpread(initialise), shift: 0 }) };
}

/** Scales and shifts of normalisations begin without a spread, as 1 and 0: there it is 1. */
function firstSpread(initialise: Initialiser): number {
  if ("uniform" in initialise) return initialise.uniform / Math.sqrt(3);
  return "normal" in initialise ? initialise.normal : 1;
}

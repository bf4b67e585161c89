// A learning-rate range test: the learning rate rises from step to step, and the loss tells which rates are good. Trains a
// session of its own that nobody keeps; knows no files and no clock.
import { pause } from "../base/turns.js";
import type { OpenSource } from "../data/define.js";
import type { Engine } from "../engines/engine.js";
import type { ResolvedExperiment } from "../experiment/resolved.js";
import type { FileSystem } from "../runs/index.js";
import { firstWeights } from "./firstWeights.js";
import { planPhases } from "./plan.js";
import { batchesOfStep, openSteps } from "./steps.js";
import type { StepResult } from "./trainer.js";

export interface RangeTest {
  /** Learning rate of each step. */
  readonly rates: readonly number[];
  /** The objective of each step's images, before the step. */
  readonly losses: readonly number[];
  readonly smoothed: readonly number[];
  /** Where the smoothed loss falls by the largest part of itself over the logarithm of the rate; undefined if it never falls. */
  readonly steepest?: number;
  /** The rate with the lowest smoothed loss, by 10; undefined if it never falls. */
  readonly tenthOfLowest?: number;
}

/** From a rate at which nothing happens to one at which everything breaks. */
const lowestRate = 1e-7;
const highestRate = 10;
const most = 300;
/** Fewer would be more than a fifth of a decade apart. */
const fewest = 50;
/** Part of the smoothed loss that a step keeps; it looks back over about ten steps. */
const memory = 0.9;
const divergence = 4;
/** Steps to either side over which a slope is taken. */
const slopeReach = 5;

/**
 * Trains the first phase on rising learning rates: L. N. Smith, "Cyclical learning rates for training neural networks" (2017),
 * with rates that rise exponentially, over one epoch (at least 50 and at most 300 steps). Ends early where the smoothed
 * loss is more than four times its lowest, or not finite.
 * @throws UserError where the data does not fit the experiment, AbortError
 */
export async function rangeTest(options: {
  readonly resolved: ResolvedExperiment;
  readonly source: OpenSource;
  readonly engine: Engine;
  /** Where weights of another training are read, if the experiment begins with them. */
  readonly files: FileSystem;
  /** Heard before each step. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (done: number, of: number) => void;
}): Promise<RangeTest> {
  const { resolved, source, engine, files } = options;
  const [planned] = planPhases(resolved, source);
  if (planned === undefined) return analysed([], []);
  const { phase, images, steps: stepsPerEpoch } = planned;
  const steps = Math.max(fewest, Math.min(most, stepsPerEpoch));
  const rates: number[] = [];
  const losses: number[] = [];
  const smoother = smoothing();
  let lowest = Number.POSITIVE_INFINITY;
  const first = await firstWeights({ ...resolved, set: source.splits.train, engine, files });
  const from = first === undefined ? undefined : { model: first };
  const { ready, stream, close } = await openSteps(options, planned, from, { epoch: 1, stepInEpoch: 0, step: 0 });
  try {
    for (let step = 0; step < steps; step++) {
      await pause(options.signal);
      const rate = lowestRate * (highestRate / lowestRate) ** (step / (steps - 1));
      const { batches, isFinite: isWhole } = await ready.trainer.step(
        batchesOfStep(stream, ready, phase, images, step % stepsPerEpoch),
        {
          step: step + 1,
          learningRate: rate,
        },
      );
      const loss = meanObjective(batches);
      options.onStep(step + 1, steps);
      if (!isWhole || !Number.isFinite(loss)) break;
      rates.push(rate);
      losses.push(loss);
      const smoothed = smoother(loss);
      lowest = Math.min(lowest, smoothed);
      if (smoothed > divergence * lowest) break;
    }
  } finally {
    await close();
  }
  return analysed(rates, losses);
}

/** The objective of all images of a step. */
function meanObjective(batches: StepResult["batches"]): number {
  const images = batches.reduce((sum, { count }) => sum + count, 0);
  return batches.reduce((sum, { count, figures }) => sum + (figures.objective ?? Number.NaN) * (count / images), 0);
}

/** A moving average that forgets exponentially, without the pull of its beginning at 0 (as Adam's moments). */
function smoothing(): (value: number) => number {
  let sum = 0;
  let weight = 0;
  return (value) => {
    sum = memory * sum + (1 - memory) * value;
    weight = memory * weight + (1 - memory);
    return sum / weight;
  };
}

/** What the losses of rising rates say. */
export function analysed(rates: readonly number[], losses: readonly number[]): RangeTest {
  const smoothed = losses.map(smoothing());
  const lowest = smoothed.indexOf(Math.min(...smoothed));
  const logarithm = (step: number): number => Math.log(rates[step] ?? Number.NaN);
  let steepest: number | undefined;
  let slope = 0;
  // Up to the lowest loss: what falls later falls from a hill that the rate itself has made.
  for (let step = 0; step <= lowest; step++) {
    const from = Math.max(0, step - slopeReach);
    const to = Math.min(lowest, step + slopeReach);
    if (to === from) continue;
    const here = Math.log((smoothed[to] ?? 1) / (smoothed[from] ?? 1)) / (logarithm(to) - logarithm(from));
    if (!(here < slope)) continue;
    slope = here;
    steepest = rates[step];
  }
  const atLowest = rates[lowest];
  if (steepest === undefined || atLowest === undefined) return { rates, losses, smoothed };
  return { rates, losses, smoothed, steepest, tenthOfLowest: atLowest / 10 };
}

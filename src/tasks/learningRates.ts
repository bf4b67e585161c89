// The learning rate over a whole training as its schedules say it, for a curve finer than one point an epoch.
import type { ImageSet } from "../data/define.js";
import { imagesPerEpoch } from "../data/sampling.js";
import { type ReadExperiment, scheduleStep, stepsPerEpoch as stepsOf, writtenSteps } from "../experiment/index.js";
import { learningRateAt } from "../nn/index.js";

/** Points on the curve of one phase: enough for a smooth line on paper. */
const pointsPerPhase = 200;

/**
 * Learning rates by time in epochs, from 0. Undefined where a schedule waits for figures (reduce on plateau), for then
 * the rate is not known before they are.
 * @param train the training images: their number, and their labels where a phase balances them
 */
export function plannedLearningRates(
  { phases }: Pick<ReadExperiment, "phases">,
  train: Pick<ImageSet, "count" | "labels">,
): readonly (readonly [epoch: number, learningRate: number])[] | undefined {
  const curve: (readonly [number, number])[] = [];
  let epochsBefore = 0;
  for (const { phase, schedule, optimizer } of phases) {
    if (schedule.schedule.watch !== undefined) return undefined;
    const stepsPerEpoch = stepsOf(phase, imagesPerEpoch(train, phase.sample));
    const steps = phase.epochs * stepsPerEpoch;
    const written = writtenSteps(phase, stepsPerEpoch);
    const points = Math.min(pointsPerPhase, steps - 1);
    for (let point = 0; point <= points; point++) {
      const step = points === 0 ? 0 : Math.round((point * (steps - 1)) / points);
      const moment = { step: scheduleStep(step, { steps, written }), steps: written, stepsPerEpoch };
      const rate = learningRateAt(schedule, moment, optimizer.options.learningRate);
      // A step's rate holds until the step is done; its point stands at its middle.
      curve.push([epochsBefore + (step + 0.5) / stepsPerEpoch, rate]);
    }
    epochsBefore += phase.epochs;
  }
  return curve;
}

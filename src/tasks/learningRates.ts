// The learning rate over a whole training as its schedules say it, for a curve finer than one point an epoch.
import { type Experiment, runnablePhases } from "../experiment/index.js";
import { learningRateAt, readOptimizer, readSchedule } from "../nn/index.js";

/** Points on the curve of one phase: enough for a smooth line on paper. */
const pointsPerPhase = 200;

/**
 * Learning rates by time in epochs, from 0. Undefined where a schedule waits for figures (reduce on plateau), for then
 * the rate is not known before they are.
 * @param trainImages images of one epoch
 */
export function plannedLearningRates(
  experiment: Experiment,
  trainImages: number,
): readonly (readonly [epoch: number, learningRate: number])[] | undefined {
  const curve: (readonly [number, number])[] = [];
  let epochsBefore = 0;
  for (const { index, phase } of runnablePhases(experiment)) {
    const schedule = readSchedule(phase.schedule, `phases[${index}].schedule`);
    if (schedule.schedule.watch !== undefined) return undefined;
    const { options } = readOptimizer(phase.optimizer, `phases[${index}].optimizer`);
    const stepsPerEpoch = Math.ceil(trainImages / phase.batchSize);
    const steps = phase.epochs * stepsPerEpoch;
    const points = Math.min(pointsPerPhase, steps - 1);
    for (let point = 0; point <= points; point++) {
      const step = points === 0 ? 0 : Math.round((point * (steps - 1)) / points);
      const rate = learningRateAt(schedule, { step, steps, stepsPerEpoch }, options.learningRate);
      // A step's rate holds until the step is done; its point stands at its middle.
      curve.push([epochsBefore + (step + 0.5) / stepsPerEpoch, rate]);
    }
    epochsBefore += phase.epochs;
  }
  return curve;
}

// Another length of training for an experiment that says one: `--epochs N`.
import { UserError } from "../base/errors.js";
import { shown } from "../schema/read.js";
import type { Experiment, Phase } from "./schema.js";

/** Batches in an epoch of so many images; the last one may be smaller. */
export function batchesPerEpoch({ batchSize }: Pick<Phase, "batchSize">, images: number): number {
  return Math.ceil(images / batchSize);
}

/** Optimizer steps in an epoch of so many images; the last one may have fewer batches. */
export function stepsPerEpoch(phase: Pick<Phase, "batchSize" | "accumulate">, images: number): number {
  return Math.ceil(batchesPerEpoch(phase, images) / phase.accumulate);
}

/**
 * The step of a schedule that a step of its phase is at: the same one, unless the phase is longer or shorter than what the schedule
 * is written for. Then the schedule is walked through faster or slower from where that was set, and its last step is the phase's.
 * @param step of the phase, from 0
 * @returns parts of one allowed
 */
export function scheduleStep(
  step: number,
  {
    steps,
    written,
    from = { step: 0, at: 0 },
  }: {
    /** Of the phase. */
    readonly steps: number;
    /** That the schedule is written for. */
    readonly written: number;
    /** The last step whose place is settled, with its place. */
    readonly from?: { readonly step: number; readonly at: number } | undefined;
  },
): number {
  if (steps === written && from.step === from.at) return step;
  const left = steps - 1 - from.step;
  return left <= 0 ? written - 1 : from.at + ((step - from.step) * (written - 1 - from.at)) / left;
}

/** Steps that a phase's schedule is written for. @param stepsPerEpoch see `stepsPerEpoch` */
export function writtenSteps(
  { epochs, scheduleEpochs = epochs }: Pick<Phase, "epochs" | "scheduleEpochs">,
  stepsPerEpoch: number,
): number {
  return scheduleEpochs * stepsPerEpoch;
}

/**
 * The experiment with `epochs` epochs in all: the phases one after the other, as long as they are written, until the epochs are
 * used up; phases that none is left for are not trained, and the last one gets what lies beyond. Schedules follow by
 * themselves: they are functions of the phase's length.
 * @returns the experiment, and a sentence that says what was chosen where it was not plain
 * @throws UserError at `flag` for a number below 1
 */
export function fitEpochs(
  experiment: Experiment,
  epochs: number,
  flag = "--epochs",
): { readonly experiment: Experiment; readonly chosen?: string } {
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new UserError(`expected a whole number of at least 1, got ${shown(epochs)}`, { at: flag });
  }
  const phases: Phase[] = [];
  let left = epochs;
  for (const [index, phase] of experiment.phases.entries()) {
    const isLast = index === experiment.phases.length - 1;
    const share = isLast ? left : Math.min(left, phase.epochs);
    if (share > 0) phases.push({ ...phase, epochs: share });
    left -= share;
  }
  const fitted = { ...experiment, phases };
  if (experiment.phases.length < 2) return { experiment: fitted };
  const parts = phases.map((phase) => `${phase.name} ${phase.epochs}`).join(", ");
  const leftOut = experiment.phases.slice(phases.length).map(({ name }) => name);
  const rest = leftOut.length === 0 ? "" : `; not trained: ${leftOut.join(", ")}`;
  return { experiment: fitted, chosen: `${epochs} ${epochs === 1 ? "epoch" : "epochs"} in all: ${parts}${rest}` };
}

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

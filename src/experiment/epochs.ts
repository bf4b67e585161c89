// Another length of training for an experiment that says one: `--epochs N`.
import { UserError } from "../base/errors.js";
import { shown } from "../nn/spec.js";
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
 * The experiment with `epochs` epochs in all. With one phase, this phase gets them; with several, each
 * gets its share in proportion to what it says, at least 1 (largest remainders get what rounding leaves).
 * Schedules follow by themselves: they are functions of the phase's length.
 * @returns the experiment, and a sentence that says what was chosen where it was not plain
 * @throws UserError at `flag` for a number below 1 or below the number of phases
 */
export function fitEpochs(
  experiment: Experiment,
  epochs: number,
  flag = "--epochs",
): { readonly experiment: Experiment; readonly chosen?: string } {
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new UserError(`expected a whole number of at least 1, got ${shown(epochs)}`, { at: flag });
  }
  const { phases: written } = experiment;
  if (epochs < written.length) {
    throw new UserError(`expected at least ${written.length}, one for each phase, got ${epochs}`, { at: flag });
  }
  const shares = shareOut(
    epochs,
    written.map((phase) => phase.epochs),
  );
  const phases = written.map((phase, i) => ({ ...phase, epochs: shares[i] ?? phase.epochs }));
  const fitted = { ...experiment, phases };
  if (phases.length < 2) return { experiment: fitted };
  const parts = phases.map((phase) => `${phase.name} ${phase.epochs}`).join(", ");
  return { experiment: fitted, chosen: `${epochs} epochs in all: ${parts}` };
}

/** Whole shares of `total`, at least 1 each, as near to the weights' proportion as whole numbers are. */
function shareOut(total: number, weights: readonly number[]): readonly number[] {
  const spare = total - weights.length;
  const sum = weights.reduce((a, b) => a + b, 0);
  // What each is due beyond its first epoch; nobody is due less than nothing.
  const due = weights.map((weight) => Math.max(0, (total * weight) / sum - 1));
  const dueSum = due.reduce((a, b) => a + b, 0);
  const exact = due.map((part) => (dueSum === 0 ? 0 : (spare * part) / dueSum));
  const shares = exact.map((part) => 1 + Math.floor(part));
  const byRemainder = exact
    .map((part, index) => ({ index, remainder: part - Math.floor(part) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  let left = total - shares.reduce((a, b) => a + b, 0);
  for (const { index } of byRemainder) {
    if (left === 0) break;
    shares[index] = (shares[index] ?? 0) + 1;
    left -= 1;
  }
  return shares;
}

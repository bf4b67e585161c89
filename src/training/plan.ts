// What a training will do, checked against its data before anything is begun.
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import { checkBatches } from "../data/batches.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { batchesPerEpoch, stepsPerEpoch } from "../experiment/epochs.js";
import type { ResolvedExperiment, ResolvedPhase } from "../experiment/resolved.js";
import type { Phase } from "../experiment/schema.js";
import type { Model } from "../nn/models/define.js";

/** Steps after which pictures are shown, before the first epoch is done. */
export const stepsToFirstLook = 200;

export interface PlannedPhase {
  /** Among all phases of the experiment. */
  readonly index: number;
  readonly phase: Phase;
  readonly resolved: ResolvedPhase;
  /** Of an epoch. */
  readonly images: number;
  /** Of an epoch. */
  readonly batches: number;
  /** Of an epoch. */
  readonly steps: number;
}

/**
 * The phases of a training with the length of their epochs.
 * @throws UserError where the data has too few images for a batch, no labels for a model that learns classes or for balancing, or
 *   pictures that a transform refuses
 */
export function planPhases(
  { model, phases }: Pick<ResolvedExperiment, "model" | "phases">,
  { splits }: Pick<OpenSource, "splits">,
): readonly PlannedPhase[] {
  if (model.classes !== undefined) {
    for (const [name, set] of Object.entries(splits))
      if (set !== undefined) checkLabels(set, name, model, model.classes);
  }
  return phases.map((resolved, index) => {
    const { phase } = resolved;
    const images = checkBatches({ set: splits.train, sample: phase.sample, ...phase }, `phases[${index}]`);
    const [batches, steps] = [batchesPerEpoch(phase, images), stepsPerEpoch(phase, images)];
    return { index, phase, resolved, images, batches, steps };
  });
}

/** Steps of a phase. @param epochs parts of one allowed; default what its experiment says */
export function phaseSteps(
  { phase, steps }: Pick<PlannedPhase, "steps"> & { readonly phase: Pick<Phase, "epochs"> },
  epochs = phase.epochs,
): number {
  return Math.max(1, Math.round(epochs * steps));
}

/** Batches of the first steps of a phase. */
export function batchesUntil(
  { phase, steps, batches }: Pick<PlannedPhase, "steps" | "batches"> & { readonly phase: Pick<Phase, "accumulate"> },
  step: number,
): number {
  return Math.floor(step / steps) * batches + Math.min(batches, (step % steps) * phase.accumulate);
}

/**
 * How many images the first steps of a training take; a step is its share of its epoch.
 * @param epochs of each phase, where they are not what the experiment says
 */
export function imagesUntil(
  plan: readonly (Pick<PlannedPhase, "images" | "steps"> & { readonly phase: Pick<Phase, "epochs"> })[],
  step: number,
  epochs: readonly number[] = [],
): number {
  let left = step;
  return plan.reduce((sum, planned, index) => {
    const { images, steps } = planned;
    const here = Math.min(left, phaseSteps(planned, epochs[index]));
    left -= here;
    return sum + (here / steps) * images;
  }, 0);
}

function checkLabels({ labels, count }: ImageSet, split: string, model: Model, classes: number): void {
  if (labels === undefined) {
    throw new UserError(`the data has no labels for a model of kind ${model.spec.kind} to learn`, {
      at: "data",
      hint: "Take data with classes, such as mnist or a folder with a folder for each class.",
    });
  }
  let largest = 0;
  for (let i = 0; i < count; i++) largest = Math.max(largest, labels[i] as number);
  if (largest < classes) return;
  const found = withThousands(largest + 1);
  if (model.compares === "pictures") {
    throw new UserError(`the model counts ${withThousands(classes)} classes, but the ${split} images have ${found}`, {
      at: "model.classes",
      hint: `Write classes: ${largest + 1}.`,
    });
  }
  throw new UserError(
    `the encoder ends in ${withThousands(classes)} numbers, but the ${split} images have ${found} classes`,
    { at: "model.encoder", hint: `End it with { dense: ${largest + 1} }.` },
  );
}

// What can be known of a training's batches before it begins, so that a mistake makes no run folder.
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { OpenSource } from "../data/define.js";
import type { ResolvedExperiment } from "../experiment/resolved.js";
import { trainingProgram } from "../nn/programs.js";
import { planPhases } from "./plan.js";

/**
 * @throws UserError as `planPhases`, at `phases[i].batchSize` for batches larger than the data, and where a layer refuses a batch of a single
 *   image, as batch norm does, with a batch size that leaves none
 */
export function checkBatches(experiment: ResolvedExperiment, source: Pick<OpenSource, "splits">): void {
  const { model, loss } = experiment;
  for (const { index, phase, resolved, images } of planPhases(experiment, source)) {
    const { batchSize } = phase;
    const at = `phases[${index}].batchSize`;
    if (batchSize > 1 && images % batchSize !== 1) continue;
    try {
      trainingProgram({ model, loss, metrics: [], optimizer: resolved.optimizer, batchSize: 1 });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const better = sizeWithoutSingles(batchSize, images);
      const single =
        batchSize === 1
          ? "every batch has a single image"
          : `the last batch of an epoch has a single image, for ${withThousands(images)} training images make batches of ${withThousands(batchSize)} and 1 is left`;
      throw new UserError(`${single}: ${error.at === undefined ? "" : `${error.at}: `}${error.message}`, {
        at,
        hint:
          better === undefined
            ? "Take more images."
            : `Try --set phases.${index}.batchSize=${better}, which leaves no batch of one.`,
        cause: error,
      });
    }
  }
}

/** The nearest batch size that leaves no batch of one, the smaller of two that are as near. */
function sizeWithoutSingles(batchSize: number, images: number): number | undefined {
  const fits = (size: number): boolean => size >= 2 && size <= images && images % size !== 1;
  for (let distance = 1; distance <= images; distance++) {
    if (fits(batchSize - distance)) return batchSize - distance;
    if (fits(batchSize + distance)) return batchSize + distance;
  }
  return undefined;
}

// First weights that are not drawn: principal components of the data in the dense layers next to the pictures, or the weights
// of another training. Which weights are drawn is the model's business.
import type { ImageSet } from "../data/define.js";
import type { Engine } from "../engines/engine.js";
import type { Experiment } from "../experiment/schema.js";
import type { Model } from "../nn/models/define.js";
import type { Tensors } from "../runs/checkpoint.js";
import type { FileSystem } from "../runs/index.js";
import { principalWeights } from "./principalWeights.js";
import { readWrittenWeights } from "./writtenWeights.js";

/**
 * A model's whole first state where the experiment does not draw it: `principalComponents`, or `weights` of another training.
 * @returns undefined where the experiment draws its weights
 * @throws UserError where the model, the data or the file does not suit
 */
export async function firstWeights(options: {
  readonly experiment: Experiment;
  readonly model: Model;
  readonly set: ImageSet;
  readonly engine: Engine;
  readonly files: FileSystem;
  /** Called now and then while components are computed. */
  readonly progress?: (what: string) => void;
}): Promise<Tensors | undefined> {
  const { initialise } = options.experiment;
  if (initialise === "random") return undefined;
  if ("weights" in initialise) {
    return readWrittenWeights(options.model, initialise.weights, options.files).tensors;
  }
  return await principalWeights({ ...options, passes: initialise.principalComponents.passes });
}

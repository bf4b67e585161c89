// A trained model opened from its run folder, through whatever file system the folder was opened with.
import { UserError } from "../base/errors.js";
import type { Engine } from "../engines/engine.js";
import { type Experiment, type ResolvedExperiment, readExperiment, resolve } from "../experiment/index.js";
import { type Checkpoint, readCheckpoint } from "../runs/checkpoint.js";
import { type RunFolder, readEnvironment, readExperimentText } from "../runs/runFolder.js";
import { readPreprocessing } from "../training/metadata.js";
import { type EngineModel, openModel } from "./engineModel.js";
import { pictureModel, trainedState } from "./pictureModel.js";

/** Which weights of a run: the last, those of the best epoch, or those of a step. */
export type CheckpointChoice = "last" | "best" | number;

/** A run's model: its decoder gives pixels, also where the loss is one of logits; averaged where the training kept an average. */
export interface RunModel extends EngineModel {
  readonly run: RunFolder;
  readonly experiment: Experiment;
  /** The weights' checkpoint: its step and its metadata. */
  readonly checkpoint: Pick<Checkpoint, "state" | "metadata">;
}

/**
 * Opens a run folder's model in inference mode.
 * @param options.engine given the name of the engine that trained the run, what is to compute
 * @param options.checkpoint default: the last
 * @throws UserError where the run has no such checkpoint, or a file is damaged; and as `engine` does
 */
export async function openTrainedRun(
  run: RunFolder,
  options: {
    readonly engine: (trainedBy: string) => Engine | Promise<Engine>;
    readonly checkpoint?: CheckpointChoice | undefined;
    /** The run's experiment, where it has been read already. */
    readonly resolved?: ResolvedExperiment | undefined;
  },
): Promise<RunModel> {
  const { experiment, model: trainedModel } =
    options.resolved ?? resolve(readExperiment(readExperimentText(run), `${run.path}/experiment.yaml`));
  const { state: trained, metadata, model: tensors } = chosenCheckpoint(run, options.checkpoint ?? "last");
  const model = pictureModel(trainedModel, experiment.loss);
  const state = trainedState(model, tensors, `${run.path}/checkpoints/${trained.step}/model.safetensors`);
  const engine = await options.engine(readEnvironment(run).engine.name);
  return {
    ...(await openModel({ engine, model, state, preprocessing: readPreprocessing(metadata) })),
    ...{ run, experiment, checkpoint: { state: trained, metadata } },
  };
}

function chosenCheckpoint(run: RunFolder, which: CheckpointChoice): Checkpoint {
  const checkpoint = readCheckpoint(run, which);
  if (checkpoint !== undefined) return checkpoint;
  if (which === "best" && readCheckpoint(run, "last") !== undefined) {
    throw new UserError("has no best checkpoint yet", { at: run.path, hint: "Take the last one: --checkpoint last." });
  }
  throw new UserError("has no checkpoint yet", {
    at: run.path,
    hint: `Wait until it has saved, or, where nothing trains it: isthmus train ${run.path} --resume`,
  });
}

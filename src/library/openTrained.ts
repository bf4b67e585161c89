// A trained model in the thread that computes: opened from a run folder (on a disk or in memory) or from two ONNX files, and
// what can be asked of it. The one file that knows how the rest of the house opens models.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { readError } from "../data/decode.js";
import { engineNames, openEngine } from "../engines/index.js";
import { collectFigures } from "../evaluation/figures.js";
import { openOnnxCoder } from "../exchange/coder.js";
import { pictureModel, trainedState } from "../exchange/pictureModel.js";
import { type Experiment, experimentModel } from "../experiment/index.js";
import { codePath, fitGaussian, gaussianCodes, standardNormalCodes } from "../latent/index.js";
import { unitFromPixels } from "../pixels/index.js";
import {
  diskFileSystem,
  type FileSystem,
  openRun,
  type RunFolder,
  readCheckpoint,
  readEnvironment,
  readExperimentText,
  readLog,
} from "../runs/index.js";
import { parseUsing } from "../tasks/experiment.js";
import { exportModel } from "../tasks/export.js";
import { openInference, type RunModel } from "../tasks/runModel.js";
import { sizeOf } from "../tensor/index.js";
import type { Calls, ComputeOptions, Opened } from "./protocol.js";

type Answers = {
  readonly [Name in keyof Calls]: (...values: Parameters<Calls[Name]>) => Promise<ReturnType<Calls[Name]>>;
};

export interface OpenModel {
  readonly opened: Opened;
  readonly answers: Answers;
  dispose(): void;
}

/**
 * The model of a run, in inference mode, with its moving average of the weights where it kept one.
 * @param options.experiment where it is known already
 * @throws UserError where there is no such run or checkpoint, or a file is damaged
 */
export async function openTrainedRun(
  files: FileSystem,
  path: string,
  options: {
    readonly checkpoint: "last" | "best" | number;
    readonly compute: ComputeOptions;
    readonly experiment?: Experiment;
    readonly reason?: "done" | "stopped";
  },
): Promise<OpenModel> {
  const run = openRun(files, path);
  const file = join(path, "experiment.yaml");
  const experiment = options.experiment ?? parseUsing(readExperimentText(run), file, [], false);
  const checkpoint = readCheckpoint(run, options.checkpoint);
  if (checkpoint === undefined) {
    throw new UserError(`has no ${options.checkpoint === "best" ? "best checkpoint" : "checkpoint"} yet`, {
      at: path,
      hint: "Train it first.",
    });
  }
  const model = pictureModel(experimentModel(experiment), experiment.loss);
  const state = trainedState(model, checkpoint.model, path);
  const engine = await openRunEngine(run, options.compute);
  const inference = await openInference(engine, model, state);
  const { state: trained, metadata } = checkpoint;
  const runModel: RunModel = {
    run,
    experiment,
    model,
    checkpoint: { state: trained, metadata },
    state,
    engine,
    ...inference,
  };
  return {
    opened: {
      inputShape: model.inputShape,
      codeShape: model.codeShape,
      experiment,
      run: path,
      step: trained.step,
      records: readLog(run, "metrics.jsonl"),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    },
    answers: {
      ...codeAnswers(runModel, model.inputShape, model.codeShape),
      save: async (folder) => copyRun(run, folder),
      exportOnnx: async (folder) =>
        (await exportModel(runModel, { format: "onnx", out: folder, context: { report: () => {} } })).files,
    },
    dispose: inference.dispose,
  };
}

/** Two ONNX files as a model. @throws UserError where they are none, or do not fit each other */
export async function openTrainedOnnx(
  paths: { readonly encoder: string; readonly decoder: string },
  options: { readonly threads?: number; readonly range?: readonly [number, number] },
): Promise<OpenModel> {
  const read = async (path: string) => ({
    path,
    bytes: await readFile(path).catch((cause) => Promise.reject(readError(cause, path))),
  });
  const [encoder, decoder] = [await read(paths.encoder), await read(paths.decoder)];
  const coder = await openOnnxCoder({ encoder, decoder }, options);
  const { inputShape, codeShape, encode, decode } = coder;
  const reconstruct = async (images: Float32Array) => await decode(await encode(images));
  const refuse = (what: string) => () =>
    Promise.reject(new UserError(`two ONNX files have no run to ${what}`, { at: paths.encoder }));
  return {
    opened: { inputShape, codeShape, records: [] },
    answers: {
      ...codeAnswers({ encode, decode, reconstruct }, inputShape, codeShape),
      save: refuse("save"),
      exportOnnx: refuse("export"),
    },
    dispose: coder.dispose,
  };
}

function codeAnswers(
  { encode, decode, reconstruct }: Pick<RunModel, "encode" | "decode" | "reconstruct">,
  inputShape: readonly number[],
  codeShape: readonly number[],
): Omit<Answers, "save" | "exportOnnx"> {
  const codeSize = sizeOf(codeShape);
  return {
    encode: async (images) => await encode(unitValues(images)),
    decode,
    reconstruct: async (images) => await reconstruct(unitValues(images)),
    async score(images) {
      const inputs = unitValues(images);
      const figures = collectFigures(inputs.length / sizeOf(inputShape), inputShape);
      figures.add(0, await reconstruct(inputs), inputs);
      return Float32Array.from(figures.finish().mse);
    },
    path: async (codes, { steps = 12, path = "straight" }) => codePath(codes, codeSize, steps, path),
    draw: async (codes, { count = 64, seed = 0 }) =>
      codes === undefined
        ? standardNormalCodes(count, codeSize, seed)
        : gaussianCodes(fitGaussian(codes, codeSize), count, seed),
  };
}

function unitValues(images: Float32Array | Uint8Array): Float32Array {
  return images instanceof Float32Array ? images : unitFromPixels(images);
}

/** The engine asked for, else the one that trained the run where it opens, else the fastest that does. */
async function openRunEngine(run: RunFolder, { engine, threads }: ComputeOptions) {
  const how = threads === undefined ? {} : { threads };
  if (engine !== undefined) return await openEngine(engine, how);
  const trainedBy = engineNames.find((name) => name === readEnvironment(run).engine.name) ?? "auto";
  return await openEngine(trainedBy, how).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return openEngine("auto", how);
  });
}

/** All files of a run, but for its lock, into a new or empty folder on the disk. */
function copyRun({ files, path }: RunFolder, folder: string): readonly string[] {
  if (diskFileSystem.exists(folder) && diskFileSystem.list(folder).length > 0) {
    throw new UserError("is not empty, and a run is never written over another", {
      at: folder,
      hint: "Name a folder that does not exist yet.",
    });
  }
  const written: string[] = [];
  const copy = (from: string, to: string): void => {
    diskFileSystem.makeFolder(to);
    for (const name of files.list(from)) {
      const [source, target] = [join(from, name), join(to, name)];
      if (name === "lock.json") continue;
      if (isFolder(files, source)) copy(source, target);
      // Last of all: a folder that has it is whole.
      else if (name !== "experiment.yaml") {
        diskFileSystem.write(target, files.read(source));
        written.push(target);
      }
    }
  };
  copy(path, folder);
  const last = join(folder, "experiment.yaml");
  diskFileSystem.write(last, files.read(join(path, "experiment.yaml")));
  return [...written, last];
}

function isFolder(files: FileSystem, path: string): boolean {
  try {
    files.list(path);
    return true;
  } catch {
    return false;
  }
}

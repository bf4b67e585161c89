// A trained model in the thread that computes: opened from a run folder (on a disk or in memory) or from two ONNX files, and
// what can be asked of it. The one file that knows how the rest of the house opens models.
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { fitPca, type Pca } from "../data/principalComponents/pca.js";
import type { Engine } from "../engines/engine.js";
import { checkScore, divergences } from "../evaluation/anomaly/scorer.js";
import { evaluateSet } from "../evaluation/evaluateSet.js";
import { resolve } from "../experiment/index.js";
import {
  imageError,
  imageErrorNames,
  openTrainedRun as openRunModel,
  type RunModel,
  type TrainedModel,
  withDecoder,
} from "../inference/index.js";
import { codePath, fitGaussian, gaussianCodes, standardNormalCodes } from "../latent/index.js";
import { imageSizes, unitFromPixels } from "../pixels/index.js";
import { readTransforms, transformSpec } from "../pixels/transforms/index.js";
import { diskFileSystem, type FileSystem, type RunFolder, readLog } from "../runs/index.js";
import { corruptionOf, drawEvaluation } from "../tasks/evaluate.js";
import { exportModel } from "../tasks/export.js";
import { openNamedModel } from "../tasks/namedModel.js";
import { openRunEngine } from "../tasks/runModel.js";
import { splitOf } from "../tasks/splitOf.js";
import { sizeOf } from "../tensor/index.js";
import { type OpenTraining, readRunExperiment } from "../training/run.js";
import { drawSamples, drawWalk } from "./drawCodes.js";
import { numbered } from "./handedSource.js";
import type { HandedImages } from "./images.js";
import type { Calls, ComputeOptions, EvaluateJob, Found, Opened, PictureScore } from "./protocol.js";

export type Answers = {
  readonly [Name in keyof Calls]: (
    signal: AbortSignal,
    ...values: Parameters<Calls[Name]>
  ) => Promise<ReturnType<Calls[Name]>>;
};

/** Scores that need no reference pictures. */
const pictureScores: readonly PictureScore[] = [...imageErrorNames, "kl"];

export interface OpenModel {
  readonly opened: Opened;
  readonly answers: Answers;
  dispose(): void;
}

/**
 * The model of a run, in inference mode, with its moving average of the weights where it kept one.
 * @param options.open what a training of the run has open already
 * @throws UserError where there is no such run or checkpoint, or a file is damaged
 */
export async function openTrainedRun(
  run: RunFolder,
  options: {
    readonly checkpoint: "last" | "best" | number;
    readonly compute: ComputeOptions;
    readonly open?: OpenTraining;
    readonly reason?: "done" | "stopped";
  },
): Promise<OpenModel> {
  const { open, compute, checkpoint, reason } = options;
  const model = await openRunModel(run, {
    checkpoint,
    resolved: open?.resolved ?? resolve(readRunExperiment(run)),
    engine: (trainedBy) => open?.engine ?? openRunEngine(trainedBy, compute),
  });
  let source = open?.source;
  /** Of the training pictures: fitted when first asked for, kept while the model is open. */
  let components: Pca | undefined;
  const data = async () => {
    const { readSource } = await import("../data/sources/index.js");
    source ??= await readSource(model.experiment.data, "data").open();
    return source;
  };
  return {
    opened: {
      inputShape: model.inputShape,
      codeShape: model.codeShape,
      kind: model.model.spec.kind,
      experiment: model.experiment,
      run: run.path,
      step: model.checkpoint.state.step,
      records: readLog(run, "metrics.jsonl"),
      notes: model.notes,
      ...(reason === undefined ? {} : { reason }),
    },
    answers: {
      ...codeAnswers(model, run.path),
      evaluate: async (signal, job) =>
        await evaluateModel(model, job, {
          ...{ at: run.path, made: model, data, signal },
          async principalComponents(engine, train, count) {
            components ??= await fitPca(engine, train, count, { signal });
            return components;
          },
        }),
      save: async (_, folder) => copyRun(run, folder),
      exportOnnx: async (signal, folder) => {
        // Checked on the pictures that are open; a program's own are kept nowhere else.
        const images = source === undefined ? {} : { images: source.splits.test };
        const context = { report: () => {}, signal };
        return (await exportModel(model, { format: "onnx", out: folder, ...images, context })).files;
      },
    },
    dispose: model.dispose,
  };
}

/** Two ONNX files as a model. @throws UserError where they are none, or do not fit each other */
export async function openTrainedOnnx(
  paths: { readonly encoder: string; readonly decoder: string },
  options: { readonly threads?: number; readonly range?: readonly [number, number] },
): Promise<OpenModel> {
  const { threads, range } = options;
  const { encoder } = paths;
  const model = await openNamedModel({ ...paths, threads, range });
  const refuse = (what: string) => () =>
    Promise.reject(new UserError(`two ONNX files have no run to ${what}`, { at: encoder }));
  const data = refuse("take pictures from");
  const { inputShape, codeShape, notes } = model;
  return {
    opened: { inputShape, codeShape, records: [], notes },
    answers: {
      ...codeAnswers(model, encoder),
      evaluate: async (signal, job) => await evaluateModel(model, job, { at: encoder, data, signal }),
      save: refuse("save"),
      exportOnnx: refuse("export"),
    },
    dispose: model.dispose,
  };
}

/** What any trained model answers. @param at what errors name */
function codeAnswers(model: TrainedModel, at: string): Omit<Answers, "evaluate" | "save" | "exportOnnx"> {
  const { inputShape, codeShape } = model;
  const codeSize = sizeOf(codeShape);
  // A model without a decoder stays open: it encodes.
  const decoding = () => withDecoder({ ...model, dispose: () => {} }, at);
  return {
    encode: async (signal, images) => await model.encode(unitValues(images), { signal }),
    decode: async (signal, codes) => await decoding().decode(codes, { signal }),
    reconstruct: async (signal, images) => await decoding().reconstruct(unitValues(images), { signal }),
    async score(signal, images, by) {
      if (!pictureScores.includes(by)) {
        throw new UserError(`there is no score ${String(by)} without reference pictures`, {
          at: "score.by",
          hint: "There are mse, mae, ssim, local and kl; the task score has more.",
        });
      }
      const able = decoding();
      checkScore(able, by);
      const values = unitValues(images);
      if (by === "kl") return Float32Array.from(await divergences(able, values, signal));
      const error = imageError(by, imageSizes(inputShape));
      return Float32Array.from(await able.score(values, { error, signal }));
    },
    async posterior(signal, images) {
      if (model.posterior === undefined) {
        throw new UserError("has no distribution of codes: only a variational model gives one", { at });
      }
      const { mean, logVariance } = await model.posterior(unitValues(images), { signal });
      const both = new Float32Array(2 * mean.length);
      both.set(mean);
      both.set(logVariance, mean.length);
      return both;
    },
    path: async (_, codes, { steps = 12, path = "straight" }) => codePath(codes, codeSize, steps, path),
    draw: async (signal, codes, { count = 64, seed = 0 }) =>
      codes === undefined
        ? await standardNormalCodes(count, codeSize, seed, signal)
        : await gaussianCodes(await fitGaussian(codes, codeSize, signal), count, seed, signal),
    drawWalk: async (signal, images, steps, file) => await drawWalk({ images, shape: inputShape, steps, file }, signal),
    drawSamples: async (signal, images, title, file) =>
      await drawSamples({ images, shape: inputShape, title, file }, signal),
  };
}

async function evaluateModel(
  model: TrainedModel,
  { images, on = "test", corrupt, severities = false, baselines = true, folder }: EvaluateJob,
  how: {
    readonly at: string;
    readonly made?: RunModel;
    readonly principalComponents?: (engine: Engine, train: ImageSet, count: number) => Promise<Pca>;
    readonly data: () => Promise<OpenSource>;
    readonly signal: AbortSignal;
  },
): Promise<Found> {
  const { at, made, signal } = how;
  const decoding = withDecoder({ ...model, dispose: () => {} }, at);
  const notes: string[] = [];
  const training =
    images !== undefined && !baselines
      ? undefined
      : await how.data().catch((error: unknown) => {
          // Pictures that are handed in can be measured without.
          if (images === undefined || !(error instanceof UserError)) throw error;
          if (made !== undefined) {
            notes.push(
              `there is no baseline beside the model: the pictures that it learned from do not open here (${error.message})`,
            );
          }
          return undefined;
        });
  const set = images === undefined ? splitOf(await how.data(), on) : handedSet(images);
  notes.push(...(images?.notes ?? []));
  const name = made?.experiment.name ?? "model";
  const { found, worst } = await evaluateSet({
    ...{ model: decoding, made, name, set, severities },
    training: baselines ? training : undefined,
    classes: images?.classes ?? training?.classes,
    corrupt: corruptionFor(corrupt, made),
    seed: made?.experiment.evaluationSeed ?? 0,
    principalComponents:
      how.principalComponents ?? ((engine, train, count) => fitPca(engine, train, count, { signal })),
    watch: { report: () => {}, signal },
  });
  const shown = { worst, found, shape: set.shape, name, on: images === undefined ? on : "images" };
  return {
    evaluation: { ...found, notes: [...notes, ...found.notes] },
    ...(worst === undefined ? {} : { worst }),
    files: folder === undefined ? {} : await drawEvaluation(folder, shown),
  };
}

/** As asked for, every option written down; else as the run was trained. */
function corruptionFor(asked: EvaluateJob["corrupt"], made: RunModel | undefined): readonly unknown[] {
  if (asked !== undefined) return readTransforms(asked, "corrupt", "evaluate.corrupt").map(transformSpec);
  return made === undefined ? [] : corruptionOf(undefined, made);
}

function handedSet({ set }: HandedImages): ImageSet {
  return numbered(set, 0);
}

function unitValues(images: Float32Array | Uint8Array): Float32Array {
  return images instanceof Float32Array ? images : unitFromPixels(images);
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

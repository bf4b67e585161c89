// A trained run opened for use: images to codes, codes to images, on an engine.
import { join } from "node:path";
import { z } from "zod";
import { InternalError, UserError } from "../base/errors.js";
import type { Engine, EngineOptions, Executable, StateEntry } from "../engines/engine.js";
import { type EngineChoice, engineNames, openEngine } from "../engines/index.js";
import { pictureModel, trainedState } from "../exchange/pictureModel.js";
import { type Experiment, type ResolvedExperiment, resolve } from "../experiment/index.js";
import { decodeProgram, encodeProgram, type Model, reconstructProgram } from "../nn/index.js";
import {
  type Checkpoint,
  diskFileSystem,
  openRun,
  type RunFolder,
  readCheckpoint,
  readEnvironment,
} from "../runs/index.js";
import { type Program, sizeOf } from "../tensor/index.js";
import { evaluationBatchSize } from "../training/evaluate.js";
import { resolveExperiment } from "./experiment.js";
import { threadsOption } from "./threads.js";

const engineChoices = ["auto", ...engineNames] as const;

/** Options of every task that uses a trained run. */
export const runModelOptions = {
  checkpoint: z
    .string()
    .regex(/^(last|best|\d+)$/, "expected last, best or a step")
    .default("last")
    .describe("which weights: last, best, or those of a step that was kept")
    .meta({ placeholder: "last|best|STEP" }),
  engine: z.enum(engineChoices).optional().describe("who computes (default: the engine that trained the run)"),
  threads: threadsOption(),
};

/** `last`, `best` or a step as it was typed. */
export function checkpointChoice(text: string): CheckpointChoice {
  return text === "last" || text === "best" ? text : Number(text);
}

/** Which weights of a run: the last, those of the best epoch, or those of a step. */
export type CheckpointChoice = "last" | "best" | number;

export interface RunModel {
  readonly run: RunFolder;
  readonly experiment: Experiment;
  /** Its decoder gives pixels, also where the loss is one of logits. */
  readonly model: Model;
  /** The weights' checkpoint: its step and its metadata. */
  readonly checkpoint: Pick<Checkpoint, "state" | "metadata">;
  /** Parameters and buffers, averaged where the training kept an average. */
  readonly state: readonly StateEntry[];
  readonly engine: Engine;
  /** @param images [image, channel, height, width] in [0, 1] @returns codes [image, …codeShape]; of a variational model the means */
  encode(images: Float32Array): Promise<Float32Array>;
  /** @param codes [image, …codeShape] @returns [image, channel, height, width], not clipped */
  decode(codes: Float32Array): Promise<Float32Array>;
  /** @param images [image, channel, height, width] in [0, 1] @returns [image, channel, height, width], not clipped */
  reconstruct(images: Float32Array): Promise<Float32Array>;
  /** Gives back the engine's memory. Safe to call twice. */
  dispose(): void;
}

/**
 * Opens a run folder's model in inference mode. Any number of images or codes may be handed in: they are computed in
 * batches. Where the training kept a moving average of the weights, that is what is used.
 * @param options.engine default: the engine that trained the run, or `auto` where that one does not open here
 * @throws UserError where there is no such run, it has no checkpoint, a file is damaged, or no engine opens
 */
export async function openRunModel(
  path: string,
  options: {
    readonly checkpoint?: CheckpointChoice | undefined;
    readonly engine?: EngineChoice | undefined;
    readonly threads?: number | undefined;
    /** What a training of the run has open already; `engine` and `threads` are its then. */
    readonly open?: { readonly resolved: ResolvedExperiment; readonly engine: Engine };
  } = {},
): Promise<RunModel> {
  const run = openRun(diskFileSystem, path);
  const { experiment, model: trainedModel } =
    options.open?.resolved ?? resolve(resolveExperiment({ experiment: path }).read);
  const { checkpoint, at } = chosenCheckpoint(run, options.checkpoint ?? "last");
  const model = pictureModel(trainedModel, experiment.loss);
  const state = trainedState(model, checkpoint.model, at);
  const engine = options.open?.engine ?? (await openRunEngine(run, options));
  const opened = await openInference(engine, model, state);
  const { state: trained, metadata } = checkpoint;
  return { run, experiment, model, checkpoint: { state: trained, metadata }, state, engine, ...opened };
}

function chosenCheckpoint(run: RunFolder, which: CheckpointChoice): { checkpoint: Checkpoint; at: string } {
  const checkpoint = readCheckpoint(run, which);
  if (checkpoint !== undefined) {
    return { checkpoint, at: join(run.path, "checkpoints", String(checkpoint.state.step), "model.safetensors") };
  }
  if (which === "best" && readCheckpoint(run, "last") !== undefined) {
    throw new UserError("has no best checkpoint yet", { at: run.path, hint: "Take the last one: --checkpoint last." });
  }
  throw new UserError("has no checkpoint yet", {
    at: run.path,
    hint: `Train it first: isthmus train ${run.path} --resume`,
  });
}

/** The engine that was asked for; else the one that trained the run, where it opens here; else the fastest that does. */
async function openRunEngine(
  run: RunFolder,
  options: { readonly engine?: EngineChoice | undefined; readonly threads?: number | undefined },
): Promise<Engine> {
  const how: EngineOptions = options.threads === undefined ? {} : { threads: options.threads };
  if (options.engine !== undefined) return await openEngine(options.engine, how);
  const { engine } = readEnvironment(run);
  const trainedBy = engineNames.find((name) => name === engine.name);
  if (trainedBy === undefined) return await openEngine("auto", how);
  try {
    return await openEngine(trainedBy, how);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return await openEngine("auto", how);
  }
}

/** Encode, decode and reconstruct on a session of their own; programs are compiled for the batch sizes that come. */
async function openInference(
  engine: Engine,
  model: Model,
  state: readonly StateEntry[],
): Promise<Pick<RunModel, "encode" | "decode" | "reconstruct" | "dispose">> {
  const session = await engine.open(state);
  const imageSize = sizeOf(model.inputShape);
  const codeSize = sizeOf(model.codeShape);
  const mapping = (options: {
    readonly program: (model: Model, batchSize: number) => Program;
    readonly input: "input" | "code";
    readonly output: "code" | "reconstruction";
  }) => {
    const { program, input, output } = options;
    const executables = new Map<number, Promise<Executable>>();
    const executableFor = (count: number): Promise<Executable> => {
      const known = executables.get(count) ?? session.compile(program(model, count));
      executables.set(count, known);
      return known;
    };
    const from = input === "input" ? imageSize : codeSize;
    const to = output === "code" ? codeSize : imageSize;
    return async (values: Float32Array): Promise<Float32Array> => {
      const count = values.length / from;
      if (!Number.isInteger(count)) {
        throw new InternalError(`${values.length} numbers are no whole number of ${input}s of ${from}`);
      }
      const results = new Float32Array(count * to);
      const batchSize = evaluationBatchSize(count);
      for (let start = 0; start < count; start += batchSize) {
        const length = Math.min(batchSize, count - start);
        const executable = await executableFor(length);
        const found = await executable.run({ [input]: values.subarray(start * from, (start + length) * from) });
        const result = found[output];
        if (result === undefined) throw new InternalError(`the program gave no ${output}`);
        results.set(result, start * to);
      }
      return results;
    };
  };
  return {
    encode: mapping({ program: encodeProgram, input: "input", output: "code" }),
    decode: mapping({ program: decodeProgram, input: "code", output: "reconstruction" }),
    reconstruct: mapping({ program: reconstructProgram, input: "input", output: "reconstruction" }),
    dispose: () => session.dispose(),
  };
}

// A run folder on the disk opened for use, on an engine that is chosen here.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import type { Engine, EngineOptions } from "../engines/engine.js";
import { type EngineChoice, engineNames, openEngine } from "../engines/index.js";
import { type ResolvedExperiment, resolve } from "../experiment/index.js";
import { type CheckpointChoice, openTrainedRun, type RunModel } from "../inference/index.js";
import { diskFileSystem, openRun } from "../runs/index.js";
import { resolveExperiment } from "./experiment.js";
import { threadsOption } from "./threads.js";

export type { CheckpointChoice, RunModel };

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

export interface RunModelChoices {
  readonly checkpoint?: CheckpointChoice | undefined;
  /** Default: the engine that trained the run, or `auto` where that one does not open here. */
  readonly engine?: EngineChoice | undefined;
  readonly threads?: number | undefined;
  /** What a training of the run has open already; `engine` and `threads` are its then. */
  readonly open?: { readonly resolved: ResolvedExperiment; readonly engine: Engine };
}

/**
 * Opens a run folder's model in inference mode. Any number of images or codes may be handed in: they are computed in
 * batches. Where the training kept a moving average of the weights, that is what is used.
 * @throws UserError where there is no such run, it has no checkpoint, a file is damaged, or no engine opens
 */
export async function openRunModel(path: string, options: RunModelChoices = {}): Promise<RunModel> {
  const { open, checkpoint } = options;
  return await openTrainedRun(openRun(diskFileSystem, path), {
    checkpoint,
    resolved: open?.resolved ?? resolve(resolveExperiment({ experiment: path }).read),
    engine: (trainedBy) => open?.engine ?? openRunEngine(trainedBy, options),
  });
}

/** The engine that was asked for; else the one that trained the run, where it opens here; else the fastest that does. */
export async function openRunEngine(
  trainedBy: string,
  { engine, threads }: Pick<RunModelChoices, "engine" | "threads">,
): Promise<Engine> {
  const how: EngineOptions = threads === undefined ? {} : { threads };
  if (engine !== undefined) return await openEngine(engine, how);
  const known = engineNames.find((name) => name === trainedBy);
  if (known === undefined) return await openEngine("auto", how);
  try {
    return await openEngine(known, how);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return await openEngine("auto", how);
  }
}

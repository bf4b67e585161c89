// Checkpoints of a run: written whole, committed by renaming last.json, read back with every damage named.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from "../formats/safetensors.js";
import { failPoint } from "./failPoints.js";
import { withFileErrors } from "./fileSystem.js";
import type { TrainingState } from "./records.js";
import { parseJson, type RunFolder, readText, writeRenamed } from "./runFolder.js";

/** Tensors by name, as a safetensors file has them. */
export type Tensors = Readonly<Record<string, SafetensorsEntry>>;

export interface Checkpoint {
  readonly state: TrainingState;
  /** Parameters and buffers by their names in the file: `encoder.0.weight`. */
  readonly model: Tensors;
  /** The model's YAML under `model`, the preprocessing as JSON under `preprocessing`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Optimizer slots: `adam.firstMoment.encoder.0.weight`. */
  readonly optimizer: Tensors;
}

const counts = z.int().nonnegative();
const stateSchema = z.object({
  format: z.literal(1),
  finished: z.boolean(),
  phase: counts,
  epoch: z.int().positive(),
  step: counts,
  stepInEpoch: counts,
  stepInPhase: counts,
  optimizerStep: counts,
  sums: z.object({ images: counts, figures: z.record(z.string(), z.number()) }),
  schedule: z.record(z.string(), z.number()),
  learningRate: z.number().nullable(),
  best: z.object({ epoch: counts, step: counts, figure: z.number() }).nullable(),
  metricsBytes: counts,
  interventions: counts,
  pending: z.array(z.object({ step: counts, command: z.literal("setLearningRate"), learningRate: z.number() })),
});
const pointerSchema = z.object({ step: counts });

const folderOf = (run: RunFolder): string => join(run.path, "checkpoints");
const otherCheckpoint =
  "Write the step of another folder in checkpoints/ into checkpoints/last.json, or delete last.json to begin this run again.";

/**
 * Saves a checkpoint and makes it the last one (and the best, if it is). The folder is written and synced under a
 * temporary name and renamed; renaming last.json is the commit. Afterwards older checkpoints that are neither last nor
 * best are removed.
 * @returns the folder
 * @throws UserError if it can't be written, for example on a full disk; the checkpoint before it stays valid
 */
export function saveCheckpoint(run: RunFolder, checkpoint: Checkpoint): string {
  const { files } = run;
  const { state } = checkpoint;
  const folder = folderOf(run);
  const path = join(folder, String(state.step));
  const temporary = join(folder, `.${state.step}`);
  const before = readPointer(run, "last");
  // The state before a step is one state: saving it again would only risk the copy that is there.
  if (before === state.step) return path;

  const write = (name: string, bytes: Uint8Array): void => {
    failPoint(`checkpoint:${name}:before`);
    files.write(join(temporary, name), bytes, () => failPoint(`checkpoint:${name}:within`));
    failPoint(`checkpoint:${name}:after`);
  };
  withFileErrors(
    {
      at: path,
      what: `the checkpoint of step ${state.step} can't be saved`,
      hint: `${before === undefined ? "" : `The one of step ${before} is whole. `}Mend that, then go on with: isthmus train ${run.path} --resume`,
    },
    () => {
      try {
        files.remove(temporary);
        files.makeFolder(temporary);
        write("model.safetensors", encodeSafetensors({ tensors: checkpoint.model, metadata: checkpoint.metadata }));
        write("optimizer.safetensors", encodeSafetensors({ tensors: checkpoint.optimizer }));
        write("state.json", json(state));
        failPoint("checkpoint:folder:before");
        files.syncFolder(temporary);
        // Left by a process that ended between this renaming and the commit; no pointer names it.
        files.remove(path);
        files.rename(temporary, path);
        files.syncFolder(folder);
        failPoint("checkpoint:folder:after");
        writePointer(run, "last", state.step);
        if (state.best?.step === state.step) writePointer(run, "best", state.step);
      } catch (error) {
        removeQuietly(run, temporary);
        throw error;
      }
    },
  );
  cleanCheckpoints(run);
  return path;
}

/**
 * Makes the pointers and folders agree with the last checkpoint, whatever moment the process was ended at: best.json
 * names the last one if its state says so, and folders that nothing names go.
 */
export function repairCheckpoints(run: RunFolder, last: Checkpoint): void {
  const { best, step } = last.state;
  if (best?.step === step && readPointer(run, "best") !== step) writePointer(run, "best", step);
  cleanCheckpoints(run);
}

/** Removes checkpoints that neither last.json nor best.json names, and what an ended process left half written. */
export function cleanCheckpoints(run: RunFolder): void {
  failPoint("checkpoint:cleanup:before");
  const kept = new Set(["last.json", "best.json"]);
  for (const which of ["last", "best"] as const) {
    const step = readPointer(run, which);
    if (step !== undefined) kept.add(String(step));
  }
  for (const name of run.files.list(folderOf(run))) if (!kept.has(name)) removeQuietly(run, join(folderOf(run), name));
  failPoint("checkpoint:cleanup:after");
}

/** Removes all checkpoints, to begin a run again from nothing. */
export function removeCheckpoints(run: RunFolder): void {
  run.files.remove(folderOf(run));
  run.files.makeFolder(folderOf(run));
}

/**
 * The step that last.json or best.json names, undefined where there is none yet.
 * @throws UserError if the file is damaged
 */
export function readPointer(run: RunFolder, which: "last" | "best"): number | undefined {
  const name = `checkpoints/${which}.json`;
  if (!run.files.exists(join(run.path, name))) return undefined;
  const hint = `Write {"step":N} into it, with N the name of a folder in checkpoints/, or delete it${which === "last" ? " to begin this run again" : ""}.`;
  const at = join(run.path, name);
  const parsed = pointerSchema.safeParse(parseJson(readText(run, name, hint), at, hint));
  if (!parsed.success) throw new UserError("is damaged: it names no step", { at, hint });
  return parsed.data.step;
}

/** The folder of the last or best checkpoint, undefined where there is none yet. */
export function checkpointFolder(run: RunFolder, which: "last" | "best"): string | undefined {
  const step = readPointer(run, which);
  return step === undefined ? undefined : join(folderOf(run), String(step));
}

/**
 * Reads the last or the best checkpoint; undefined where none was saved yet.
 * @throws UserError that names the file that is missing or damaged, and what to do
 */
export function readCheckpoint(run: RunFolder, which: "last" | "best"): Checkpoint | undefined {
  const folder = checkpointFolder(run, which);
  if (folder === undefined) return undefined;
  if (!run.files.exists(folder)) {
    throw new UserError(`is missing, but checkpoints/${which}.json names it`, { at: folder, hint: otherCheckpoint });
  }
  const read = (name: string): { bytes: Uint8Array; at: string } => {
    const at = join(folder, name);
    const bytes = withFileErrors({ at, what: "can't be read", hint: otherCheckpoint }, () => run.files.read(at));
    return { bytes, at };
  };
  const tensors = (name: string): ReturnType<typeof decodeSafetensors> => {
    const { bytes, at } = read(name);
    try {
      return decodeSafetensors(bytes, at);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(error.message, { at: error.at ?? at, hint: otherCheckpoint, cause: error });
    }
  };
  const { bytes, at } = read("state.json");
  const parsed = stateSchema.safeParse(parseJson(new TextDecoder().decode(bytes), at, otherCheckpoint));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    throw new UserError(`is damaged${where}: ${issue?.message ?? "not a training state"}`, {
      at,
      hint: otherCheckpoint,
    });
  }
  const model = tensors("model.safetensors");
  return {
    state: parsed.data,
    model: model.tensors,
    metadata: model.metadata ?? {},
    optimizer: tensors("optimizer.safetensors").tensors,
  };
}

function writePointer(run: RunFolder, which: "last" | "best", step: number): void {
  const point = `checkpoint:${which}.json`;
  failPoint(`${point}:before`);
  try {
    writeRenamed(
      {
        ...run.files,
        rename(from, to) {
          failPoint(`${point}:after`);
          run.files.rename(from, to);
          failPoint(`${point}:renamed`);
        },
      },
      folderOf(run),
      `${which}.json`,
      json({ step }),
      () => failPoint(`${point}:within`),
    );
  } catch (error) {
    removeQuietly(run, join(folderOf(run), `.${which}.json`));
    throw error;
  }
}

/** What could not be removed is only in the way of nobody; the mistake that led here is the one to tell. */
function removeQuietly(run: RunFolder, path: string): void {
  try {
    run.files.remove(path);
  } catch {}
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

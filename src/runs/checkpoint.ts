// Checkpoints of a run: written whole, committed by renaming last.json, read back with every damage named.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { decodeSafetensors, encodeSafetensors, type Tensors } from "../formats/safetensors.js";
import { withFileErrors } from "./fileSystem.js";
import type { TrainingState } from "./records.js";
import { parseJson, type RunFolder, readText } from "./runFolder.js";

export type { Tensors };

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
  pending: z.array(
    z.discriminatedUnion("command", [
      z.object({ step: counts, command: z.literal("setLearningRate"), learningRate: z.number() }),
      z.object({ step: counts, command: z.literal("setEpochs"), epochs: z.array(z.number().positive()) }),
      z.object({ step: counts, command: z.literal("setThreads"), threads: z.int().positive() }),
    ]),
  ),
  epochs: z.array(z.number().positive()).exactOptional(),
  stretch: z.object({ step: counts, at: z.number().nonnegative() }).exactOptional(),
  threads: z.int().positive().exactOptional(),
});
/** What state.json says beside the state: SHA-256 of the other files, by name. */
const checksumSchema = z.object({ files: z.record(z.string(), z.string()).optional() });
const pointerSchema = z.object({ step: counts });

const folderOf = ({ path, files }: RunFolder): string => files.join(path, "checkpoints");
const otherCheckpoint =
  'Write {"step":N} into checkpoints/last.json, N being another folder in checkpoints/, or delete checkpoints/ to begin this run again.';

/**
 * Saves a checkpoint and makes it the last one (and the best, if it is). The folder and the new last.json are written and
 * synced under temporary names; renaming first the one, then the other is the commit. Afterwards older checkpoints that are neither last nor
 * best are removed.
 * @returns the folder
 * @throws UserError if it can't be written, for example on a full disk; the checkpoint before it stays valid
 */
export function saveCheckpoint(run: RunFolder, checkpoint: Checkpoint): string {
  const { files } = run;
  const { state } = checkpoint;
  const folder = folderOf(run);
  const path = run.files.join(folder, String(state.step));
  const temporary = run.files.join(folder, `.${state.step}`);
  const before = readPointer(run, "last");
  // The state before a step is one state: saving it again would only risk the copy that is there.
  if (before === state.step) return path;

  const write = (name: string, bytes: Uint8Array): void => {
    run.files.reached?.(`checkpoint:${name}:before`);
    files.write(run.files.join(temporary, name), bytes, () => run.files.reached?.(`checkpoint:${name}:within`));
    run.files.reached?.(`checkpoint:${name}:after`);
  };
  withFileErrors(
    {
      at: path,
      what: `the checkpoint of step ${state.step} can't be saved`,
      hint:
        before !== undefined
          ? `The one of step ${before} is whole. Mend that, then go on with: isthmus train ${run.path} --resume`
          : "It would have been the first. Mend that, then train again.",
    },
    () => {
      try {
        files.remove(temporary);
        files.makeFolder(temporary);
        const written = {
          "model.safetensors": encodeSafetensors({ tensors: checkpoint.model, metadata: checkpoint.metadata }),
          "optimizer.safetensors": encodeSafetensors({ tensors: checkpoint.optimizer }),
        };
        for (const [name, bytes] of Object.entries(written)) write(name, bytes);
        const checksums = Object.entries(written).map(([name, bytes]) => [name, run.files.checksum(bytes)] as const);
        write("state.json", json({ ...state, files: Object.fromEntries(checksums) }));
        run.files.reached?.("checkpoint:folder:before");
        files.syncFolder(temporary);
        // Before the folder: a folder without last.json is then known for a commit that was interrupted.
        preparePointer(run, "last", state.step);
        // Left by a process that ended between this renaming and the commit; no pointer names it.
        files.remove(path);
        files.rename(temporary, path);
        files.syncFolder(folder);
        run.files.reached?.("checkpoint:folder:after");
        commitPointer(run, "last");
        if (state.best?.step === state.step) writePointer(run, "best", state.step);
      } catch (error) {
        removeQuietly(run, temporary);
        removeQuietly(run, preparedPointer(run, "last"));
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
  run.files.reached?.("checkpoint:cleanup:before");
  const kept = new Set(["last.json", "best.json"]);
  for (const which of ["last", "best"] as const) {
    const step = readPointer(run, which);
    if (step !== undefined) kept.add(String(step));
  }
  for (const name of run.files.list(folderOf(run)))
    if (!kept.has(name)) removeQuietly(run, run.files.join(folderOf(run), name));
  run.files.reached?.("checkpoint:cleanup:after");
}

/**
 * Makes sure that last.json names the last checkpoint where there is one. A first commit that was interrupted between its
 * two renamings is finished.
 * @throws UserError where checkpoints are there but last.json is lost: beginning again would remove them
 */
export function expectLastPointer(run: RunFolder): void {
  if (readPointer(run, "last") !== undefined) return;
  const steps = checkpointSteps(run);
  if (steps.length === 0) return;
  if (steps.some((step) => step === preparedStep(run))) {
    commitPointer(run, "last");
    return;
  }
  const newest = steps.findLast((step) => isWhole(run, step));
  throw new UserError("is missing, but there are checkpoints", {
    at: run.files.join(folderOf(run), "last.json"),
    hint:
      newest === undefined
        ? "None of them is whole. Delete checkpoints/ to begin this run again."
        : `The newest whole one is that of step ${newest}: write {"step":${newest}} into the file to go on from it, or delete checkpoints/ to begin this run again.`,
  });
}

/** Steps that have a checkpoint folder, in order. */
function checkpointSteps(run: RunFolder): readonly number[] {
  if (!run.files.exists(folderOf(run))) return [];
  return run.files
    .list(folderOf(run))
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function isWhole(run: RunFolder, step: number): boolean {
  try {
    readCheckpoint(run, step);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
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
  if (!run.files.exists(run.files.join(run.path, name))) return undefined;
  const instead = which === "last" ? "delete checkpoints/ to begin this run again" : "delete it";
  const hint = `Write {"step":N} into it, with N the name of a folder in checkpoints/, or ${instead}.`;
  const at = run.files.join(run.path, name);
  const parsed = pointerSchema.safeParse(parseJson(readText(run, name, hint), at, hint));
  if (!parsed.success) throw new UserError("is damaged: it names no step", { at, hint });
  return parsed.data.step;
}

/** The folder of the last or best checkpoint, undefined where there is none yet. */
export function checkpointFolder(run: RunFolder, which: "last" | "best"): string | undefined {
  const step = readPointer(run, which);
  return step === undefined ? undefined : run.files.join(folderOf(run), String(step));
}

/**
 * Reads the last or the best checkpoint, or the one of a step; undefined where none was saved yet.
 * @throws UserError that names the file that is missing or damaged, and what to do
 */
export function readCheckpoint(run: RunFolder, which: "last" | "best" | number): Checkpoint | undefined {
  const isStep = typeof which === "number";
  const folder = isStep ? run.files.join(folderOf(run), String(which)) : checkpointFolder(run, which);
  if (folder === undefined) return undefined;
  if (!run.files.exists(folder)) {
    if (isStep) throw noSuchStep(run, which);
    throw new UserError(`is missing, but checkpoints/${which}.json names it`, { at: folder, hint: otherCheckpoint });
  }
  const read = (name: string): { bytes: Uint8Array; at: string } => {
    const at = run.files.join(folder, name);
    const bytes = withFileErrors({ at, what: "can't be read", hint: otherCheckpoint }, () => run.files.read(at));
    return { bytes, at };
  };
  const tensors = (name: string, checksum: string | undefined): ReturnType<typeof decodeSafetensors> => {
    const { bytes, at } = read(name);
    if (checksum !== undefined && checksum !== run.files.checksum(bytes)) {
      throw new UserError("is damaged: its SHA-256 is not the one in state.json", { at, hint: otherCheckpoint });
    }
    try {
      return decodeSafetensors(bytes, at);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(error.message, { at: error.at ?? at, hint: otherCheckpoint, cause: error });
    }
  };
  const { bytes, at } = read("state.json");
  const written = parseJson(new TextDecoder().decode(bytes), at, otherCheckpoint);
  const parsed = stateSchema.safeParse(written);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    throw new UserError(`is damaged${where}: ${issue?.message ?? "not a training state"}`, {
      at,
      hint: otherCheckpoint,
    });
  }
  const checksums = checksumSchema.safeParse(written).data?.files ?? {};
  const model = tensors("model.safetensors", checksums["model.safetensors"]);
  return {
    state: parsed.data,
    model: model.tensors,
    metadata: model.metadata ?? {},
    optimizer: tensors("optimizer.safetensors", checksums["optimizer.safetensors"]).tensors,
  };
}

function noSuchStep(run: RunFolder, step: number): UserError {
  const steps = checkpointSteps(run);
  return new UserError(`has no checkpoint of step ${step}`, {
    at: run.path,
    hint: steps.length === 0 ? "It has none yet: train it first." : `It has those of steps ${steps.join(", ")}.`,
  });
}

/** Where a pointer is written before it is renamed. */
function preparedPointer(run: RunFolder, which: "last" | "best"): string {
  return run.files.join(folderOf(run), `.${which}.json`);
}

function preparePointer(run: RunFolder, which: "last" | "best", step: number): void {
  const point = `checkpoint:${which}.json`;
  run.files.reached?.(`${point}:before`);
  run.files.write(preparedPointer(run, which), json({ step }), () => run.files.reached?.(`${point}:within`));
}

function commitPointer(run: RunFolder, which: "last" | "best"): void {
  const point = `checkpoint:${which}.json`;
  run.files.reached?.(`${point}:after`);
  run.files.rename(preparedPointer(run, which), run.files.join(folderOf(run), `${which}.json`));
  run.files.reached?.(`${point}:renamed`);
  run.files.syncFolder(folderOf(run));
}

function writePointer(run: RunFolder, which: "last" | "best", step: number): void {
  try {
    preparePointer(run, which, step);
    commitPointer(run, which);
  } catch (error) {
    removeQuietly(run, preparedPointer(run, which));
    throw error;
  }
}

/** The step that a last.json names which was written but not renamed, undefined where there is none. */
function preparedStep(run: RunFolder): number | undefined {
  const path = preparedPointer(run, "last");
  if (!run.files.exists(path)) return undefined;
  try {
    return pointerSchema.parse(JSON.parse(new TextDecoder().decode(run.files.read(path)))).step;
  } catch {
    // Half written: the folder was not renamed yet.
    return undefined;
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

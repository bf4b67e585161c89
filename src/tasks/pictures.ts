// The pictures of a run: learning curves, and test images over their reconstructions.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { InternalError, UserError } from "../base/errors.js";
import type { ImageSet } from "../data/define.js";
import { type EngineChoice, openEngine } from "../engines/index.js";
import { type Experiment, experimentModel, runnablePhases } from "../experiment/index.js";
import { modelState, reconstructProgram } from "../nn/index.js";
import { unitFromPixels } from "../pixels/index.js";
import { diskFileSystem, openRun, type RunFolder, readCheckpoint, readLog, withFileErrors } from "../runs/index.js";
import { plannedLearningRates } from "./learningRates.js";

export interface RunPictures {
  /** Paths of files. */
  readonly curves: string;
  readonly curvesSvg: string;
  readonly reconstructions: string;
}

/** Test images in images/reconstructions.png: two rows of 16. */
const shownImages = 32;

/**
 * Draws images/curves.svg, images/curves.png and images/reconstructions.png from a run folder's metrics and last weights.
 * @throws UserError where the folder has no epoch or no checkpoint yet, or can't be written
 */
export async function drawRunPictures(options: {
  readonly run: string;
  readonly experiment: Experiment;
  readonly splits: { readonly train: ImageSet; readonly test: ImageSet };
  readonly engine: EngineChoice;
  readonly threads?: number | undefined;
}): Promise<RunPictures> {
  const { experiment, splits } = options;
  const run = openRun(diskFileSystem, options.run);
  const folder = join(run.path, "images");
  const paths = {
    curves: join(folder, "curves.png"),
    curvesSvg: join(folder, "curves.svg"),
    reconstructions: join(folder, "reconstructions.png"),
  };
  const { renderCurves } = await import("../report/curves.js");
  const { renderReconstructions } = await import("../report/reconstructions.js");
  const hasInterventions = readLog(run, "interventions.jsonl").length > 0;
  const learningRates = hasInterventions ? undefined : plannedLearningRates(experiment, splits.train.count);
  const records = readLog(run, "metrics.jsonl");
  const lastEpoch = records.at(-1)?.epoch ?? 0;
  const curves = renderCurves({
    name: experiment.name,
    records,
    phases: runnablePhases(experiment).map(({ phase }) => phase),
    ...(learningRates === undefined ? {} : { learningRates: learningRates.filter(([epoch]) => epoch <= lastEpoch) }),
  });
  const { originals, reconstructions } = await reconstructFirst({ ...options, run, images: splits.test });
  const rows = renderReconstructions({ originals, reconstructions, shape: splits.test.shape });

  withFileErrors(
    {
      at: folder,
      what: "the pictures can't be written",
      hint: "Check that the folder may be written to and that the disk has room.",
    },
    () => {
      mkdirSync(folder, { recursive: true });
      run.files.write(paths.curves, curves.png);
      run.files.write(paths.curvesSvg, new TextEncoder().encode(curves.svg));
      run.files.write(paths.reconstructions, rows);
    },
  );
  return paths;
}

/** The first images of a split and what the run's last weights make of them, [image, channel, height, width]. */
async function reconstructFirst(options: {
  readonly run: RunFolder;
  readonly experiment: Experiment;
  readonly images: ImageSet;
  readonly engine: EngineChoice;
  readonly threads?: number | undefined;
}): Promise<{ originals: Float32Array; reconstructions: Float32Array }> {
  const { run, experiment, images, threads } = options;
  const checkpoint = readCheckpoint(run, "last");
  if (checkpoint === undefined) throw new UserError("has no checkpoint yet", { at: run.path, hint: "Train it first." });
  const model = experimentModel(experiment, images.shape);
  const count = Math.min(shownImages, images.count);
  const size = model.inputShape.reduce((product, length) => product * length, 1);
  const originals = unitFromPixels(images.pixels.subarray(0, count * size));

  const engine = await openEngine(options.engine, threads === undefined ? {} : { threads });
  const session = await engine.open(
    modelState(model, experiment.seed).map((entry) => {
      const tensor = checkpoint.model[entry.name];
      if (tensor === undefined) throw new InternalError(`the checkpoint has no ${entry.name}`);
      return { ...entry, values: Float32Array.from(tensor.data as ArrayLike<number>, Number) };
    }),
  );
  try {
    const executable = await session.compile(reconstructProgram(model, count));
    const { reconstruction } = await executable.run({ input: originals });
    if (reconstruction === undefined) throw new InternalError("the program gave no reconstruction");
    return { originals, reconstructions: Float32Array.from(reconstruction) };
  } finally {
    session.dispose();
  }
}

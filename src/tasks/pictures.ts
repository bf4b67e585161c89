// The pictures of a run: learning curves, and test images over their reconstructions.
import { join } from "node:path";
import type { ImageSet } from "../data/define.js";
import type { ResolvedExperiment } from "../experiment/index.js";
import type { Decoding } from "../inference/index.js";
import { figuresOf } from "../nn/index.js";
import { type EpochPictures, readableEpochPictures } from "../runs/epochPictures.js";
import { type RunFolder, readLog, withFileErrors, writeRenamed } from "../runs/index.js";
import { plannedLearningRates } from "./learningRates.js";
import type { RunModel } from "./runModel.js";
import { shownBatch, shownImages, shownImagesOf } from "./shownImages.js";

export interface RunPictures {
  /** Paths of files. */
  readonly curves: string;
  readonly curvesSvg: string;
  /** A model without a decoder has none. */
  readonly reconstructions?: string;
}

/**
 * Draws images/curves.svg, images/curves.png and (of a model with a decoder) images/reconstructions.png from a run folder's metrics and last weights.
 * @throws UserError where the folder has no epoch or no checkpoint yet, or can't be written
 */
export async function drawRunPictures(options: {
  readonly run: RunFolder;
  readonly resolved: ResolvedExperiment;
  readonly splits: { readonly train: ImageSet; readonly test: ImageSet };
  /** What reconstructs; a classifier has none. */
  readonly model?: RunModel & Decoding;
}): Promise<RunPictures> {
  const { run, resolved, splits, model } = options;
  const { experiment } = resolved;
  const folder = join(run.path, "images");
  const paths = {
    curves: join(folder, "curves.png"),
    curvesSvg: join(folder, "curves.svg"),
  };
  const { renderChart } = await import("../report/charts.js");
  const { curvesSpec } = await import("../report/curves.js");
  const hasInterventions = readLog(run, "interventions.jsonl").some(({ command }) => command !== "setThreads");
  const learningRates = hasInterventions ? undefined : plannedLearningRates(resolved, splits.train);
  const records = readLog(run, "metrics.jsonl");
  const lastEpoch = records.at(-1)?.epoch ?? 0;
  const curves = renderChart(
    curvesSpec({
      name: experiment.name,
      records,
      phases: experiment.phases,
      figures: figuresOf(resolved.model, resolved.loss, resolved.metrics),
      ...(learningRates === undefined ? {} : { learningRates: learningRates.filter(([epoch]) => epoch <= lastEpoch) }),
    }),
  );
  const rows =
    model === undefined ? undefined : await reconstructionRows(model, splits.test, readableEpochPictures(run));
  const reconstructions = join(folder, "reconstructions.png");

  withFileErrors(
    {
      at: folder,
      what: "the pictures can't be written",
      hint: "Check that the folder may be written to and that the disk has room.",
    },
    () => {
      run.files.makeFolder(folder);
      writeRenamed(run.files, folder, "curves.png", curves.png);
      writeRenamed(run.files, folder, "curves.svg", new TextEncoder().encode(curves.svg));
      if (rows !== undefined) writeRenamed(run.files, folder, "reconstructions.png", rows);
    },
  );
  return rows === undefined ? paths : { ...paths, reconstructions };
}

async function reconstructionRows(
  model: RunModel & Decoding,
  test: ImageSet,
  before: EpochPictures | undefined,
): Promise<Uint8Array> {
  const { renderReconstructions } = await import("../report/reconstructions.js");
  return renderReconstructions({ ...(await reconstructShown(model, test, before)), shape: test.shape });
}

/**
 * The images that a run shows (`shownImagesOf`) and what the run makes of them, [image, channel, height, width]; where the last phase corrupts,
 * of what evaluation makes of them.
 */
async function reconstructShown(
  { experiment, reconstruct }: RunModel & Decoding,
  images: ImageSet,
  before: EpochPictures | undefined,
): Promise<{ originals: Float32Array; inputs?: Float32Array; reconstructions: Float32Array }> {
  const corrupt = experiment.phases.at(-1)?.corrupt ?? [];
  const shown = shownImagesOf(images, shownImages, before);
  const { originals, inputs } = shownBatch(images, shown, { corrupt, seed: experiment.evaluationSeed });
  const reconstructions = await reconstruct(inputs);
  return { originals, reconstructions, ...(corrupt.length === 0 ? {} : { inputs }) };
}

// The pictures of a run: learning curves, and test images over their reconstructions.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ImageSet } from "../data/define.js";
import { sequentialBatches } from "../data/sequentialBatches.js";
import type { EngineChoice } from "../engines/index.js";
import { type Experiment, experimentModel } from "../experiment/index.js";
import { isDecoding, withDecoder } from "../inference/index.js";
import { readLoss } from "../nn/losses/index.js";
import { diskFileSystem, openRun, readLog, withFileErrors } from "../runs/index.js";
import { plannedLearningRates } from "./learningRates.js";
import { openRunModel } from "./runModel.js";

export interface RunPictures {
  /** Paths of files. */
  readonly curves: string;
  readonly curvesSvg: string;
  /** A classifier has none. */
  readonly reconstructions?: string;
}

/** Test images in images/reconstructions.png: two rows of 16. */
const shownImages = 32;

/**
 * Draws images/curves.svg, images/curves.png and (but for a classifier) images/reconstructions.png from a run folder's metrics and last weights.
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
  };
  const { renderCurves } = await import("../report/curves.js");
  const hasInterventions = readLog(run, "interventions.jsonl").length > 0;
  const learningRates = hasInterventions ? undefined : plannedLearningRates(experiment, splits.train);
  const records = readLog(run, "metrics.jsonl");
  const lastEpoch = records.at(-1)?.epoch ?? 0;
  const curves = renderCurves({
    name: experiment.name,
    records,
    phases: experiment.phases,
    objective: objectiveUnit(experiment),
    ...(learningRates === undefined ? {} : { learningRates: learningRates.filter(([epoch]) => epoch <= lastEpoch) }),
  });
  const rows = isDecoding(experimentModel(experiment)) ? await reconstructionRows(options) : undefined;
  const reconstructions = join(folder, "reconstructions.png");

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
      if (rows !== undefined) run.files.write(reconstructions, rows);
    },
  );
  return rows === undefined ? paths : { ...paths, reconstructions };
}

/** The unit of the experiment's objective, where it has another than its loss; see `variationalAutoencoder`. */
export function objectiveUnit({ model, loss }: Experiment): string | undefined {
  const isEntropy = ["bce", "bceWithLogits"].includes(readLoss(loss).name);
  return model.kind === "variationalAutoencoder" && isEntropy ? "nats an image" : undefined;
}

async function reconstructionRows(options: Parameters<typeof drawRunPictures>[0]): Promise<Uint8Array> {
  const { renderReconstructions } = await import("../report/reconstructions.js");
  const { test } = options.splits;
  return renderReconstructions({ ...(await reconstructFirst({ ...options, images: test })), shape: test.shape });
}

/**
 * The first images of a split and what the run makes of them, [image, channel, height, width]; where the last phase corrupts,
 * of what evaluation makes of them.
 */
async function reconstructFirst(options: {
  readonly run: string;
  readonly experiment: Experiment;
  readonly images: ImageSet;
  readonly engine: EngineChoice;
  readonly threads?: number | undefined;
}): Promise<{ originals: Float32Array; inputs?: Float32Array; reconstructions: Float32Array }> {
  const { images, experiment } = options;
  const corrupt = experiment.phases.at(-1)?.corrupt ?? [];
  const batches = sequentialBatches(images, shownImages, { corrupt, seed: experiment.evaluationSeed });
  const count = batches.fill(0);
  const originals = batches.view(count);
  const inputs = batches.input(count);
  const model = withDecoder(await openRunModel(options.run, options), options.run);
  try {
    const reconstructions = await model.reconstruct(inputs);
    return { originals, reconstructions, ...(corrupt.length === 0 ? {} : { inputs }) };
  } finally {
    model.dispose();
  }
}

// What a model's reconstructions are worth beside those that need no training, on the same images: all of them, and with
// each corruption in its severities.
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { ImageSet } from "../data/define.js";
import { type Pca, pcaReconstructor } from "../data/principalComponents/pca.js";
import { sequentialBatches } from "../data/sequentialBatches.js";
import type { Engine } from "../engines/engine.js";
import type { Decoding } from "../inference/index.js";
import { readTransforms, severities } from "../pixels/transforms/index.js";
import { sizeOf } from "../tensor/index.js";
import {
  collectFigures,
  entropySum,
  type FigureCollector,
  type ImageFigures,
  type MeanFigures,
  meanFigures,
} from "./figures.js";
import type { Watch } from "./watch.js";

/** Who makes reconstructions: the model, principal components of the clean image and of the input, the input itself, the mean image. */
export type ReconstructorName = "model" | "pca" | "pcaOfInput" | "input" | "meanImage";

/** What is measured, and on which images. */
export interface Measurement {
  readonly model: Pick<Decoding, "reconstruct">;
  readonly set: ImageSet;
  /** What corrupts the input; see `sequentialBatches`. */
  readonly corrupt: readonly unknown[];
  /** The evaluation seed. */
  readonly seed: number;
  readonly watch: Watch;
}

export interface Measured {
  readonly figures: { readonly model: ImageFigures } & { readonly [Name in ReconstructorName]?: ImageFigures };
  /** Nats a pixel: no reconstruction has a lower bce. */
  readonly entropyFloor: number;
}

/** Images that are handed to the model at a time. */
const chunk = 500;

/**
 * Figures of every way of making reconstructions, image by image. The input and the components of it are there where
 * something corrupts.
 * @param options.linear principal components, and the engine that projects on them
 * @param options.meanImage [channel, height, width]
 * @param options.what what is measured, for progress: `images`
 * @throws AbortError; UserError for corruptions that do not fit the set
 */
export async function measure(
  options: Measurement & {
    readonly linear?: { readonly engine: Engine; readonly pca: Pca } | undefined;
    readonly meanImage?: Float32Array;
    readonly what: string;
  },
): Promise<Measured> {
  const { model, set, meanImage, corrupt, seed, what, watch } = options;
  const { report, signal } = watch;
  const size = sizeOf(set.shape);
  const batches = sequentialBatches(set, chunk, { corrupt, seed, at: "--corrupt" });
  const collect = () => collectFigures(set.count, set.shape, signal);
  const isCorrupted = corrupt.length > 0;
  const hasLinear = options.linear !== undefined;
  const collectors: { readonly model: FigureCollector } & { readonly [Name in ReconstructorName]?: FigureCollector } = {
    model: collect(),
    ...(hasLinear ? { pca: collect() } : {}),
    ...(meanImage === undefined ? {} : { meanImage: collect() }),
    ...(isCorrupted ? { input: collect() } : {}),
    ...(isCorrupted && hasLinear ? { pcaOfInput: collect() } : {}),
  };
  const linear =
    options.linear === undefined ? undefined : await pcaReconstructor(options.linear.engine, options.linear.pca);
  const means = meanImage === undefined ? undefined : repeated(meanImage, Math.min(chunk, set.count));
  let entropy = 0;
  try {
    for (let first = 0; first < set.count; ) {
      report({ done: first, of: set.count, what: `measuring ${withThousands(set.count)} ${what}` });
      const count = await batches.fillInTurns(first, signal);
      const targets = batches.view(count);
      const inputs = batches.input(count);
      entropy += await entropySum(targets, signal);
      await collectors.model.add(first, await model.reconstruct(inputs, { signal }), targets);
      if (linear !== undefined) await collectors.pca?.add(first, await linear.reconstruct(targets), targets);
      if (collectors.pcaOfInput !== undefined && linear !== undefined) {
        await collectors.pcaOfInput.add(first, await linear.reconstruct(inputs), targets);
      }
      await collectors.input?.add(first, inputs, targets);
      if (means !== undefined) await collectors.meanImage?.add(first, means.subarray(0, count * size), targets);
      first += count;
    }
  } finally {
    linear?.dispose();
  }
  const others = Object.entries(collectors).map(([name, collector]) => [name, collector.finish()]);
  return {
    figures: { ...Object.fromEntries(others), model: collectors.model.finish() },
    entropyFloor: entropy / (set.count * size),
  };
}

function repeated(image: Float32Array, count: number): Float32Array {
  const images = new Float32Array(count * image.length);
  for (let i = 0; i < count; i++) images.set(image, i * image.length);
  return images;
}

export interface SeverityRow {
  /** As an experiment has it. */
  readonly corruption: string;
  readonly severity: number;
  readonly model: MeanFigures;
  readonly input: MeanFigures;
}

/**
 * Figures with each corruption in its severities 1 to 5, alone.
 * @throws UserError where no corruption has severities; and as `measure`
 */
export async function measureSeverities(options: Measurement): Promise<SeverityRow[]> {
  const named = readTransforms(options.corrupt, "corrupt", "--corrupt")
    .map(({ transform }) => transform)
    .filter((transform) => transform.severities !== undefined);
  if (named.length === 0) {
    throw new UserError("there is no corruption with severities to measure", {
      at: "--severities",
      hint: "Name one: --corrupt gaussianNoise.",
    });
  }
  const rows: SeverityRow[] = [];
  for (const { name } of named) {
    for (const severity of severities) {
      const corrupt = [{ [name]: { severity } }];
      const { figures } = await measure({ ...options, corrupt, what: `images, ${name} of severity ${severity}` });
      const input = figures.input ?? figures.model;
      rows.push({ corruption: name, severity, model: meanFigures(figures.model), input: meanFigures(input) });
    }
  }
  return rows;
}

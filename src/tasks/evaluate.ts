// Says how good a trained model is, beside what needs no training, and shows where it is worst.
import { join } from "node:path";
import { z } from "zod";
import { countText, withThousands } from "../base/text.js";
import type { OpenSource } from "../data/define.js";
import type { Pca } from "../data/principalComponents/pca.js";
import { type MeanFigures, meanFigures } from "../evaluation/figures.js";
import { type EvaluationGroup, groupsByClass, groupsBySize } from "../evaluation/groups.js";
import { meanImageOf } from "../evaluation/meanImage.js";
import { measure, measureSeverities, type ReconstructorName, type SeverityRow } from "../evaluation/measure.js";
import { type OwnFigure, ownFigures } from "../evaluation/ownFigures.js";
import { type VariationalFigures, variationalFigures } from "../evaluation/variational.js";
import { type WorstImage, type WorstImages, worstImages } from "../evaluation/worstImages.js";
import { parseYaml } from "../experiment/index.js";
import type { Decoding } from "../inference/index.js";
import { readTransforms, transformSpec } from "../pixels/transforms/index.js";
import { readLog } from "../runs/index.js";
import { sizeOf } from "../tensor/index.js";
import { openCodeSpace, openPictures } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { cachedPca } from "./pcaCache.js";
import { type RunModel, runModelOptions } from "./runModel.js";
import { checkPictures, splitNames, splitOf } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

export type { EvaluationGroup, ReconstructorName, SeverityRow, WorstImage };

/** Figures of one way to make reconstructions. */
export interface EvaluationRow extends MeanFigures {
  readonly what: ReconstructorName;
  /** For people: `PCA, 128 components`. */
  readonly title: string;
}

export interface Evaluation {
  readonly run: string;
  readonly name: string;
  readonly step: number;
  readonly epoch: number;
  readonly on: (typeof splitNames)[number];
  readonly images: number;
  readonly codeSize: number;
  /** What corrupted the input, every option written down; empty where nothing did. */
  readonly corrupt: readonly unknown[];
  readonly evaluationSeed: number;
  /** The model first. */
  readonly rows: readonly EvaluationRow[];
  /** Nats a pixel: no reconstruction has a lower bce. */
  readonly entropyFloor: number;
  /** The model's bce less the floor, where it has one. */
  readonly bceExcess?: number;
  readonly classes: readonly EvaluationGroup[];
  /** Below and above two fifths of the picture; for sources that know the size of what they show. */
  readonly sizes: readonly EvaluationGroup[];
  readonly severities: readonly SeverityRow[];
  /** Of a variational model: nats an image, with one code drawn for each image. */
  readonly variational?: VariationalFigures;
  /** What a family without a posterior tells of itself beside pictures, as training evaluates it: parts of its objective, figures of its code. */
  readonly own: readonly OwnFigure[];
  readonly worst: readonly WorstImage[];
  /** Pictures that were written. */
  readonly files: Readonly<Record<string, string>>;
  /** Sentences about what could not be measured. */
  readonly notes: readonly string[];
}

const worstShown = 16;

export const evaluate = defineTask({
  name: "evaluate",
  summary: "Measure a trained model beside baselines on the same images, and show where it is worst.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    data: z.string().optional().describe("measure on this source instead of the run's own").meta({
      placeholder: "SPEC",
    }),
    on: z.enum(splitNames).default("test").describe("which split"),
    corrupt: z
      .string()
      .optional()
      .describe(
        "what corrupts the input, for example gaussianNoise or {gaussianNoise: 0.3}; none for nothing (default: as trained)",
      )
      .meta({ placeholder: "SPEC" }),
    severities: z.boolean().default(false).describe("measure each corruption in its severities 1 to 5 as well"),
    format: z.enum(["table", "csv"]).default("table").describe("how the figures are printed; see --json too"),
    pictures: z.enum(["yes", "no"]).default("yes").describe("draw the worst images into the run's folder images"),
    ...runModelOptions,
  }),
  /** @throws UserError for a run that does not open, data of another shape, and corruptions that do not fit */
  async run(options, context): Promise<Evaluation> {
    const model = await openCodeSpace(options);
    try {
      return await evaluateRun(model, options, context);
    } finally {
      model.dispose();
    }
  },
});

async function evaluateRun(
  model: RunModel & Decoding,
  options: z.output<typeof evaluate.options>,
  context: TaskContext,
): Promise<Evaluation> {
  const { engine, experiment, checkpoint } = model;
  const { signal } = context;
  const source = await openPictures(model, options.data, context);
  const set = splitOf(source, options.on);
  checkPictures(model, set, options.data === undefined ? "data" : "--data");
  const corrupt = corruptionOf(options.corrupt, model);
  const seed = experiment.evaluationSeed;
  const codeSize = sizeOf(model.codeShape);
  const notes: string[] = [];

  const pca = await pcaOf(model, source, codeSize, notes, context);
  const meanImage = pca?.mean ?? (await meanImageOf(source.splits.train, signal));
  const measurement = { model, set, corrupt, seed, watch: context };
  const { figures, entropyFloor } = await measure({
    ...measurement,
    ...{ linear: pca === undefined ? undefined : { engine, pca }, meanImage, what: "images" },
  });
  const modelFigures = meanFigures(figures.model);
  const rows = [
    ["model", `${experiment.name}, code of ${withThousands(codeSize)}`, figures.model],
    ["pca", `PCA of the clean images, ${countText(pca?.count ?? 0, "component")}`, figures.pca],
    ["pcaOfInput", `PCA of the corrupted input, ${countText(pca?.count ?? 0, "component")}`, figures.pcaOfInput],
    ["input", "the corrupted input itself", figures.input],
    ["meanImage", "the mean training image", figures.meanImage],
  ] as const;

  const severities = options.severities ? await measureSeverities(measurement) : [];
  const worst = await worstImages({ ...measurement, engine, source, figures: figures.model, count: worstShown });
  const { posterior } = model;
  const variational =
    posterior === undefined ? undefined : await variationalFigures({ ...measurement, model: { ...model, posterior } });
  if (posterior !== undefined && variational === undefined) {
    notes.push("BCE can't be told: the model's pictures leave [0, 1]");
  }
  const own = posterior === undefined ? await ownFigures({ ...measurement, model }) : { figures: [], notes: [] };
  notes.push(...own.notes);
  const shown = { worst, severities, shape: set.shape, isCorrupted: corrupt.length > 0, on: options.on };
  return {
    run: model.run.path,
    name: experiment.name,
    step: checkpoint.state.step,
    epoch: epochsDone(model),
    on: options.on,
    images: set.count,
    codeSize,
    corrupt,
    evaluationSeed: seed,
    rows: rows.flatMap(([what, title, of]) => (of === undefined ? [] : [{ what, title, ...meanFigures(of) }])),
    entropyFloor,
    ...(modelFigures.bce === undefined ? {} : { bceExcess: modelFigures.bce - entropyFloor }),
    classes: groupsByClass(source, set, figures),
    sizes: groupsBySize(set, figures),
    severities,
    ...(variational === undefined ? {} : { variational }),
    own: own.figures,
    worst: worst.images,
    files: options.pictures === "yes" ? await drawEvaluation(model, shown) : {},
    notes,
  };
}

/** Draws the worst images, and what severities do, into the run's folder images. @returns the files by what they show */
async function drawEvaluation(
  { run, experiment }: RunModel,
  shown: {
    readonly worst: WorstImages;
    readonly severities: readonly SeverityRow[];
    readonly shape: readonly number[];
    readonly isCorrupted: boolean;
    readonly on: string;
  },
): Promise<Record<string, string>> {
  const { worst, severities, shape, isCorrupted, on } = shown;
  const files: Record<string, string> = {};
  const { renderWorst } = await import("../report/worst.js");
  files.worst = join(run.path, "images", `worst-${on}.png`);
  const { images, inputs, ...pixels } = worst;
  const captions = images.map(({ class: of, mse, nearest: near }) => ({
    error: mse,
    ...(of === undefined ? {} : { class: of }),
    ...(near.class === undefined ? {} : { neighbourClass: near.class }),
  }));
  writeResult(files.worst, renderWorst({ ...pixels, ...(isCorrupted ? { inputs } : {}), shape, captions }));
  if (severities.length > 0) {
    const { renderSeverities } = await import("../report/severities.js");
    const { png, svg } = renderSeverities({ name: experiment.name, rows: severities });
    files.severities = join(run.path, "images", "severities.png");
    writeResult(files.severities, png);
    writeResult(join(run.path, "images", "severities.svg"), svg);
  }
  return files;
}

/** Whole epochs that the weights were trained for. */
export function epochsDone({ run, checkpoint }: Pick<RunModel, "run" | "checkpoint">): number {
  return readLog(run, "metrics.jsonl").findLast(({ step }) => step <= checkpoint.state.step)?.epoch ?? 0;
}

/** What corrupts the input: as asked for, or as the phase did that the weights come from. */
function corruptionOf(asked: string | undefined, { experiment, checkpoint }: RunModel): readonly unknown[] {
  if (asked === undefined) {
    const phase = experiment.phases[Math.min(checkpoint.state.phase, experiment.phases.length - 1)];
    return phase?.corrupt ?? [];
  }
  return readCorruption(asked);
}

/**
 * What `corrupt` asks for, every option written down.
 * @throws UserError for what is no corruption
 */
export function readCorruption(asked: string): readonly unknown[] {
  if (asked.trim() === "none") return [];
  const written = parseYaml(asked, "--corrupt");
  const list = Array.isArray(written) ? written : [written];
  return readTransforms(list, "corrupt", "--corrupt").map(transformSpec);
}

async function pcaOf(
  model: RunModel,
  source: OpenSource,
  codeSize: number,
  notes: string[],
  context: TaskContext,
): Promise<Pca | undefined> {
  const { train } = source.splits;
  if (train.count < 2) {
    notes.push("principal components need two training images at least, so there is no PCA beside the model");
    return undefined;
  }
  const pictureSize = sizeOf(model.inputShape);
  if (codeSize >= pictureSize) {
    notes.push(
      `the code has ${withThousands(codeSize)} numbers and the picture ${withThousands(pictureSize)}: PCA of that size would be the picture itself, so there is none beside the model`,
    );
    return undefined;
  }
  const pca = await cachedPca(model.engine, train, codeSize, context);
  if (pca.count < codeSize) {
    notes.push(
      `PCA has ${countText(pca.count, "component")}, fewer than the code's ${codeSize}: there are only ${countText(train.count, "training image")} of ${countText(pca.size, "value")}`,
    );
  }
  return pca;
}

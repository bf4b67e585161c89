// Says how good a trained model is, beside what needs no training, and shows where it is worst.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { scoreNames } from "../evaluation/anomaly/scorer.js";
import { type EvaluationRow, evaluateSet, type SetEvaluation } from "../evaluation/evaluateSet.js";
import type { EvaluationGroup } from "../evaluation/groups.js";
import type { ReconstructorName, SeverityRow } from "../evaluation/measure.js";
import type { WorstImage, WorstImages } from "../evaluation/worstImages.js";
import { parseYaml } from "../experiment/index.js";
import type { Decoding } from "../inference/index.js";
import { readTransforms, transformSpec } from "../pixels/transforms/index.js";
import { readLog } from "../runs/index.js";
import { type AnomalyEvaluation, drawRoc, evaluateSetAnomalies, normalityOf } from "./anomalies.js";
import { openCodeSpace, openPictures, otherDataOptions } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { cachedPca } from "./pcaCache.js";
import { noteIn } from "./pictureInputs.js";
import { type RunModel, runModelOptions } from "./runModel.js";
import { checkPictures, splitNames, splitOf } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

export type { AnomalyEvaluation, EvaluationGroup, EvaluationRow, ReconstructorName, SeverityRow, WorstImage };

export interface Evaluation extends SetEvaluation {
  readonly run: string;
  readonly name: string;
  readonly step: number;
  readonly epoch: number;
  readonly on: (typeof splitNames)[number];
  /** How well scores tell anomalous pictures from normal ones, where it is known which are which. */
  readonly anomalies?: AnomalyEvaluation;
  /** Pictures that were written. */
  readonly files: Readonly<Record<string, string>>;
}

export const evaluate = defineTask({
  name: "evaluate",
  summary: "Measure a trained model beside baselines on the same images, and show where it is worst.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    data: z.string().optional().describe("measure on this source instead of the run's own").meta({
      placeholder: "SPEC",
    }),
    ...otherDataOptions,
    on: z.enum(splitNames).default("test").describe("which split"),
    corrupt: z
      .string()
      .optional()
      .describe(
        "what corrupts the input, for example gaussianNoise or {gaussianNoise: 0.3}; none for nothing (default: as trained)",
      )
      .meta({ placeholder: "SPEC" }),
    severities: z.boolean().default(false).describe("measure each corruption in its severities 1 to 5 as well"),
    normal: z
      .array(z.string())
      .default([])
      .describe(
        "classes that are normal, with commas between; the others are anomalous (default: those that training pictures have, where there are others, or those called good, normal or ok)",
      )
      .meta({ placeholder: "CLASSES" }),
    anomalous: z
      .array(z.string())
      .default([])
      .describe("classes that are anomalous instead; the others are normal")
      .meta({ placeholder: "CLASSES" }),
    by: z
      .array(z.enum(scoreNames))
      .default(["combined", "mse"])
      .describe(`scores that tell anomalous from normal: ${scoreNames.join(", ")}; may be given more than once`)
      .meta({ placeholder: "SCORE" }),
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
  const { experiment, checkpoint } = model;
  const source = await openPictures(model, options, context);
  const set = splitOf(source, options.on);
  checkPictures(model, set, options.data === undefined ? "data" : "--data");
  const corrupt = corruptionOf(options.corrupt, model);
  const training = options.data === undefined ? source.splits.train : undefined;
  const normality = normalityOf(source, set, options, training);
  const { found, worst } = await evaluateSet({
    ...{ model, made: model, name: experiment.name, set, training: source, corrupt },
    ...{
      seed: experiment.evaluationSeed,
      severities: options.severities,
      principalComponents: cachedPca,
      watch: context,
    },
  });
  const notes = [...found.notes];
  const anomalies =
    normality === undefined
      ? undefined
      : await evaluateSetAnomalies({
          ...{ model, source, set, normality, by: options.by, context },
          isOther: options.data !== undefined,
          note: noteIn(notes),
        });
  const folder = join(model.run.path, "images");
  const shown = { worst, found, shape: set.shape, name: experiment.name, on: options.on, of: choicesName(options) };
  return {
    run: model.run.path,
    name: experiment.name,
    step: checkpoint.state.step,
    epoch: epochsDone(model),
    on: options.on,
    ...found,
    ...(anomalies === undefined ? {} : { anomalies: anomalies.found }),
    notes: [...(options.data === undefined ? [] : (source.notes ?? [])), ...notes],
    files:
      options.pictures === "yes"
        ? {
            ...(await drawEvaluation(folder, shown)),
            ...(anomalies === undefined
              ? {}
              : await drawRoc(folder, experiment.name, options.on, anomalies.found, anomalies.curves)),
          }
        : {},
  };
}

/** Draws the worst images, and what severities do, into a folder. @returns the files by what they show */
export async function drawEvaluation(
  folder: string,
  shown: {
    readonly worst: WorstImages | undefined;
    readonly found: SetEvaluation;
    readonly shape: readonly number[];
    readonly name: string;
    readonly on: string;
    /** What sets this evaluation apart from others of the same split, for the files' names; default nothing. */
    readonly of?: string;
  },
): Promise<Record<string, string>> {
  const { worst, found, shape, name, on, of: apart = "" } = shown;
  const files: Record<string, string> = {};
  if (worst !== undefined) {
    const { renderWorst } = await import("../report/worst.js");
    files.worst = join(folder, `worst-${on}${apart}.png`);
    const { images, inputs, ...pixels } = worst;
    const captions = images.map(({ class: of, mse, nearest: near }) => ({
      error: mse,
      ...(of === undefined ? {} : { class: of }),
      ...(near.class === undefined ? {} : { neighbourClass: near.class }),
    }));
    const corrupted = found.corrupt.length > 0 ? { inputs } : {};
    writeResult(files.worst, renderWorst({ ...pixels, ...corrupted, shape, captions }));
  }
  if (found.severities.length > 0) {
    const { renderChart } = await import("../report/charts.js");
    const { severitiesSpec } = await import("../report/severities.js");
    const { png, svg } = renderChart(severitiesSpec({ name, rows: found.severities }));
    const severities = `severities${on === "train" || on === "validation" ? `-${on}` : ""}${apart}`;
    files.severities = join(folder, `${severities}.png`);
    writeResult(files.severities, png);
    writeResult(join(folder, `${severities}.svg`), svg);
  }
  return files;
}

/** `-best-saltAndPepper`: what was asked for beside the split, so that one evaluation's pictures are not written over by another's. */
function choicesName({
  data,
  corrupt,
  checkpoint,
}: Pick<z.output<typeof evaluate.options>, "data" | "corrupt" | "checkpoint">) {
  const parts = [checkpoint === "last" ? undefined : checkpoint, data, corrupt];
  return parts.map((part) => (part === undefined ? "" : `-${fileName(part)}`)).join("");
}

/** Text as part of a file's name; what does not stay as it is gets a mark of its own. */
function fileName(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9.]+/g, "-").replace(/^-+|-+$/g, "");
  if (plain === text && text.length <= 40) return text;
  return `${plain.slice(0, 40)}-${createHash("sha256").update(text).digest("hex").slice(0, 6)}`;
}

/** Whole epochs that the weights were trained for. */
export function epochsDone({ run, checkpoint }: Pick<RunModel, "run" | "checkpoint">): number {
  return readLog(run, "metrics.jsonl").findLast(({ step }) => step <= checkpoint.state.step)?.epoch ?? 0;
}

/** What corrupts the input: as asked for, or as the phase did that the weights come from. */
export function corruptionOf(
  asked: string | undefined,
  { experiment, checkpoint }: Pick<RunModel, "experiment" | "checkpoint">,
): readonly unknown[] {
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

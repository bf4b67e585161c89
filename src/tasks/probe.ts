// Says what a trained model's codes know of the classes: classifiers trained on the frozen codes.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import type { LabelledCodes } from "../evaluation/codes.js";
import { encodeImages } from "../evaluation/encodeImages.js";
import { type ProbeFigures, type ProbeName, probeCodes } from "../evaluation/probes.js";
import { sizeOf } from "../tensor/index.js";
import { openCodeSpace, openPictures, otherDataOptions } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { type RunModel, runModelOptions } from "./runModel.js";
import { checkPictures } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

export type { ProbeFigures, ProbeName };

export interface ProbeResult {
  readonly run: string;
  readonly name: string;
  readonly codeSize: number;
  readonly classes: readonly string[];
  readonly images: { readonly train: number; readonly held: number; readonly test: number };
  readonly seed: number;
  readonly probes: readonly ProbeFigures[];
  /** Pictures that were written. */
  readonly files: readonly string[];
  /** What was done to the pictures of `data`, and what they have to say. */
  readonly notes: readonly string[];
}

export const probe = defineTask({
  name: "probe",
  summary: "Train classifiers on a model's frozen codes: what the codes know of the classes.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    data: z.string().optional().describe("take the pictures from this source instead").meta({ placeholder: "SPEC" }),
    ...otherDataOptions,
    form: z
      .enum(["logits", "sigmoid", "both"])
      .default("both")
      .describe(
        "how the two-layer classifier ends: in logits, or in a sigmoid before the cross-entropy as was published once",
      ),
    hidden: z.int().min(1).max(65_536).default(256).describe("hidden units of the two-layer classifier").meta({
      placeholder: "N",
    }),
    epochs: z
      .int()
      .min(1)
      .optional()
      .describe("epochs of the two-layer classifier (default: 10, 20 or 40, whichever a validation split prefers)")
      .meta({ placeholder: "N" }),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe("of the classifiers' weights, the order of the images and the validation split")
      .meta({ placeholder: "N" }),
    pictures: z.enum(["yes", "no"]).default("yes").describe("draw confusion matrices into the run's folder images"),
    ...runModelOptions,
  }),
  /** @throws UserError for a run that does not open, and for data without classes */
  async run(options, context): Promise<ProbeResult> {
    const model = await openCodeSpace(options);
    try {
      return await probeRun(model, options, context);
    } finally {
      model.dispose();
    }
  },
});

async function probeRun(
  model: RunModel,
  options: z.output<typeof probe.options>,
  context: TaskContext,
): Promise<ProbeResult> {
  const { engine, experiment } = model;
  const { seed, hidden, epochs, form } = options;
  const source = await openPictures(model, options, context);
  const at = options.data === undefined ? "data" : "--data";
  const classCount = countClasses(source, at);
  for (const set of [source.splits.train, source.splits.test]) checkPictures(model, set, at);
  const train = await labelledCodes(model, source.splits.train, context);
  const test = await labelledCodes(model, source.splits.test, context);
  const { probes, held } = await probeCodes({
    ...{ engine, train, test, classes: classCount, hidden, epochs, seed, watch: context },
    forms: form === "both" ? ["logits", "sigmoid"] : [form],
  });

  const classes = Array.from({ length: classCount }, (_, label) => source.classes?.[label] ?? String(label));
  const files: string[] = [];
  if (options.pictures === "yes") {
    const { renderChart } = await import("../report/charts.js");
    const { confusionSpec } = await import("../report/confusion.js");
    for (const { probe: name, title, confusion, accuracy } of probes) {
      const file = join(model.run.path, "images", `confusion-${fileName(name)}.png`);
      const spec = confusionSpec({ title: `${experiment.name}: ${title}`, confusion, classes, accuracy });
      writeResult(file, renderChart(spec).png);
      files.push(file);
    }
  }
  return {
    run: model.run.path,
    name: experiment.name,
    codeSize: train.width,
    classes,
    images: { train: train.count, held, test: test.count },
    seed,
    probes,
    files,
    notes: options.data === undefined ? [] : (source.notes ?? []),
  };
}

function fileName(name: ProbeName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Classes from 0 to the largest label. @throws UserError for data without labels, with one class, or with far too many */
function countClasses({ splits, classes }: OpenSource, at: string): number {
  const { train, test } = splits;
  if (train.labels === undefined || test.labels === undefined) {
    throw new UserError("these pictures have no classes to tell apart", {
      at,
      hint: "Take a source with labels, for example --data mnist.",
    });
  }
  if (test.count === 0) throw new UserError("there is no test picture", { at, hint: "Give the source a test split." });
  let largest = 0;
  for (const label of train.labels) largest = Math.max(largest, label);
  for (const label of test.labels) largest = Math.max(largest, label);
  const count = Math.max(largest + 1, classes?.length ?? 0);
  if (count < 2) throw new UserError("all pictures are of one class", { at, hint: "Take a source with more classes." });
  if (train.count < 20) {
    throw new UserError(`a classifier can't be trained on ${train.count} pictures`, { at, hint: "Take 20 at least." });
  }
  if (count > mostClasses) {
    throw new UserError(`${withThousands(count)} classes are more than a classifier of codes is made for`, {
      at,
      hint: `Take a source with at most ${mostClasses}.`,
    });
  }
  return count;
}

const mostClasses = 200;

async function labelledCodes(model: RunModel, set: ImageSet, context: TaskContext): Promise<LabelledCodes> {
  const width = sizeOf(model.codeShape);
  const what = `encoding ${withThousands(set.count)} images`;
  const codes = await encodeImages(model, set, context, { what });
  return { codes, labels: set.labels ?? [], count: set.count, width };
}

export interface IdeaRow {
  readonly idea: string;
  readonly run: string;
  readonly codeSize: number;
  /** By probe. */
  readonly accuracy: Readonly<Partial<Record<ProbeName, number>>>;
  readonly standardError: Readonly<Partial<Record<ProbeName, number>>>;
  /** Of the two-layer classifier on logits, less that of the first row. */
  readonly gain: number;
  /** √(e² + e₀²) of the two standard errors: gains below twice this may be chance. */
  readonly gainError: number;
}

/**
 * Ideas for better accuracy, each a run of its own: the same probes on the codes of each, the first being what the others
 * are held against.
 * @throws UserError as the task `probe`
 */
export async function probeIdeas(
  ideas: readonly { readonly idea: string; readonly run: string }[],
  options: Partial<Omit<z.output<typeof probe.options>, "run">> = {},
  context: TaskContext = { report: () => {}, signal: new AbortController().signal },
): Promise<readonly IdeaRow[]> {
  const rows: IdeaRow[] = [];
  for (const { idea, run } of ideas) {
    const { probes, codeSize } = await probe.run(probe.options.parse({ pictures: "no", ...options, run }), context);
    const by = (what: "accuracy" | "standardError") => Object.fromEntries(probes.map((one) => [one.probe, one[what]]));
    const accuracy: IdeaRow["accuracy"] = by("accuracy");
    const standardError: IdeaRow["standardError"] = by("standardError");
    const before = rows[0] ?? { accuracy, standardError };
    const main = accuracy.twoLayer === undefined ? "twoLayerSigmoid" : "twoLayer";
    rows.push({
      idea,
      run,
      codeSize,
      accuracy,
      standardError,
      gain: (accuracy[main] ?? Number.NaN) - (before.accuracy[main] ?? Number.NaN),
      gainError: Math.hypot(standardError[main] ?? Number.NaN, before.standardError[main] ?? Number.NaN),
    });
  }
  return rows;
}

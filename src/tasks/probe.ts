// Says what a trained model's codes know of the classes: classifiers trained on the frozen codes.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { holdOut, type LabelledCodes, standardise } from "../evaluation/codes.js";
import {
  accuracyOf,
  type ClassificationFigures,
  classificationFigures,
  largestOfRows,
} from "../evaluation/confusion.js";
import { logisticRegression } from "../evaluation/logisticRegression.js";
import { neighbourVotes } from "../evaluation/neighbours.js";
import { twoLayerPredictions } from "../evaluation/twoLayerClassifier.js";
import { sizeOf } from "../tensor/index.js";
import { encodeImages, openCodeSpace, openPictures } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { type RunModel, runModelOptions } from "./runModel.js";
import { checkPictures } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

const probeNames = ["twoLayer", "twoLayerSigmoid", "logisticRegression", "nearestNeighbours"] as const;
export type ProbeName = (typeof probeNames)[number];

export interface ProbeFigures extends ClassificationFigures {
  readonly probe: ProbeName;
  /** For people: `two layers, 49–256–10, logits`. */
  readonly title: string;
  /** What was chosen on the validation images: epochs, or neighbours. */
  readonly chosen: Readonly<Record<string, number>>;
}

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
}

/** Numbers that validation chooses among. */
const epochChoices = [10, 20, 40];
const neighbourChoices = [1, 3, 5, 7, 11, 15];

export const probe = defineTask({
  name: "probe",
  summary: "Train classifiers on a model's frozen codes: what the codes know of the classes.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    data: z.string().optional().describe("take the pictures from this source instead").meta({ placeholder: "SPEC" }),
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
  const { seed, hidden, form } = options;
  const { signal } = context;
  const source = await openPictures(model, options.data, context);
  const at = options.data === undefined ? "data" : "--data";
  const classCount = countClasses(source, at);
  for (const set of [source.splits.train, source.splits.test]) checkPictures(model, set, at);
  const [train, test] = standardised(
    await labelledCodes(model, source.splits.train, context),
    await labelledCodes(model, source.splits.test, context),
  );
  const { fit, held } = holdOut(train, seed);
  const width = train.width;
  const probes: ProbeFigures[] = [];
  const add = (
    name: ProbeName,
    title: string,
    chosen: Readonly<Record<string, number>>,
    predictions: ArrayLike<number>,
  ): void => {
    probes.push({ probe: name, title, chosen, ...classificationFigures(predictions, test.labels, classCount) });
  };

  for (const ending of ["logits", "sigmoid"] as const) {
    if (form !== "both" && form !== ending) continue;
    const how = { classes: classCount, hidden, form: ending, seed, signal };
    const what = `two layers, ${width}–${hidden}–${classCount}, ${ending}`;
    const tell = (doing: string) => context.report({ done: 0, of: 1, what: `${doing}: ${what}` });
    let epochs = options.epochs;
    if (epochs === undefined) {
      tell("choosing epochs");
      epochs = await best(epochChoices, async (candidate) => {
        const [found] = await twoLayerPredictions(engine, fit, [held], { ...how, epochs: candidate });
        return accuracyOf(found ?? [], held.labels);
      });
    }
    tell("training");
    const [predictions] = await twoLayerPredictions(engine, train, [test], { ...how, epochs });
    add(ending === "logits" ? "twoLayer" : "twoLayerSigmoid", what, { epochs }, predictions ?? []);
  }

  context.report({ done: 0, of: 1, what: "training: logistic regression" });
  const regression = await logisticRegression(engine, train, classCount, { signal });
  add(
    "logisticRegression",
    `logistic regression, ${width}–${classCount}`,
    {},
    largestOfRows(await regression.logits(test.codes), classCount),
  );
  regression.dispose();

  context.report({ done: 0, of: 1, what: "looking for nearest neighbours" });
  const choices = neighbourChoices.filter((k) => k <= fit.count);
  const votes = await neighbourVotes(engine, fit, held, choices, { signal });
  const neighbours = await best(choices, async (k) => accuracyOf(votes.get(k) ?? [], held.labels));
  const asked = await neighbourVotes(engine, train, test, [neighbours], { signal });
  const neighbourTitle = neighbours === 1 ? "nearest neighbour" : `${neighbours} nearest neighbours`;
  add("nearestNeighbours", neighbourTitle, { neighbours }, asked.get(neighbours) ?? []);

  const classes = Array.from({ length: classCount }, (_, label) => source.classes?.[label] ?? String(label));
  const files: string[] = [];
  if (options.pictures === "yes") {
    const { renderConfusion } = await import("../report/confusion.js");
    for (const { probe: name, title, confusion, accuracy } of probes) {
      const file = join(model.run.path, "images", `confusion-${fileName(name)}.png`);
      writeResult(file, renderConfusion({ title: `${experiment.name}: ${title}`, confusion, classes, accuracy }));
      files.push(file);
    }
  }
  return {
    run: model.run.path,
    name: experiment.name,
    codeSize: width,
    classes,
    images: { train: train.count, held: held.count, test: test.count },
    seed,
    probes,
    files,
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
  const width = sizeOf(model.model.codeShape);
  const what = `encoding ${withThousands(set.count)} images`;
  const codes = await encodeImages(model, set, context, { what });
  return { codes, labels: set.labels ?? [], count: set.count, width };
}

function standardised(train: LabelledCodes, test: LabelledCodes): readonly [LabelledCodes, LabelledCodes] {
  const [ownTrain = train, ownTest = test] = standardise(train, [test]);
  return [ownTrain, ownTest];
}

/** The candidate with the highest score; of equals the first. */
async function best(candidates: readonly number[], score: (candidate: number) => Promise<number>): Promise<number> {
  let chosen = candidates[0] ?? 1;
  let highest = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const found = await score(candidate);
    if (found > highest) [chosen, highest] = [candidate, found];
  }
  return chosen;
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

// Says how unlike what a model learned pictures are, and where: scores, their quantiles among the training pictures, heat maps.

import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { csvCell, withThousands } from "../base/text.js";
import { pause } from "../base/turns.js";
import type { OpenSource } from "../data/define.js";
import type { Engine } from "../engines/engine.js";
import { openEngine } from "../engines/index.js";
import { usualQuantile } from "../evaluation/anomaly/evaluateAnomalies.js";
import { quantileOf, scoreAt } from "../evaluation/anomaly/quantiles.js";
import { openScorer, type ScoreName, scoreNames, scoreTexts } from "../evaluation/anomaly/scorer.js";
import { type Decoding, errorMap, type TrainedModel, withDecoder } from "../inference/index.js";
import { type Fit, imageSizes, type Picture } from "../pixels/index.js";
import { figureText } from "../report/figures.js";
import { openDataOnce, openOtherPictures } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { openNamedModel } from "./namedModel.js";
import { findNamedPictures, fitFor, fitOptions, type Note, noteIn, type ReadyOptions } from "./pictureInputs.js";
import { fileStream, type PictureStream, setStream } from "./pictureStream.js";
import { onnxOptions, readRange } from "./restore.js";
import { checkpointChoice, type RunModel, runModelOptions } from "./runModel.js";
import { openReference } from "./scoreReference.js";
import { checkPictures, splitNames, splitOf } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

export interface ScoredPicture {
  /** Its file, or `test:17`. */
  readonly picture: string;
  /** Of pictures from a split with classes. */
  readonly class?: string;
  /** The higher, the less it is like the reference pictures. */
  readonly score: number;
  /** The share of reference pictures with a lower score, 0 to 1. */
  readonly quantile: number;
  readonly verdict: "anomalous" | "normal";
}

export interface ScoreResult {
  readonly by: ScoreName;
  /** What the score is, for people. */
  readonly definition: string;
  /** What scores are held against. */
  readonly reference: { readonly what: string; readonly pictures: number; readonly file?: string };
  /** A picture is anomalous whose score is above this one, or with `score:` at least this one. */
  readonly threshold: { readonly score: number; readonly quantile?: number };
  /** The highest score first. */
  readonly pictures: readonly ScoredPicture[];
  readonly anomalous: number;
  /** The absolute error that the heat maps' last colour stands for: 99.9 % of the reference pictures' pixels have less. */
  readonly heatTop: number;
  /** Paths of what was written. */
  readonly csv: string;
  readonly page?: string;
  readonly heatMaps: readonly { readonly picture: string; readonly file: string }[];
  /** Sentences about what was left out or looks wrong. */
  readonly notes: readonly string[];
}

const thresholdText = "expected a quantile above 0 and at most 1, as 0.99, or score: and a number, as score:0.01";

export const score = defineTask({
  name: "score",
  summary: "Score how unlike what a model learned pictures are, and show where: anomalies first.",
  options: z.strictObject({
    run: z.string().optional().describe("the folder of a run; with --encoder and --decoder there is none"),
    images: z.array(z.string()).default([]).describe("pictures, or folders of them"),
    data: z
      .string()
      .optional()
      .describe("score the pictures of this source instead (default, where no picture is named: the run's own)")
      .meta({ placeholder: "SPEC" }),
    on: z.enum(splitNames).default("test").describe("which split of a source"),
    by: z
      .enum(scoreNames)
      .default("combined")
      .describe("what the score is; see docs/anomalies.md for what each is good at"),
    threshold: z
      .string()
      .refine((text) => readThreshold(text) !== undefined, thresholdText)
      .default("0.99")
      .describe(
        "from which quantile among the reference pictures on, or which score (score:0.01), a picture is anomalous",
      )
      .meta({ placeholder: "Q|score:S" }),
    reference: z
      .string()
      .optional()
      .describe("pictures that are as they should be, a folder or a source (default: the run's training pictures)")
      .meta({ placeholder: "FOLDER|SPEC" }),
    pictures: z
      .int()
      .min(0)
      .max(1000)
      .default(24)
      .describe("how many are drawn, the highest scores first: heat maps, and a page of them all; 0 for none")
      .meta({ placeholder: "N" }),
    out: z
      .string()
      .default("scored")
      .describe("folder for scores.csv, the page and the heat maps")
      .meta({ placeholder: "DIR" }),
    format: z
      .enum(["table", "csv", "json"])
      .default("table")
      .describe("how scores are printed; json is the same as --json"),
    ...onnxOptions,
    ...fitOptions,
    ...runModelOptions,
  }),
  /**
   * Memory holds a name and a number for each picture, and a block of pictures.
   * @throws UserError for a model that does not open, files that are no pictures, and a folder that can't be written
   */
  async run(options, context): Promise<ScoreResult> {
    const { range, checkpoint, images, data } = options;
    if (images.length > 0 && data !== undefined) {
      throw new UserError("goes without names of pictures", { at: "--data", hint: "Leave out one of them." });
    }
    const notes: string[] = [];
    const note = noteIn(notes);
    const files = await findNamedPictures(images, note);
    const named = await openNamedModel({
      ...options,
      checkpoint: checkpointChoice(checkpoint),
      range: range === undefined ? undefined : readRange(range),
    });
    const model = withDecoder(named, options.run ?? "--decoder");
    try {
      notes.push(...model.notes);
      const ready: ReadyOptions = {
        fit: fitFor(model, options.fit, options.encoder),
        isInverted: options.invert,
        note,
      };
      const run = runOf(model);
      const ownData = run === undefined ? undefined : openDataOnce(run, context);
      const stream =
        images.length > 0 ? fileStream(files, model, ready) : await splitStream(model, ownData, options, context);
      return await scoreStream({ model, run, ownData, stream, options, ready, notes, note, context });
    } finally {
      model.dispose();
    }
  },
});

/** The run that a model is of; undefined for one of ONNX files. */
function runOf(model: TrainedModel): RunModel | undefined {
  return "run" in model ? (model as RunModel) : undefined;
}

/** The engine that a model computes with, or one opened for what is no network. */
async function engineOf(model: TrainedModel, threads: number | undefined): Promise<Engine> {
  return runOf(model)?.engine ?? (await openEngine("auto", threads === undefined ? {} : { threads }));
}

async function splitStream(
  model: TrainedModel,
  ownData: (() => Promise<OpenSource>) | undefined,
  { data, on }: { readonly data?: string | undefined; readonly on: (typeof splitNames)[number] },
  context: TaskContext,
): Promise<PictureStream> {
  if (data === undefined && ownData === undefined) {
    throw new UserError("no picture is named, and two ONNX files have no pictures of their own", {
      hint: "Name pictures or folders, or a source: --data mnist --on test.",
    });
  }
  const source =
    data === undefined && ownData !== undefined
      ? await ownData()
      : await openOtherPictures(model.inputShape, { data: data ?? "", exact: false }, context);
  const set = splitOf(source, on);
  checkPictures(model, set, data === undefined ? "data" : "--data");
  return setStream(set, on, source);
}

/** A quantile or a score, as it was typed. */
function readThreshold(text: string): { readonly quantile: number } | { readonly score: number } | undefined {
  const [, kind, number = ""] = /^(score:)?\s*(.+)$/.exec(text.trim()) ?? [];
  const value = Number(number);
  if (number.trim() === "" || !Number.isFinite(value)) return undefined;
  if (kind !== undefined) return { score: value };
  return value > 0 && value <= 1 ? { quantile: value } : undefined;
}

async function scoreStream(work: {
  readonly model: TrainedModel & Decoding;
  readonly run: RunModel | undefined;
  readonly ownData: (() => Promise<OpenSource>) | undefined;
  readonly stream: PictureStream;
  readonly options: z.output<typeof score.options>;
  readonly ready: ReadyOptions;
  readonly notes: readonly string[];
  readonly note: Note;
  readonly context: TaskContext;
}): Promise<ScoreResult> {
  const { model, run, ownData, stream, options, ready, notes, note, context } = work;
  const { report, signal } = context;
  const { by } = options;
  const engine = await engineOf(model, options.threads);
  const { reference, what, file } = await openReference({
    ...{ model, run, ownData, by, engine, ready, note, context },
    named: options.reference,
  });
  const threshold = readThreshold(options.threshold) ?? { quantile: usualQuantile };
  const limit = "score" in threshold ? threshold.score : scoreAt(reference.scores, threshold.quantile);
  const isAnomalous = (value: number) => ("score" in threshold ? value >= limit : value > limit);
  if ("quantile" in threshold && (1 - threshold.quantile) * reference.scores.length < 1 - 1e-9) {
    note(
      `${withThousands(reference.scores.length)} reference pictures are too few to tell a quantile of ${threshold.quantile}: anomalous is what scores above all of them`,
    );
  }

  const scorer = openScorer(model, reference, engine);
  const places: number[] = [];
  const scores: number[] = [];
  for await (const block of stream.blocks(signal)) {
    report({ done: block.places[0] ?? 0, of: stream.count, what: `scoring ${withThousands(stream.count)} pictures` });
    scores.push(...(await scorer.score(block.images, { signal })));
    places.push(...block.places);
  }
  if (places.length === 0) {
    throw new UserError("none of the files is a picture that can be read", {
      at: options.images.join(", "),
      hint: notes.at(-1) ?? "Name PNG or JPEG files.",
    });
  }
  const order = Array.from(places.keys()).sort(
    (a, b) => (scores[b] as number) - (scores[a] as number) || (places[a] as number) - (places[b] as number),
  );
  const pictures = order.map((at): ScoredPicture => {
    const place = places[at] as number;
    const value = scores[at] as number;
    const of = stream.classOf(place);
    return {
      picture: stream.nameOf(place),
      ...(of === undefined ? {} : { class: of }),
      score: value,
      quantile: quantileOf(reference.scores, value),
      verdict: isAnomalous(value) ? "anomalous" : "normal",
    };
  });
  const anomalous = pictures.filter(({ verdict }) => verdict === "anomalous").length;

  const free = freeNames(options.out, options.images.length > 0 ? pictures.map(({ picture }) => picture) : []);
  const csv = free("scores", ".csv");
  writeResult(csv, `${scoreLines(pictures).join("\n")}\n`);
  const shown = order.slice(0, options.pictures).map((at, i) => ({
    place: places[at] as number,
    scored: pictures[i] as ScoredPicture,
  }));
  const title = run?.experiment.name ?? "pictures";
  const subtitle = `${withThousands(anomalous)} of ${withThousands(pictures.length)} anomalous; score by ${by}, quantiles among ${what}`;
  const drawn =
    shown.length === 0
      ? { heatMaps: [] }
      : await draw({ model, stream, shown, free, title, subtitle, fit: ready.fit, top: reference.errorTop, context });
  return {
    by,
    definition: scoreTexts[by],
    reference: { what, pictures: reference.scores.length, ...(file === undefined ? {} : { file }) },
    threshold: { score: limit, ...("quantile" in threshold ? { quantile: threshold.quantile } : {}) },
    pictures,
    anomalous,
    heatTop: reference.errorTop,
    csv,
    ...drawn,
    notes,
  };
}

/** A line for each picture under a head: CSV. */
export function scoreLines(pictures: readonly ScoredPicture[]): string[] {
  const hasClasses = pictures.some((picture) => picture.class !== undefined);
  return [
    ["picture", ...(hasClasses ? ["class"] : []), "score", "quantile", "verdict"].join(","),
    ...pictures.map((one) =>
      [one.picture, ...(hasClasses ? [one.class ?? ""] : []), one.score, one.quantile, one.verdict]
        .map(csvCell)
        .join(","),
    ),
  ];
}

/** Paths in a folder, each given once and none that of a picture that was read. */
function freeNames(folder: string, inputs: readonly string[]): (name: string, ending: string) => string {
  const real = (path: string): string => (existsSync(path) ? realpathSync(path) : path);
  const taken = new Set(inputs.map(real));
  return (name, ending) => {
    for (let number = 1; ; number++) {
      const path = join(folder, `${name}${number === 1 ? "" : `-${number}`}${ending}`);
      if (taken.has(path) || taken.has(real(path))) continue;
      taken.add(path);
      return path;
    }
  };
}

async function draw(work: {
  readonly model: TrainedModel & Decoding;
  readonly stream: PictureStream;
  readonly shown: readonly { readonly place: number; readonly scored: ScoredPicture }[];
  readonly free: (name: string, ending: string) => string;
  readonly title: string;
  readonly subtitle: string;
  readonly fit: Fit;
  readonly top: number;
  readonly context: TaskContext;
}): Promise<Pick<ScoreResult, "page" | "heatMaps">> {
  const { model, stream, shown, free, title, subtitle, top } = work;
  const { report, signal } = work.context;
  const [{ renderHeat }, { renderScored, thumbnail }] = await Promise.all([
    import("../report/heat.js"),
    import("../report/scored.js"),
  ]);
  const sizes = imageSizes(model.inputShape);
  const { height, width } = sizes;
  // A picture of a source has the model's shape: nothing is cut.
  const fit: Fit = work.fit;
  const heatMaps: { picture: string; file: string }[] = [];
  const tiles: Parameters<typeof renderScored>[0]["tiles"][number][] = [];
  for (const [i, { place, scored }] of shown.entries()) {
    await pause(signal);
    report({ done: i, of: shown.length, what: `drawing ${withThousands(shown.length)} heat maps` });
    const picture = await stream.picture(place);
    if (picture === undefined) continue;
    const reconstruction = await model.reconstruct(picture.input, { signal });
    const error = errorMap(reconstruction, picture.input, sizes);
    const file = free(`${nameOnly(scored.picture)}-heat`, ".png");
    writeResult(file, renderHeat({ original: picture.original, error, height, width, fit, top }));
    heatMaps.push({ picture: scored.picture, file });
    const original: Picture = thumbnail(picture.original);
    const of = scored.class === undefined ? "" : `, class ${scored.class}`;
    tiles.push({
      ...{ original, reconstruction, error },
      isAnomalous: scored.verdict === "anomalous",
      caption: [
        `${i + 1}. ${scored.verdict}, score ${figureText(scored.score)}, quantile ${quantileText(scored.quantile)}`,
        `${scored.picture}${of}`,
      ],
    });
  }
  const page = free("worst", ".png");
  writeResult(page, await renderScored({ title, subtitle, tiles, shape: model.inputShape, fit, top }, signal));
  return { page, heatMaps };
}

/** Four digits, and never 1 for what is below it. */
export function quantileText(quantile: number): string {
  return quantile === 1 ? "1" : (Math.floor(quantile * 10_000) / 10_000).toFixed(4);
}

/** A picture's file name without folder and ending, in what every file system allows. */
function nameOnly(picture: string): string {
  const name = picture.split(/[\\/]/).at(-1) ?? picture;
  return name
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .slice(0, 100);
}

// What the run's own records say: head, curves, timing, health notes, interventions, how to train it again, versions.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { sum } from "../../base/numbers.js";
import { countText, epochsText } from "../../base/text.js";
import type { ResolvedExperiment } from "../../experiment/index.js";
import { figuresOf, kindText, models } from "../../nn/index.js";
import { figureText, lowestEpoch, shownFigure } from "../../report/figures.js";
import type {
  Again,
  Curve,
  Curves,
  FigureWords,
  HealthNote,
  ObjectiveWords,
  ReportHead,
  Timing,
  VersionsOfRun,
} from "../../report/reportData.js";
import { type EpochRecord, readCheckpoint, readExperimentText, readLog } from "../../runs/index.js";
import { readText } from "../../runs/runFolder.js";
import { plannedLearningRates } from "../learningRates.js";
import type { OpenedRun } from "./opened.js";

/** What needs no training, by figure, for curves and the line of the result. */
export interface Baselines {
  /** By figure. */
  readonly meanImage?: Readonly<Record<string, number>> | undefined;
  readonly pca?: (Readonly<Record<string, number>> & { readonly components: number }) | undefined;
  /** Nats a pixel. */
  readonly entropyFloor?: number | undefined;
  /** Which images they were measured on. */
  readonly on: string;
}

/** The head of a report, of whatever opens; it is always there. */
export async function headOf(opened: OpenedRun, baselines: Baselines | undefined): Promise<ReportHead> {
  const resolved = await opened.resolved().catch(() => undefined);
  const records = await opened.records().catch(() => []);
  const { state, isFinished } = stateOf(opened, resolved, records);
  if (resolved === undefined) {
    return { name: writtenName(opened) ?? "a run", state, isFinished, isQuick: false };
  }
  const { experiment, model } = resolved;
  const { kind } = model.spec;
  const result = resultOf(records, baselines);
  return {
    name: experiment.name,
    kind: kindText(kind),
    summary: models[kind as keyof typeof models]?.summary ?? "",
    ...{ state, isFinished, isQuick: experiment.name.endsWith("-quick") },
    ...(result === undefined ? {} : { result }),
    objective: objectiveOf(resolved, records),
  };
}

/** The name that a damaged experiment still has. */
function writtenName({ run }: OpenedRun): string | undefined {
  try {
    return /^name:\s*["']?([A-Za-z0-9._-]{1,100})/m.exec(readExperimentText(run))?.[1];
  } catch {
    return undefined;
  }
}

function stateOf({ run }: OpenedRun, resolved: ResolvedExperiment | undefined, records: readonly EpochRecord[]) {
  const done = countText(records.length, "epoch");
  try {
    const state = readCheckpoint(run, "last")?.state;
    if (state === undefined) {
      return { state: records.length === 0 ? "not trained yet" : `${done}, no checkpoint`, isFinished: false };
    }
    if (state.finished) return { state: `trained to its end, ${done}`, isFinished: true };
    const wanted = resolved?.experiment.phases.map((phase, i) => state.epochs?.[i] ?? phase.epochs);
    const of = wanted === undefined ? "" : ` of ${epochsText(wanted)}`;
    return { state: `not trained to its end: ${done}${of}`, isFinished: false };
  } catch (error) {
    const why = error instanceof UserError ? error.message : "its checkpoint can't be read";
    return { state: `${done}; the last checkpoint ${why}`, isFinished: false };
  }
}

/** One line: the figure that is minimised (or the mse), beside what needs no training. */
function resultOf(records: readonly EpochRecord[], baselines: Baselines | undefined): string | undefined {
  const last = records.at(-1);
  if (last === undefined) return undefined;
  const name = last.test.mse === undefined ? shownFigure(last.test) : "mse";
  const value = last.test[name];
  if (value === undefined) return undefined;
  const lowest = lowestEpoch(records, name);
  const best =
    lowest === undefined || lowest.epoch === last.epoch || name === "accuracy"
      ? ""
      : `, lowest ${figureText(lowest.test[name] ?? Number.NaN)} after epoch ${lowest.epoch}`;
  const others = [
    ...(baselines?.pca?.[name] === undefined
      ? []
      : [`${figureText(baselines.pca[name])} of ${countText(baselines.pca.components, "principal component")}`]),
    ...(baselines?.meanImage?.[name] === undefined
      ? []
      : [`${figureText(baselines.meanImage[name])} of the mean image`]),
  ];
  const beside = others.length === 0 ? "" : `; beside ${others.join(" and ")}`;
  return `test ${name} ${figureText(value)} after epoch ${last.epoch}${best}${beside}`;
}

/** Every figure of the run's records. */
export function figuresOfRun({ model, loss, metrics }: ResolvedExperiment): readonly FigureWords[] {
  return figuresOf(model, loss, metrics).map(({ name, unit, summary, better }) => ({ name, unit, summary, better }));
}

/** What the words of formulas are. */
const letters: readonly (readonly [word: RegExp, letter: string, meaning: string])[] = [
  [/\breconstruction\b/, "reconstruction", "what the decoder makes of the code"],
  [/\bprediction\b/, "prediction", "what the model gives: the reconstruction"],
  [/\btarget\b/, "target", "the picture itself, without what corrupts the input"],
  [/\blogits\b/, "logits", "a number for each class, the larger the likelier"],
  [/\blabel\b/, "label", "the class of the picture"],
  [/\bcode\b/, "code", "the numbers that the encoder makes of the picture"],
  [/\bkl\b/i, "kl", "½ Σ (mean² + variance − 1 − ln variance) over the code's units, averaged over the pictures"],
  [/\bmean [(−|l]/, "mean", "over every pixel and every picture"],
  [/β/, "β", "the weight of the KL divergence"],
  [/\bln\b/, "ln", "the natural logarithm, which makes nats"],
  [/\bfreeBits\b|free bits/, "freeBits", "nats of KL divergence that each unit may have at no cost"],
];

function objectiveOf(resolved: ResolvedExperiment, records: readonly EpochRecord[]): ObjectiveWords {
  const { model, loss } = resolved;
  const formula = model.formula(loss.label);
  const last = records.at(-1);
  const text = `${formula} ${loss.formula}`;
  const isTerm = (name: string): boolean =>
    name === "objective" || name === loss.figure || Object.hasOwn(model.figures(loss), name);
  const train = last?.trainEvaluated ?? last?.train;
  const number = /\b(\d+)·/.exec(formula)?.[1];
  const elements = model.inputShape.reduce((product, length) => product * length, 1);
  return {
    formula,
    loss: { name: loss.label, formula: loss.formula, unit: loss.unit },
    terms: figuresOfRun(resolved)
      .filter(({ name }) => isTerm(name))
      .map((figure) => ({
        ...figure,
        ...(last?.test[figure.name] === undefined ? {} : { test: last.test[figure.name] as number }),
        ...(train?.[figure.name] === undefined ? {} : { train: train[figure.name] as number }),
      })),
    letters: [
      ...(number === undefined || Number(number) !== elements ? [] : [[number, "numbers in a picture"] as const]),
      ...letters.filter(([word]) => word.test(text)).map(([, letter, meaning]) => [letter, meaning] as const),
    ],
  };
}

/** A curve for every figure of the records, with its baselines and floor as lines; and the learning rate. */
export async function curvesOf(opened: OpenedRun, baselines: Baselines | undefined): Promise<Curves> {
  const records = await opened.records();
  const last = records.at(-1);
  if (last === undefined) throw new UserError("there is no finished epoch to draw");
  const resolved = await opened.resolved().catch(() => undefined);
  const told = resolved === undefined ? [] : figuresOfRun(resolved);
  const names = Object.keys(last.test);
  const curves = names.map((name): Curve => {
    const words = told.find((figure) => figure.name === name);
    return {
      ...(words ?? { name, unit: "mean over images", summary: "a figure of the run's records", better: "neither" }),
      lines: (["train", "validation", "test"] as const).flatMap((split) => {
        const points = records.flatMap(({ epoch, [split]: figures }): [number, number][] => {
          const value = figures?.[name];
          return value === undefined || !Number.isFinite(value) ? [] : [[epoch, value]];
        });
        return points.length === 0 ? [] : [{ name: split, points }];
      }),
      references: referencesOf(name, baselines),
    };
  });
  // A figure under two names is drawn once.
  const own = shownFigure(last.test);
  const shown = curves.filter(({ name }) => !(name === "objective" && own !== "objective"));
  return { curves: [...shown, await learningRateOf(opened, records)], phases: phasesOf(resolved, last.epoch) };
}

function referencesOf(name: string, baselines: Baselines | undefined): Curve["references"] {
  if (baselines === undefined) return [];
  const { meanImage, pca, entropyFloor, on } = baselines;
  return [
    ...(pca?.[name] === undefined
      ? []
      : [
          {
            name: `PCA, ${pca.components}`,
            value: pca[name],
            meaning: `${countText(pca.components, "principal component")}, as many as the code has numbers, on ${on}`,
          },
        ]),
    ...(meanImage?.[name] === undefined
      ? []
      : [
          {
            name: "mean image",
            value: meanImage[name],
            meaning: `every picture reconstructed as the mean training image, on ${on}`,
          },
        ]),
    ...(name === "bce" && entropyFloor !== undefined
      ? [
          {
            name: "floor",
            value: entropyFloor,
            meaning: `the entropy of the pixels on ${on}: no reconstruction is below it`,
          },
        ]
      : []),
  ];
}

async function learningRateOf(opened: OpenedRun, records: readonly EpochRecord[]): Promise<Curve> {
  const lastEpoch = records.at(-1)?.epoch ?? 0;
  let points = records.map(({ epoch, learningRate }): readonly [number, number] => [epoch, learningRate]);
  try {
    const changed = readLog(opened.run, "interventions.jsonl").some(({ command }) => command !== "setThreads");
    const planned = changed
      ? undefined
      : plannedLearningRates(await opened.resolved(), (await opened.source()).splits.train);
    if (planned !== undefined) points = planned.filter(([epoch]) => epoch <= lastEpoch);
  } catch {
    // Without the data it is one point an epoch.
  }
  const summary = "how far the optimizer goes along its direction in a step";
  return {
    ...{ name: "learning rate", unit: "a step", summary, better: "neither", references: [] },
    lines: [{ name: "learning rate", points: points.map(([epoch, rate]) => [rounded(epoch), rounded(rate)]) }],
  };
}

function phasesOf(resolved: ResolvedExperiment | undefined, reached: number): Curves["phases"] {
  const spans: { name: string; from: number; to: number }[] = [];
  let from = 0;
  for (const { name, epochs } of resolved?.experiment.phases ?? []) {
    const to = Math.min(from + epochs, reached);
    if (to > from) spans.push({ name, from, to });
    from += epochs;
  }
  return spans.length > 1 ? spans : [];
}

/** Six digits are more than a line shows. */
export function rounded(value: number, digits = 6): number {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value;
}

/** Times of the run; the only section that differs between runs of one experiment. */
export async function timingOf({ run, environment }: OpenedRun): Promise<Timing> {
  const lines = readLog(run, "timing.jsonl");
  if (lines.length === 0) throw new UserError("there is no finished epoch whose time was taken");
  const seconds = sum(lines.map((line) => line.seconds));
  const started = await environment().then(
    (record) => record.started,
    () => undefined,
  );
  const images = sum(lines.map((line) => line.seconds * line.imagesPerSecond));
  return {
    ...(started === undefined ? {} : { started }),
    seconds,
    evaluationSeconds: sum(lines.map((line) => line.evaluationSeconds)),
    dataWaitSeconds: sum(lines.map((line) => line.dataWaitSeconds)),
    imagesPerSecond: seconds > 0 ? images / seconds : 0,
    peakBytes: lines.reduce((most, line) => Math.max(most, line.peakBytes), 0),
    epochs: lines.map((line) => ({
      epoch: line.epoch,
      seconds: rounded(line.seconds, 4),
      evaluationSeconds: rounded(line.evaluationSeconds, 4),
      imagesPerSecond: rounded(line.imagesPerSecond, 4),
    })),
  };
}

const healthSchema = z.object({
  epoch: z.number().optional(),
  step: z.number().optional(),
  kind: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  place: z.string().optional(),
});

/** Said of most runs: health.jsonl is there only where there is something to say. */
export const nothingNoticed = "nothing was noticed that a person should know";

/** What the training noticed of itself: health.jsonl, whose whole lines are read. */
export async function healthOf({ run }: OpenedRun): Promise<readonly HealthNote[]> {
  const name = "health.jsonl";
  if (!run.files.exists(run.files.join(run.path, name))) {
    throw new UserError(nothingNoticed);
  }
  return readText(run, name, "Remove it if it is damaged.")
    .split("\n")
    .slice(0, -1)
    .flatMap((line, index) => {
      const parsed = healthSchema.safeParse(jsonOf(line));
      if (!parsed.success) return [{ kind: "damaged", message: `line ${index + 1} of ${name} is damaged` }];
      const { epoch, step, kind, message, hint, place } = parsed.data;
      return [
        {
          ...(epoch === undefined ? {} : { epoch }),
          ...(step === undefined ? {} : { step }),
          ...{ kind, message },
          ...(hint === undefined ? {} : { hint }),
          ...(place === undefined ? {} : { place }),
        },
      ];
    });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** What people changed while it was trained, a sentence each. Threads change no figure and are told with the timing. */
export async function interventionsOf({ run }: OpenedRun): Promise<readonly string[]> {
  if (!run.files.exists(run.files.join(run.path, "interventions.jsonl"))) return [];
  return readLog(run, "interventions.jsonl").flatMap((intervention) => {
    const after = `after step ${intervention.step.toLocaleString("en-US")}`;
    switch (intervention.command) {
      case "setLearningRate":
        return [`${after}: the learning rate was set to ${intervention.learningRate}`];
      case "setEpochs":
        return [
          `${after}: the phases were set to ${intervention.epochs.map((epochs) => rounded(epochs, 4)).join(", ")} epochs`,
        ];
      case "setThreads":
        return [];
      default:
        return [`${after}: ${String((intervention as { command?: unknown }).command)}`];
    }
  });
}

/** How to train it again: the experiment as it was trained, and commands. */
export async function againOf({ run }: OpenedRun): Promise<Again> {
  return {
    // The line for editors names a file that lies beside it.
    yaml: readExperimentText(run).replace(/^# yaml-language-server:.*\n/, ""),
    commands: [
      ["isthmus train experiment.yaml", "the same training from the experiment below, kept as experiment.yaml"],
      ["isthmus train RUN --seed 1", "the same from other first weights, of the run's folder"],
      ["isthmus train RUN --resume", "goes on where it was stopped"],
      ["isthmus evaluate RUN", "all figures on all test images"],
      ["isthmus map RUN", "the map of codes by UMAP"],
      ["isthmus export RUN", "encoder and decoder as ONNX files"],
    ],
  };
}

/** What the run was computed with: two runs are equal bit for bit where these are. */
export async function versionsOf({ environment }: OpenedRun): Promise<VersionsOfRun> {
  const { isthmus, node, platform, engine, data, firstWeights } = await environment();
  const { name, library, instructionSet, threads } = engine;
  const images = Object.entries(data.images ?? {}).map(([split, count]) => `${countText(count, "image")} of ${split}`);
  return {
    rows: [
      ["isthmus", isthmus],
      ["Node", node],
      ["platform", platform],
      ["engine", [name, library, instructionSet].filter((part) => part !== undefined).join(", ")],
      ["threads", String(threads)],
      ["data", [data.name, ...images].join(", ")],
      ...(firstWeights === undefined ? [] : [["first weights, SHA-256", firstWeights] as const]),
    ],
    checksums: Object.entries(data.checksums).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

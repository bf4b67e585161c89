// Curves of runs as charts: each figure one chart, train and test in it, or one line for each of several runs.
import type { ChartColour, ChartMark, ChartSpec, ChartValues, LineSeries } from "../../../report/chartSpec.js";
import { shownFigure } from "../../../report/figures.js";
import type { EpochRecord, Figures } from "../../api.js";

export interface CurveLook {
  readonly isLog: boolean;
  /** From 0 to below 1. */
  readonly smoothing: number;
  /** Epochs of the whole training, so that what is left shows as room. */
  readonly epochsInAll?: number;
  /** The epoch that the page's pictures are from. */
  readonly epoch?: number;
  readonly height: number;
}

/** What is known of a figure beside its numbers: unit, meaning, floor and baselines. */
export interface FigureFacts {
  readonly unit?: string;
  readonly summary?: string;
  readonly better?: "lower" | "higher" | "neither";
  readonly references: readonly { readonly name: string; readonly value: number; readonly meaning: string }[];
}

/** Names of the figures that records have, the one that stands for the training first; the objective only where it is none of them. */
export function figureNames(records: readonly EpochRecord[]): string[] {
  const last = records.at(-1);
  if (last === undefined) return [];
  const shown = shownFigure(last.test);
  const names = new Set(records.slice(-20).flatMap(({ test, train }) => [...Object.keys(test), ...Object.keys(train)]));
  if (shown !== "objective") names.delete("objective");
  return [shown, ...[...names].filter((name) => name !== shown)];
}

const linesOf = {
  train: "the running mean over the epoch, while the weights still changed",
  trainEvaluated: "the training images with the epoch's last weights",
  validation: "the validation images, with the epoch's last weights",
  test: "the test images, with the epoch's last weights",
} as const;

const dashOf = { test: 0, train: 1, trainEvaluated: 2, validation: 3 } as const;

/** One figure of one run: the test images in the run's colour, others grey. */
export function runCurve(
  name: string,
  { records, colour }: { readonly records: readonly EpochRecord[]; readonly colour: number },
  facts: FigureFacts | undefined,
  look: CurveLook,
): ChartSpec {
  const kinds = (["test", "train", "trainEvaluated", "validation"] as const).filter((kind) =>
    records.some((record) => record[kind]?.[name] !== undefined),
  );
  const series = kinds.map(
    (kind): LineSeries => ({
      ...{
        kind: "line",
        name: kind === "trainEvaluated" ? "train, evaluated" : kind,
        meaning: linesOf[kind],
        colour: (kind === "test" ? colour : "muted") satisfies ChartColour,
      },
      ...{
        x: records.map(({ epoch }) => epoch),
        y: valuesOf(records, name, kind),
        dash: dashOf[kind],
        symbol: dashOf[kind],
      },
      ...(look.smoothing > 0 ? { smoothing: look.smoothing } : {}),
    }),
  );
  return chart(name, series, facts, look);
}

/** One figure on the test images, a line for each run in its colour. */
export function comparedCurve(
  name: string,
  runs: readonly { readonly name: string; readonly colour: number; readonly records: readonly EpochRecord[] }[],
  facts: FigureFacts | undefined,
  look: CurveLook,
): ChartSpec {
  const series = runs
    .filter(({ records }) => records.some(({ test }) => test[name] !== undefined))
    .map(
      (run): LineSeries => ({
        ...{ kind: "line", name: run.name, colour: run.colour, x: run.records.map(({ epoch }) => epoch) },
        y: valuesOf(run.records, name, "test"),
        ...(look.smoothing > 0 ? { smoothing: look.smoothing } : {}),
      }),
    );
  return chart(name, series, facts, look);
}

function chart(
  name: string,
  series: readonly LineSeries[],
  facts: FigureFacts | undefined,
  look: CurveLook,
): ChartSpec {
  // A logarithmic axis shows how something falls; what rises is bounded or logarithmic already, as decibels are.
  const isLog = look.isLog && facts?.better !== "higher";
  const marks = (facts?.references ?? [])
    .filter(({ value }) => Number.isFinite(value) && !(isLog && value <= 0))
    .map(({ name, value, meaning }): ChartMark => ({ axis: "y", at: value, name, meaning }));
  if (look.epoch !== undefined) {
    marks.push({ axis: "x", at: look.epoch, name: "pictures", meaning: "the epoch that the pictures are from" });
  }
  return {
    title: name,
    x: { name: "epoch", isWhole: true, min: 1, ...(look.epochsInAll === undefined ? {} : { max: look.epochsInAll }) },
    panels: [
      {
        y: {
          name,
          scale: isLog ? "log" : "linear",
          ...(facts?.unit === undefined ? {} : { unit: facts.unit }),
          ...(facts?.summary === undefined ? {} : { meaning: facts.summary }),
        },
        series,
        marks,
      },
    ],
    size: { width: 720, height: look.height },
  };
}

function valuesOf(records: readonly EpochRecord[], name: string, kind: keyof typeof linesOf): ChartValues {
  return records.map((record) => {
    const figures: Figures | undefined = record[kind];
    const value = figures?.[name];
    return value === undefined || !Number.isFinite(value) ? null : value;
  });
}

/** What is known of the figures that any of several runs has: units where they agree, references that all have. */
export function sharedFacts(
  runs: readonly (readonly (FigureFacts & { readonly name: string })[])[],
): ReadonlyMap<string, FigureFacts> {
  const first = new Map(
    runs
      .flat()
      .reverse()
      .map((facts) => [facts.name, facts]),
  );
  return new Map(
    [...first].map(([name, { unit, summary, better, references }]) => {
      const same = runs.map((run) => run.find((one) => one.name === name));
      const isShared = same.every((one) => one === undefined || one.unit === unit);
      return [
        name,
        {
          ...(unit === undefined || !isShared ? {} : { unit }),
          ...(summary === undefined ? {} : { summary }),
          ...(better === undefined ? {} : { better }),
          references: references.filter((reference) =>
            same.every((one) =>
              one?.references.some(({ name: of, value }) => of === reference.name && value === reference.value),
            ),
          ),
        },
      ];
    }),
  );
}

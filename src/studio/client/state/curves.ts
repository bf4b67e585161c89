// Curves of runs as charts: each figure one chart, train and test in it, or one line for each of several runs.
import type { ChartMark, ChartSpec, ChartValues, LineSeries } from "../../../report/chartSpec.js";
import { shownFigure } from "../../../report/figures.js";
import type { EpochRecord, Figures } from "../../api.js";

export interface CurveLook {
  readonly isLog: boolean;
  /** From 0 to below 1. */
  readonly smoothing: number;
  /** Epochs of the whole training, so that what is left shows as room. */
  readonly epochsInAll?: number;
  readonly height: number;
}

/** What is known of a figure beside its numbers: unit, meaning, floor and baselines. */
export interface FigureFacts {
  readonly unit?: string;
  readonly summary?: string;
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

/** One figure of one run. */
export function runCurve(
  name: string,
  records: readonly EpochRecord[],
  facts: FigureFacts | undefined,
  look: CurveLook,
): ChartSpec {
  const kinds = (["test", "train", "trainEvaluated", "validation"] as const).filter((kind) =>
    records.some((record) => record[kind]?.[name] !== undefined),
  );
  const series = kinds.map(
    (kind, i): LineSeries => ({
      ...{
        kind: "line",
        name: kind === "trainEvaluated" ? "train, evaluated" : kind,
        meaning: linesOf[kind],
        colour: i,
      },
      ...{ x: records.map(({ epoch }) => epoch), y: valuesOf(records, name, kind), dash: kind === "train" ? 1 : 0 },
      ...(look.smoothing > 0 ? { smoothing: look.smoothing } : {}),
    }),
  );
  return chart(name, series, facts, look);
}

/** One figure on the test images, a line for each run in its colour. */
export function comparedCurve(
  name: string,
  runs: readonly { readonly name: string; readonly colour: number; readonly records: readonly EpochRecord[] }[],
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
  return chart(name, series, undefined, look);
}

function chart(
  name: string,
  series: readonly LineSeries[],
  facts: FigureFacts | undefined,
  look: CurveLook,
): ChartSpec {
  const marks = (facts?.references ?? [])
    .filter(({ value }) => Number.isFinite(value) && !(look.isLog && value <= 0))
    .map(({ name, value, meaning }): ChartMark => ({ axis: "y", at: value, name, meaning }));
  return {
    title: name,
    x: { name: "epoch", isWhole: true, min: 1, ...(look.epochsInAll === undefined ? {} : { max: look.epochsInAll }) },
    panels: [
      {
        y: {
          name,
          scale: look.isLog ? "log" : "linear",
          ...(facts?.unit === undefined ? {} : { unit: facts.unit }),
          ...(facts?.summary === undefined ? {} : { meaning: facts.summary }),
        },
        series,
        marks,
      },
    ],
    size: { width: 480, height: look.height },
  };
}

function valuesOf(records: readonly EpochRecord[], name: string, kind: keyof typeof linesOf): ChartValues {
  return records.map((record) => {
    const figures: Figures | undefined = record[kind];
    const value = figures?.[name];
    return value === undefined || !Number.isFinite(value) ? null : value;
  });
}

// The test figure of several runs over their epochs, in one chart.
import { type Figure, figureUnit } from "../nn/figures.js";
import type { EpochRecord } from "../runs/records.js";
import { amountScale } from "./chartOption.js";
import type { ChartSpec } from "./chartSpec.js";
import { valuesOf } from "./curves.js";
import { figureText } from "./figures.js";

export interface ComparedCurvesInput {
  /** `mse`, for example: a figure that every run has. */
  readonly figure: string;
  /** What it is, where that is the same for all runs: see `figuresOf`. */
  readonly figures: readonly Figure[];
  readonly runs: readonly { readonly name: string; readonly records: readonly EpochRecord[] }[];
}

/** The axis is logarithmic where the figures span more than a factor of five. */
export function comparedCurvesSpec({ figure, figures, runs }: ComparedCurvesInput): ChartSpec {
  const values = runs.map(({ records }) => valuesOf(records, ({ test }) => test[figure]));
  const scale = amountScale(values.flat());
  const meaning = figures.find(({ name }) => name === figure)?.summary;
  const lowest = values.flat().reduce<number>((low, value) => Math.min(low, value ?? low), 0);
  return {
    title: `test ${figure} by epoch`,
    subtitle: "in brackets after the last epoch",
    x: {
      name: "epoch",
      isWhole: true,
      min: 0,
      max: Math.max(2, ...runs.map(({ records }) => records.at(-1)?.epoch ?? 0)),
    },
    panels: [
      {
        y: {
          name: figure,
          unit: figureUnit(figure, figures),
          scale,
          ...(meaning === undefined ? {} : { meaning }),
          ...(scale === "linear" ? { min: lowest } : {}),
        },
        series: runs.map(({ name, records }, i) => ({
          kind: "line",
          name: `${name} (${figureText(records.at(-1)?.test[figure] ?? Number.NaN)})`,
          x: records.map(({ epoch }) => epoch),
          y: values[i] ?? [],
        })),
      },
    ],
    size: { width: 960, height: 560 },
  };
}

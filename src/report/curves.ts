// The learning curves of a run: loss on train and test above, the learning rate below, over one axis of epochs.
import { UserError } from "../base/errors.js";
import { type Figure, figureUnit } from "../nn/figures.js";
import type { EpochRecord } from "../runs/records.js";
import { amountScale, fewPoints } from "./chartOption.js";
import type { ChartSpan, ChartSpec, ChartValues } from "./chartSpec.js";
import { figureText, lowestEpoch, shownFigure } from "./figures.js";

export interface CurvesInput {
  /** Title of the chart: the run's name. */
  readonly name: string;
  /** Every epoch of the run, in order, as in metrics.jsonl. At least one. */
  readonly records: readonly EpochRecord[];
  /** Phases that the run has reached, in order. Their boundaries are marked where there is more than one. */
  readonly phases?: readonly { readonly name: string; readonly epochs: number }[];
  /** Learning rate over time in epochs, finer than one point an epoch; default: the records' own. */
  readonly learningRates?: readonly (readonly [epoch: number, learningRate: number])[];
  /** What the records' figures are, for the unit of the one that is drawn: see `figuresOf`. */
  readonly figures: readonly Figure[];
}

/** The loss has a logarithmic axis where it spans more than a factor of five. @throws UserError where there is no epoch to draw */
export function curvesSpec({ name, records, phases = [], learningRates, figures }: CurvesInput): ChartSpec {
  const last = records.at(-1);
  if (last === undefined) {
    throw new UserError("there is no finished epoch to draw", { at: name, hint: "Train for one epoch at least." });
  }
  const figure = shownFigure(last.test);
  const lowest = lowestEpoch(records, figure) ?? last;
  const epochs = records.map(({ epoch }) => epoch);
  const train = valuesOf(records, ({ train: of }) => of[figure]);
  const test = valuesOf(records, ({ test: of }) => of[figure]);
  const rates = learningRates ?? records.map((record) => [record.epoch, record.learningRate] as const);
  const scale = amountScale([...train, ...test]);
  const meaning = figures.find((of) => of.name === figure)?.summary;
  return {
    title: name,
    subtitle:
      `test ${figure} ${figureText(last.test[figure] ?? Number.NaN)} after epoch ${last.epoch}` +
      ` · lowest ${figureText(lowest.test[figure] ?? Number.NaN)}, epoch ${lowest.epoch}`,
    x: { name: "epoch", isWhole: true, min: 0, max: Math.max(last.epoch, 2) },
    spans: phaseSpans(phases, last.epoch),
    panels: [
      {
        y: {
          name: figure,
          unit: figureUnit(figure, figures),
          scale,
          ...(meaning === undefined ? {} : { meaning }),
          ...(scale === "linear" ? { min: Math.min(0, ...finite([...train, ...test])) } : {}),
        },
        share: 5,
        series: [
          {
            kind: "line",
            name: "train",
            meaning: "the running mean over the epoch, in training mode",
            x: epochs,
            y: train,
            colour: 0,
            dash: 1,
          },
          {
            kind: "line",
            name: "test",
            meaning: "the whole test split after the epoch",
            x: epochs,
            y: test,
            colour: 1,
            dash: 0,
          },
        ],
      },
      {
        y: {
          name: "learning rate",
          min: 0,
          format: "plain",
          meaning: "the length of the optimizer's steps, at the epoch's last step",
        },
        share: 2,
        series: [
          {
            kind: "line",
            name: "learning rate",
            x: rates.map(([epoch]) => epoch),
            y: rates.map(([, rate]) => rate),
            colour: 2,
            dash: 0,
            smoothing: 0,
            hasSymbols: records.length <= fewPoints && learningRates === undefined,
          },
        ],
      },
    ],
    size: { width: 960, height: 640 },
  };
}

/** A figure of every epoch, null where a record lacks it or it is no number. */
export function valuesOf(
  records: readonly EpochRecord[],
  figure: (record: EpochRecord) => number | undefined,
): ChartValues {
  return records.map((record) => {
    const value = figure(record);
    return value === undefined || !Number.isFinite(value) ? null : value;
  });
}

function finite(values: ChartValues): number[] {
  return values.filter((value) => value !== null);
}

/** What each phase covers of the epochs done so far; nothing for a run of one phase. */
function phaseSpans(phases: readonly { readonly name: string; readonly epochs: number }[], reached: number) {
  const spans: ChartSpan[] = [];
  let from = 0;
  for (const { name, epochs } of phases) {
    const to = Math.min(from + epochs, reached);
    if (to > from) spans.push({ name, from, to });
    from += epochs;
  }
  return spans.length > 1 ? spans : [];
}

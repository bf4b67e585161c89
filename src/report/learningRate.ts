// The loss of a learning-rate range test over the learning rate.
import { amountAxis } from "./chartOption.js";
import type { ChartSpec } from "./chartSpec.js";

export interface LearningRateInput {
  /** Title of the chart: the experiment's name. */
  readonly name: string;
  /** One for each step, rising; at least two. */
  readonly rates: readonly number[];
  /** The objective of each step's images before the step. */
  readonly losses: readonly number[];
  /** The same, smoothed. */
  readonly smoothed: readonly number[];
  /** What is marked: a rate and what it is. */
  readonly marks: readonly { readonly rate: number; readonly label: string }[];
}

/** Where the loss runs away the curve leaves the chart at twice the first loss. */
export function learningRateSpec({ name, rates, losses, smoothed, marks }: LearningRateInput): ChartSpec {
  const lowest = Math.min(...losses, ...smoothed);
  const highest = Math.min(Math.max(...losses), 2 * (smoothed[0] ?? 1));
  const { isLog, min, max, ticks } = amountAxis(lowest, highest);
  const decades = ticksOfDecades(rates[0] ?? 1e-7, rates.at(-1) ?? 10);
  const [first, last] = [decades[0], decades.at(-1)];
  return {
    title: `${name}: which learning rate?`,
    subtitle: "loss of each step while the learning rate rises from one to the next",
    x: {
      name: "learning rate",
      scale: "log",
      ticks: decades,
      ...(first === undefined ? {} : { min: first }),
      ...(last === undefined ? {} : { max: last }),
      meaning: "the length of the optimizer's steps",
    },
    panels: [
      {
        y: { name: "loss", scale: isLog ? "log" : "linear", min, max, ticks },
        series: [
          {
            kind: "line",
            name: "each step",
            meaning: "the objective of a step's images before the step",
            x: rates,
            y: losses,
            colour: 5,
            dash: 0,
            width: 1,
            hasSymbols: false,
          },
          { kind: "line", name: "smoothed", x: rates, y: smoothed, colour: 0, width: 2.5, hasSymbols: false },
        ],
        marks: marks.map(({ rate, label }, i) => ({
          axis: "x",
          at: rate,
          name: label,
          colour: 1,
          dash: i === 0 ? 0 : 2,
        })),
      },
    ],
    size: { width: 960, height: 540 },
  };
}

/** Whole powers of ten that enclose two rates. */
function ticksOfDecades(low: number, high: number): readonly number[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
}

// The loss of a learning-rate range test over the learning rate.
import {
  type ChartOption,
  type ChartSize,
  chartAxis,
  chartColours,
  chartText,
  chartTitle,
  legendText,
  renderChart,
} from "./charts.js";
import { amountAxis } from "./curves.js";

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

export const learningRateSize: ChartSize = { width: 960, height: 540 };

/** The chart as SVG text and PNG bytes. */
export function renderLearningRate(input: LearningRateInput): { svg: string; png: Buffer } {
  return renderChart(learningRateOption(input), learningRateSize);
}

/** The chart as an ECharts option. Where the loss runs away the curve leaves the chart at twice the first loss. */
export function learningRateOption({ name, rates, losses, smoothed, marks }: LearningRateInput): ChartOption {
  const lowest = Math.min(...losses, ...smoothed);
  const highest = Math.min(Math.max(...losses), 2 * (smoothed[0] ?? 1));
  const axis = amountAxis(lowest, highest);
  const decades = ticksOfDecades(rates[0] ?? 1e-7, rates.at(-1) ?? 10);
  const points = (values: readonly number[]) => values.map((value, i) => [rates[i], value]);
  const curve = { type: "line", symbol: "none", clip: true };
  return {
    title: chartTitle(
      `${name}: which learning rate?`,
      "loss of each step while the learning rate rises from one to the next",
    ),
    legend: { right: 28, top: 22, itemWidth: 36, itemGap: 20, textStyle: legendText },
    grid: [{ left: 92, right: 36, top: 124, height: 336 }],
    xAxis: [
      {
        ...chartAxis,
        type: "log",
        min: decades[0],
        max: decades.at(-1),
        name: "learning rate, log scale",
        nameGap: 36,
        splitLine: { show: false },
        axisTick: { show: true, customValues: decades },
        axisLabel: { ...chartText, customValues: decades, formatter: (value: number) => rateTick(value) },
      },
    ],
    yAxis: [
      {
        ...chartAxis,
        type: axis.type,
        min: axis.min,
        max: axis.max,
        name: `loss${axis.type === "log" ? ", log scale" : ""}`,
        nameGap: 64,
        axisTick: { show: true, customValues: axis.ticks },
        axisLabel: {
          ...chartText,
          customValues: axis.ticks,
          formatter: (value: number) => String(Number(value.toPrecision(6))),
        },
      },
    ],
    series: [
      {
        ...curve,
        name: "each step",
        data: points(losses),
        color: chartColours.sky,
        lineStyle: { width: 1, opacity: 0.8 },
      },
      {
        ...curve,
        name: "smoothed",
        data: points(smoothed),
        color: chartColours.blue,
        lineStyle: { width: 2.5 },
        markLine: {
          silent: true,
          symbol: "none",
          // The standard is to round to two decimals, which moves a line on a logarithmic axis.
          precision: 12,
          data: marks.map(({ rate, label }, i) => ({
            xAxis: rate,
            lineStyle: { color: chartColours.vermillion, type: i === 0 ? "solid" : "dotted", width: 1.5 },
            // One above the other: the two can lie close together.
            label: {
              ...chartText,
              color: chartColours.ink,
              show: true,
              formatter: label,
              position: "end",
              distance: 4 + 18 * i,
            },
          })),
        },
      },
    ],
  };
}

/** Whole powers of ten that enclose two rates. */
function ticksOfDecades(low: number, high: number): readonly number[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
}

/** 0.001, 1e-5, 10. */
function rateTick(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded < 1e-3 ? rounded.toExponential() : String(rounded);
}

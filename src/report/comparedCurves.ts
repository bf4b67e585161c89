// The test figure of several runs over their epochs, in one chart.
import { type Figure, figureTitle } from "../nn/figures.js";
import type { EpochRecord } from "../runs/records.js";
import {
  type ChartOption,
  type ChartSize,
  chartAxis,
  chartColours,
  chartText,
  chartTitle,
  legendText,
  renderChart,
  seriesColours,
  seriesDashes,
} from "./charts.js";
import { amountAxis, niceTicks } from "./curves.js";
import { figureText } from "./figures.js";

export interface ComparedCurvesInput {
  /** `mse`, for example: a figure that every run has. */
  readonly figure: string;
  /** What it is, where that is the same for all runs: see `figuresOf`. */
  readonly figures: readonly Figure[];
  readonly runs: readonly { readonly name: string; readonly records: readonly EpochRecord[] }[];
}

export const comparedCurvesSize: ChartSize = { width: 960, height: 560 };

const colours = [...seriesColours, chartColours.ink, chartColours.muted];
const symbols = ["circle", "rect", "triangle", "diamond"];

/** As SVG text and PNG bytes. The axis is logarithmic where the figures span more than a factor of five. */
export function renderComparedCurves(input: ComparedCurvesInput): { svg: string; png: Buffer } {
  return renderChart(comparedCurvesOption(input), comparedCurvesSize);
}

function comparedCurvesOption({ figure, figures, runs }: ComparedCurvesInput): ChartOption {
  const values = runs
    .flatMap(({ records }) => records.map(({ test }) => test[figure] ?? Number.NaN))
    .filter(Number.isFinite);
  const axis = amountAxis(Math.min(...values), Math.max(...values));
  const longest = Math.max(2, ...runs.map(({ records }) => records.at(-1)?.epoch ?? 0));
  const epochTicks = niceTicks(0, longest, 10).filter((tick) => Number.isInteger(tick) && tick <= longest);
  return {
    title: chartTitle(`test ${figure} by epoch`, "in brackets after the last epoch"),
    legend: {
      left: 24,
      right: 24,
      bottom: 10,
      itemWidth: 40,
      itemGap: 20,
      textStyle: legendText,
    },
    grid: { left: 92, right: 36, top: 84, bottom: 82 + 24 * Math.ceil(runs.length / 3) },
    xAxis: {
      ...chartAxis,
      type: "value",
      name: "epoch",
      nameGap: 30,
      min: 0,
      max: longest,
      axisTick: { show: true, customValues: epochTicks },
      axisLabel: { ...chartText, customValues: epochTicks },
      splitLine: { show: false },
    },
    yAxis: {
      ...chartAxis,
      name: `${figureTitle(figure, figures)}${axis.type === "log" ? ", log scale" : ""}`,
      nameGap: 68,
      type: axis.type,
      min: axis.min,
      max: axis.max,
      axisTick: { show: true, customValues: axis.ticks },
      axisLabel: {
        ...chartText,
        customValues: axis.ticks,
        formatter: (value: number) => String(Number(value.toPrecision(6))),
      },
    },
    series: runs.map(({ name, records }, i) => ({
      type: "line",
      name: `${name} (${figureText(records.at(-1)?.test[figure] ?? Number.NaN)})`,
      data: records.map(({ epoch, test }) => [epoch, test[figure] ?? Number.NaN]),
      color: colours[i % colours.length],
      symbol: symbols[i % symbols.length],
      symbolSize: 7,
      showSymbol: records.length <= 25,
      lineStyle: { width: 2.25, type: seriesDashes[i % seriesDashes.length] },
    })),
  };
}

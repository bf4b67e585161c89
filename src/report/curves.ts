// The learning curves of a run: loss on train and test above, the learning rate below, over one axis of epochs.
import { UserError } from "../base/errors.js";
import { type Figure, figureTitle } from "../nn/figures.js";
import type { EpochRecord } from "../training/events.js";
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

export const curvesSize: ChartSize = { width: 960, height: 640 };

/** The curves as SVG text and PNG bytes. Throws a `UserError` where there is no epoch to draw. */
export function renderCurves(input: CurvesInput): { svg: string; png: Buffer } {
  return renderChart(curvesOption(input), curvesSize);
}

/** The chart as an ECharts option. The loss has a logarithmic axis where it spans more than a factor of five. */
export function curvesOption({ name, records, phases = [], learningRates, figures }: CurvesInput): ChartOption {
  const last = records.at(-1);
  if (last === undefined) {
    throw new UserError("there is no finished epoch to draw", { at: name, hint: "Train for one epoch at least." });
  }
  const figure = shownFigure(last.test);
  const lowest = lowestEpoch(records, figure) ?? last;
  const train = records.map((record) => [record.epoch, record.train[figure] ?? Number.NaN]);
  const test = records.map((record) => [record.epoch, record.test[figure] ?? Number.NaN]);
  const rates = learningRates ?? records.map((record) => [record.epoch, record.learningRate] as const);

  const losses = [...train, ...test].map(([, value]) => value as number).filter(Number.isFinite);
  const lossAxis = amountAxis(Math.min(...losses), Math.max(...losses));
  const highestRate = Math.max(...rates.map(([, rate]) => rate));
  const epochTicks = niceTicks(0, Math.max(last.epoch, 2), 10).filter(Number.isInteger);
  const epochEnd = Math.max(last.epoch, 2);
  const hasDots = records.length <= 25;
  const spans = phaseSpans(phases, last.epoch);

  const axis = {
    ...chartAxis,
    axisLabel: chartText,
    axisTick: { show: true },
  };
  const epochAxis = (gridIndex: number, labelled: boolean) => ({
    ...axis,
    type: "value",
    gridIndex,
    min: 0,
    max: epochEnd,
    axisTick: { show: true, customValues: epochTicks },
    axisLabel: { ...chartText, show: labelled, customValues: epochTicks },
    splitLine: { show: false },
    ...(labelled ? { name: "epoch", nameGap: 32 } : {}),
  });
  const curve = { type: "line", showSymbol: hasDots, symbolSize: 7 };
  const marks = (withNames: boolean) => ({
    silent: true,
    symbol: "none",
    label: { show: false },
    data: [
      ...spans.slice(1).map(({ from }) => ({
        xAxis: from,
        lineStyle: { color: chartColours.muted, type: "dotted", width: 1.5 },
      })),
      // A name stands over the middle of its phase: the label of a line that is not drawn.
      ...(withNames ? spans : []).map(({ from, to, name: phase }) => ({
        xAxis: (from + to) / 2,
        lineStyle: { color: "transparent" },
        label: { ...chartText, show: true, formatter: phase, position: "end", distance: 6 },
      })),
    ],
  });
  return {
    title: chartTitle(
      name,
      `test ${figure} ${figureText(last.test[figure] ?? Number.NaN)} after epoch ${last.epoch}` +
        ` · lowest ${figureText(lowest.test[figure] ?? Number.NaN)}, epoch ${lowest.epoch}`,
    ),
    legend: { right: 28, top: 22, itemWidth: 36, itemGap: 20, textStyle: legendText },
    grid: [
      { left: 92, right: 36, top: 100, height: 312 },
      { left: 92, right: 36, top: 444, height: 126 },
    ],
    xAxis: [epochAxis(0, false), epochAxis(1, true)],
    yAxis: [
      {
        ...axis,
        gridIndex: 0,
        name: `${figureTitle(figure, figures)}${lossAxis.type === "log" ? ", log scale" : ""}`,
        nameGap: 68,
        type: lossAxis.type,
        min: lossAxis.min,
        max: lossAxis.max,
        axisTick: { show: true, customValues: lossAxis.ticks },
        axisLabel: { ...chartText, customValues: lossAxis.ticks, formatter: (value: number) => plainNumber(value) },
      },
      {
        ...axis,
        gridIndex: 1,
        name: "learning rate",
        nameGap: 68,
        type: "value",
        ...rateAxis(highestRate),
      },
    ],
    series: [
      {
        ...curve,
        name: "train",
        data: train,
        symbol: "circle",
        color: chartColours.blue,
        lineStyle: { width: 2.25, type: "dashed" },
        markLine: marks(true),
      },
      {
        ...curve,
        name: "test",
        data: test,
        symbol: "rect",
        color: chartColours.vermillion,
        lineStyle: { width: 2.25 },
      },
      {
        ...curve,
        name: "learning rate",
        data: rates,
        symbol: "triangle",
        showSymbol: hasDots && learningRates === undefined,
        color: chartColours.green,
        lineStyle: { width: 2.25 },
        xAxisIndex: 1,
        yAxisIndex: 1,
        markLine: marks(false),
      },
    ],
  };
}

/** What each phase covers of the epochs done so far; nothing for a run of one phase. */
function phaseSpans(phases: readonly { readonly name: string; readonly epochs: number }[], reached: number) {
  const spans: { name: string; from: number; to: number }[] = [];
  let from = 0;
  for (const { name, epochs } of phases) {
    const to = Math.min(from + epochs, reached);
    if (to > from) spans.push({ name, from, to });
    from += epochs;
  }
  return spans.length > 1 ? spans : [];
}

/** An axis for positive amounts whose ticks enclose them: linear, or logarithmic where they span more than a factor of 5. */
export function amountAxis(
  low: number,
  high: number,
): { type: "value" | "log"; min: number; max: number; ticks: number[] } {
  if (low > 0 && high / low > 5) {
    // 1, 2, 5 in each decade read well up to three decades; beyond, whole decades.
    const steps = high / low > 1e3 ? [1] : [1, 2, 5];
    const ticks: number[] = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++) {
      for (const step of steps) ticks.push(Number(`${step}e${decade}`));
    }
    const first = ticks.findLastIndex((tick) => tick <= low);
    const end = ticks.findIndex((tick) => tick >= high);
    const kept = ticks.slice(first, end + 1);
    return { type: "log", min: kept[0] ?? low, max: kept.at(-1) ?? high, ticks: kept };
  }
  const ticks = niceTicks(Math.min(0, low), high > Math.min(0, low) ? high : low + 1, 6);
  return { type: "value", min: ticks[0] ?? low, max: ticks.at(-1) ?? high, ticks };
}

/** Round numbers from at or below `low` to at or above `high`, at most about `count` steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const end = Math.ceil(high / step - 1e-9);
  // Through text, so that 3 × 0.1 is 0.3.
  return Array.from({ length: end - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function rateAxis(highest: number) {
  const ticks = niceTicks(0, highest > 0 ? highest : 1, 4);
  return {
    min: 0,
    max: ticks.at(-1) ?? 1,
    axisTick: { show: true, customValues: ticks },
    axisLabel: { ...chartText, customValues: ticks, formatter: (value: number) => plainNumber(value) },
  };
}

/** A tick as text, without the noise of binary fractions: 0.005, 2e-5. */
function plainNumber(value: number): string {
  const rounded = Number(value.toPrecision(6));
  if (rounded !== 0 && (Math.abs(rounded) < 1e-4 || Math.abs(rounded) >= 1e6))
    return rounded.toExponential().replace("e+", "e");
  return String(rounded);
}

// ROC curves: how many anomalous pictures are found at the price of how many normal ones.
import { cornersOf, type RocPoint } from "../evaluation/anomaly/roc.js";
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

export interface RocInput {
  readonly name: string;
  readonly subtitle: string;
  readonly rows: readonly {
    readonly title: string;
    readonly area: number;
    readonly points: readonly RocPoint[];
  }[];
}

export const rocSize: ChartSize = { width: 720, height: 760 };

/** As SVG text and PNG bytes, the diagonal of drawing by lot among them. */
export function renderRoc(input: RocInput): { svg: string; png: Buffer } {
  return renderChart(rocOption(input), rocSize);
}

export function rocOption({ name, subtitle, rows }: RocInput): ChartOption {
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const axis = {
    ...chartAxis,
    type: "value",
    min: 0,
    max: 1,
    axisTick: { customValues: ticks },
    axisLabel: { ...chartText, customValues: ticks },
  } as const;
  const line = { type: "line", symbol: "none" } as const;
  return {
    title: chartTitle(name, subtitle),
    legend: {
      left: 24,
      bottom: 8,
      orient: "vertical",
      itemWidth: 40,
      textStyle: legendText,
      data: rows.map(labelOf),
    },
    grid: { left: 76, right: 36, top: 88, bottom: 76 + 24 * rows.length },
    xAxis: { ...axis, name: "normal pictures taken for anomalous (share)", nameGap: 30 },
    yAxis: { ...axis, name: "anomalous pictures found (share)", nameGap: 44 },
    series: [
      {
        ...line,
        data: [
          [0, 0],
          [1, 1],
        ],
        color: chartColours.line,
        lineStyle: { width: 1.5 },
      },
      ...rows.map((row, i) => ({
        ...line,
        name: labelOf(row),
        data: cornersOf(row.points).map((point) => [point.falsePositiveRate, point.truePositiveRate]),
        color: seriesColours[i % seriesColours.length],
        lineStyle: { width: 2.25, type: seriesDashes[i % seriesDashes.length] },
      })),
    ],
  };
}

function labelOf({ title, area }: RocInput["rows"][number]): string {
  return `${title}: area ${area.toFixed(4)}`;
}

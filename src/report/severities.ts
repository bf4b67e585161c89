// PSNR against the severity of corruptions: what comes in, and what the model makes of it.
import {
  type ChartOption,
  type ChartSize,
  chartAxis,
  chartText,
  chartTitle,
  legendText,
  renderChart,
  seriesColours,
} from "./charts.js";
import { niceTicks } from "./curves.js";

export interface SeveritiesInput {
  readonly name: string;
  readonly rows: readonly {
    readonly corruption: string;
    readonly severity: number;
    readonly model: { readonly psnr: number };
    readonly input: { readonly psnr: number };
  }[];
}

export const severitiesSize: ChartSize = { width: 860, height: 480 };
const symbols = ["circle", "rect", "triangle", "diamond", "pin", "arrow"];

/** As SVG text and PNG bytes: restored in whole lines, the input in dashed ones of the same colour. */
export function renderSeverities(input: SeveritiesInput): { svg: string; png: Buffer } {
  return renderChart(severitiesOption(input), severitiesSize);
}

function severitiesOption({ name, rows }: SeveritiesInput): ChartOption {
  const values = rows.flatMap(({ model, input }) => [model.psnr, input.psnr]);
  const ticks = niceTicks(Math.min(...values), Math.max(...values), 6);
  const names = [...new Set(rows.map(({ corruption }) => corruption))];
  const series = names.flatMap((corruption, i) =>
    (["model", "input"] as const).map((which) => ({
      type: "line",
      name: `${corruption}, ${which === "model" ? "restored" : "input"}`,
      data: rows.filter((row) => row.corruption === corruption).map((row) => [row.severity, row[which].psnr]),
      color: seriesColours[i % seriesColours.length],
      symbol: symbols[i % symbols.length],
      symbolSize: 8,
      lineStyle: { width: 2.25, type: which === "model" ? "solid" : "dashed" },
    })),
  );
  return {
    title: chartTitle(name, "peak signal-to-noise ratio by severity of the corruption; higher is better"),
    legend: {
      left: 24,
      bottom: 8,
      itemWidth: 36,
      itemGap: 18,
      textStyle: legendText,
    },
    grid: { left: 76, right: 36, top: 92, bottom: 60 + 26 * Math.ceil(names.length / 2) },
    xAxis: {
      ...chartAxis,
      type: "value",
      name: "severity",
      nameGap: 30,
      min: 1,
      max: 5,
      axisTick: { customValues: [1, 2, 3, 4, 5] },
      axisLabel: { ...chartText, customValues: [1, 2, 3, 4, 5] },
    },
    yAxis: {
      ...chartAxis,
      type: "value",
      name: "PSNR in dB",
      nameGap: 48,
      min: ticks[0],
      max: ticks.at(-1),
      axisTick: { customValues: ticks },
      axisLabel: { ...chartText, customValues: ticks },
    },
    series,
  };
}

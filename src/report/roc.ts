// ROC curves: how many anomalous pictures are found at the price of how many normal ones.
import { cornersOf, type RocPoint } from "../evaluation/anomaly/roc.js";
import type { ChartAxis, ChartSpec } from "./chartSpec.js";

export interface RocInput {
  readonly name: string;
  readonly subtitle: string;
  readonly rows: readonly {
    readonly title: string;
    readonly area: number;
    readonly points: readonly RocPoint[];
  }[];
}

const share: Omit<ChartAxis, "name"> = {
  unit: "share",
  min: 0,
  max: 1,
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
  format: { decimals: 4 },
};

/** The diagonal of drawing by lot among them. */
export function rocSpec({ name, subtitle, rows }: RocInput): ChartSpec {
  return {
    title: name,
    subtitle,
    x: { ...share, name: "normal pictures taken for anomalous" },
    panels: [
      {
        y: { ...share, name: "anomalous pictures found" },
        series: [
          { kind: "line", x: [0, 1], y: [0, 1], colour: "line", width: 1.5, hasSymbols: false },
          ...rows.map(({ title, area, points }, i) => {
            const corners = cornersOf(points);
            return {
              kind: "line" as const,
              name: `${title}: area ${area.toFixed(4)}`,
              x: corners.map(({ falsePositiveRate }) => falsePositiveRate),
              y: corners.map(({ truePositiveRate }) => truePositiveRate),
              colour: i,
              hasSymbols: false,
              notes: corners.map(({ threshold }) => `from a score of ${threshold}`),
            };
          }),
        ],
      },
    ],
    size: { width: 720, height: 760 },
  };
}

// PSNR against the severity of corruptions: what comes in, and what the model makes of it.
import type { ChartSpec } from "./chartSpec.js";

export interface SeveritiesInput {
  readonly name: string;
  readonly rows: readonly {
    readonly corruption: string;
    readonly severity: number;
    readonly model: { readonly psnr: number };
    readonly input: { readonly psnr: number };
  }[];
}

/** Restored in whole lines, the input in dashed ones of the same colour. */
export function severitiesSpec({ name, rows }: SeveritiesInput): ChartSpec {
  const names = [...new Set(rows.map(({ corruption }) => corruption))];
  return {
    title: name,
    subtitle: "peak signal-to-noise ratio by severity of the corruption; higher is better",
    x: { name: "severity", isWhole: true, min: 1, max: 5, ticks: [1, 2, 3, 4, 5] },
    panels: [
      {
        y: {
          name: "PSNR",
          unit: "dB",
          format: { decimals: 2 },
          meaning:
            "peak signal-to-noise ratio against the picture before it was corrupted: 10 times the logarithm of 1 / mse",
        },
        series: names.flatMap((corruption, i) => {
          const own = rows.filter((row) => row.corruption === corruption);
          return (["model", "input"] as const).map((which) => ({
            kind: "line" as const,
            name: `${corruption}, ${which === "model" ? "restored" : "input"}`,
            x: own.map(({ severity }) => severity),
            // Infinite where nothing was corrupted.
            y: own.map((row) => (Number.isFinite(row[which].psnr) ? row[which].psnr : null)),
            colour: i,
            dash: which === "model" ? 0 : 1,
          }));
        }),
      },
    ],
    size: { width: 860, height: 480 },
  };
}

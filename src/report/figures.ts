// Which figure of a record stands for the training, and how figures are written. Text only: terminal and charts share it.
import type { EpochRecord, Figures } from "../training/events.js";

/**
 * The name of the figure to show: the one that the training minimises, under its own name (`mse`, `bce`) where the
 * record has it, else `objective`.
 */
export function shownFigure(test: Figures): string {
  const objective = test.objective ?? Number.NaN;
  // The same mean computed by another program may differ in the last bits of float32.
  const isSame = (value: number) => Math.abs(value - objective) <= 1e-6 * Math.abs(objective);
  const names = Object.keys(test).filter((name) => name !== "objective");
  return names.find((name) => isSame(test[name] ?? Number.NaN)) ?? "objective";
}

/** A figure with three significant digits, never as a bare 0: 0.00912, 0.0674, 1.2e-5. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(2).replace("e+", "e");
  return value.toPrecision(3);
}

/** The epoch with the smallest test figure of that name; the earliest of equals. Undefined without records. */
export function lowestEpoch(records: readonly EpochRecord[], figure: string): EpochRecord | undefined {
  let lowest: EpochRecord | undefined;
  for (const record of records) {
    if ((record.test[figure] ?? Number.POSITIVE_INFINITY) < (lowest?.test[figure] ?? Number.POSITIVE_INFINITY))
      lowest = record;
  }
  return lowest;
}

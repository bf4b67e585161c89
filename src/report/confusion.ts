// A confusion matrix: counts in cells, darker where there are more.
import { sum } from "../base/numbers.js";
import { withThousands } from "../base/text.js";
import { textWidth } from "./chartOption.js";
import type { ChartSpec } from "./chartSpec.js";

export interface ConfusionInput {
  readonly title: string;
  /** [true class][predicted class], counts. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly string[];
  /** 0 to 1. */
  readonly accuracy: number;
}

const cell = 46;

/** A cell's shade is its share of its row, so classes of any size compare. */
export function confusionSpec({ title, confusion, classes, accuracy }: ConfusionInput): ChartSpec {
  const totals = confusion.map((row) => sum(row));
  const shares = confusion.map((row, of) => row.map((count) => (totals[of] === 0 ? 0 : count / (totals[of] ?? 1))));
  const names = confusion.map((_, of) => classes[of] ?? String(of));
  const widest = Math.min(140, Math.max(...names.map((name) => textWidth(name, 13))));
  const side = cell * names.length;
  return {
    title,
    subtitle: `${(100 * accuracy).toFixed(2)}% of ${withThousands(sum(totals))} right`,
    x: { name: "predicted class", scale: "category", categories: names },
    panels: [
      {
        y: {
          name: "true class",
          scale: "category",
          categories: names,
          ends: {
            name: "right",
            words: shares.map((row, of) => (totals[of] === 0 ? "–" : `${(100 * (row[of] ?? 0)).toFixed(1)}%`)),
          },
        },
        series: [
          {
            kind: "cells",
            name: "pictures",
            values: confusion,
            // Mistakes are few beside what is right, so their shade rises as the root of their share.
            strengths: shares.map((row, of) => row.map((share, at) => (of === at ? share : Math.sqrt(share)))),
            colour: 1,
            diagonalColour: 0,
            notes: shares.map((row) => row.map((share) => `${(100 * share).toFixed(1)}% of the class`)),
          },
        ],
      },
    ],
    size: {
      // A title that is longer still is cut short.
      width: Math.ceil(Math.max(side + widest + 124, Math.min(720, textWidth(title, 19) + 48))),
      height: Math.ceil(side + 160 + (widest > cell - 8 ? widest : 18)),
    },
  };
}

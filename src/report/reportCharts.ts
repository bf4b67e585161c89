// The charts of a report, made of its data: curves over the epochs, and where the time went. Pure: the same in Node and in the page.
import { amountScale, fewPoints } from "./chartOption.js";
import type { ChartSeries, ChartSpec } from "./chartSpec.js";
import { figureText } from "./figures.js";
import type { Curve, Curves, Timing } from "./reportData.js";

/** Small multiples: two stand side by side on a desk, one on a phone. */
const multiple = { width: 540, height: 390 } as const;

const betterWords = {
  lower: "lower is better",
  higher: "higher is better",
  neither: "neither way is better by itself",
} as const;

/** One figure over the epochs: a line for each split or run, and what needs no training as level lines. */
export function curveSpec(curve: Curve, phases: Curves["phases"] = []): ChartSpec {
  const { name, unit, summary, better, lines, references } = curve;
  const values = [
    ...lines.flatMap(({ points }) => points.map(([, value]) => value)),
    ...references.map((of) => of.value),
  ];
  const lastEpoch = Math.max(2, ...lines.flatMap(({ points }) => points.map(([epoch]) => epoch)));
  const ends = lines.flatMap((line) => {
    const last = line.points.at(-1);
    return last === undefined ? [] : [`${line.name} ${figureText(last[1])}`];
  });
  // Of one line its name is the chart's.
  const own = lines.length === 1 && lines[0]?.name === name;
  return {
    title: name,
    subtitle: own
      ? `${figureText(lines[0]?.points.at(-1)?.[1] ?? Number.NaN)} at the end`
      : [ends.join(", "), unit, betterWords[better]].join(" · "),
    x: { name: "epoch", isWhole: true, min: 0, max: lastEpoch },
    spans: phases,
    panels: [
      {
        y: own
          ? { name, meaning: summary, min: 0, format: "plain" }
          : { name, unit, meaning: `${summary}; ${betterWords[better]}`, scale: amountScale(values) },
        series: lines.map(
          (line, i): ChartSeries => ({
            kind: "line",
            name: line.name,
            x: line.points.map(([epoch]) => epoch),
            y: line.points.map(([, value]) => value),
            ...lookOf(line.name, i),
            hasSymbols: line.points.length <= fewPoints,
            // What was set is no noise.
            ...(own ? { smoothing: 0 } : {}),
          }),
        ),
        marks: references.map((of) => ({ axis: "y", at: of.value, name: of.name, meaning: of.meaning, dash: 2 })),
      },
    ],
    size: multiple,
  };
}

/** A split looks the same in every chart, as in curves.png; other lines as they come. */
function lookOf(name: string, place: number): { readonly colour: number; readonly dash: number } {
  const splits: Readonly<Record<string, { colour: number; dash: number }>> = {
    train: { colour: 0, dash: 1 },
    test: { colour: 1, dash: 0 },
    validation: { colour: 2, dash: 2 },
  };
  return splits[name] ?? { colour: place, dash: place };
}

/** Seconds of each epoch, and how many images went through the model in one of them. */
export function timingSpec({ epochs }: Timing): ChartSpec {
  const x = epochs.map(({ epoch }) => epoch);
  const line = (name: string, y: number[], colour: number, meaning: string): ChartSeries => ({
    kind: "line",
    ...{ name, x, y, colour, dash: colour, meaning, smoothing: 0 },
    hasSymbols: x.length <= fewPoints,
  });
  return {
    title: "time by epoch",
    x: { name: "epoch", isWhole: true, min: 0, max: Math.max(2, ...x) },
    panels: [
      {
        y: { name: "time", unit: "s", min: 0 },
        series: [
          line(
            "steps",
            epochs.map(({ seconds }) => seconds),
            0,
            "forward, backward and update of every step, and waiting for data",
          ),
          line(
            "evaluation",
            epochs.map(({ evaluationSeconds }) => evaluationSeconds),
            1,
            "the test images after the epoch",
          ),
        ],
      },
      {
        y: { name: "speed", unit: "images a second", min: 0 },
        series: [
          line(
            "images a second",
            epochs.map(({ imagesPerSecond }) => imagesPerSecond),
            2,
            "training images through a step",
          ),
        ],
      },
    ],
    size: { width: 720, height: 480 },
  };
}

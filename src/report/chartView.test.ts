import { describe, expect, it } from "vitest";
import { chartOption, shownOf } from "./chartOption.js";
import type { ChartSpec } from "./chartSpec.js";
import { nearestStop, readingAt, readingText, stopsOf, viewed } from "./chartView.js";

const spec: ChartSpec = {
  title: "t",
  x: { name: "epoch", isWhole: true, min: 0, max: 4 },
  spans: [
    { from: 0, to: 2, name: "plain" },
    { from: 2, to: 4, name: "warped" },
  ],
  panels: [
    {
      y: { name: "mse", unit: "mean over pixels", scale: "log", meaning: "squared difference", ticks: [1, 2] },
      series: [
        { kind: "line", name: "train", x: [1, 2, 4], y: [3, 2, 1] },
        { kind: "line", name: "test", x: [1, 3], y: [4, null], notes: ["first", "none"] },
      ],
    },
    { y: { name: "rate" }, series: [{ kind: "line", name: "rate", x: [1, 4], y: [0.1, 0], smoothing: 0 }] },
  ],
  size: { width: 600, height: 400 },
};

describe("a chart as it is seen", () => {
  it("stops at each place that a series has, and at those of the part that is seen alone", () => {
    expect(stopsOf(spec)).toEqual([1, 2, 3, 4]);
    expect(stopsOf(viewed(spec, { zoom: [1.5, 3.5] }))).toEqual([2, 3]);
    expect([0, 1.4, 1.6, 9].map((place) => nearestStop([1, 2, 3, 4], place))).toEqual([0, 0, 1, 3]);
    // 0.002 is twice 0.001 and a fifth of 0.01.
    expect(nearestStop([0.001, 0.01], 0.004, true)).toBe(1);
    expect(nearestStop([0.001, 0.01], 0.004)).toBe(0);
  });

  it("says at a place what each series has there, with unit and meaning", () => {
    expect(readingAt(spec, 1)).toEqual({
      place: "epoch 1",
      panels: [
        {
          title: "mse, mean over pixels",
          meaning: "squared difference",
          values: [
            { name: "train", colour: 0, value: "3.00" },
            { name: "test", colour: 1, value: "4.00", note: "first" },
          ],
        },
        { title: "rate", values: [{ name: "rate", colour: 2, value: "0.100" }] },
      ],
    });
    expect(readingText(readingAt(spec, 3))).toBe("epoch 3; test – (none)");
  });

  it("keeps colours when a series is hidden, and its table when it is zoomed, scaled and smoothed", () => {
    const without = viewed(spec, { hidden: new Set([0]) });
    expect(without.panels.map(({ series }) => series.map(({ colour }) => colour))).toEqual([[1], [2]]);
    const changed = viewed(spec, { zoom: [2, 3], scales: ["linear"], smoothing: 0.5 });
    expect(changed.x).toMatchObject({ min: 2, max: 3 });
    expect(changed.spans).toEqual([{ from: 2, to: 3, name: "warped" }]);
    expect(changed.panels[0]?.y).not.toHaveProperty("ticks");
    expect(changed.panels[0]?.y.scale).toBe("linear");
    // A line that says 0 is never smoothed.
    expect(changed.panels.map(({ series }) => series.map((of) => of.kind === "line" && of.smoothing))).toEqual([
      [0.5, 0.5],
      [0],
    ]);
    const { xAxis } = chartOption(changed) as { xAxis: { min: number; max: number }[] };
    expect([xAxis[0]?.min, xAxis[0]?.max]).toEqual([2, 3]);
  });

  it("draws of many points in a column of pixels the first, least, greatest and last", () => {
    const x = Array.from({ length: 1000 }, (_, i) => i);
    const y = x.map((i) => (i === 120 ? 9 : i === 130 ? -9 : 0));
    const across = { range: { isLog: false, min: 0, max: 1000, ticks: [] }, pixels: 10 };
    const shown = shownOf(x, y, across);
    expect(shown.slice(0, 8)).toEqual([0, 99, 100, 120, 130, 199, 200, 299]);
    // Seen alone, with a neighbour on each side.
    expect(
      shownOf([1, 2, 3, 4, 5], [1, 1, 1, 1, 1], { ...across, range: { ...across.range, min: 2.5, max: 3.5 } }),
    ).toEqual([1, 2, 3]);
  });
});

import { describe, expect, it } from "vitest";
import { rocCurve } from "../evaluation/anomaly/roc.js";
import { renderChart } from "./charts.js";
import { rocSpec } from "./roc.js";

describe("a chart of ROC curves", () => {
  const points = rocCurve({ normal: Float64Array.of(1, 2), anomalous: Float64Array.of(2, 3) });
  const input = { name: "parts", subtitle: "s", rows: [{ title: "the model", area: 0.875, points }] };

  it("has the diagonal of drawing by lot, and each curve by its corners, with its area in its name", () => {
    const series = rocSpec(input).panels[0]?.series ?? [];
    expect(series.map(({ name }) => name)).toEqual([undefined, "the model: area 0.8750"]);
    // At 3 half of the anomalous, at 2 all and half of the normal, at 1 all.
    expect(series[0]).toMatchObject({ x: [0, 1], y: [0, 1] });
    expect(series[1]).toMatchObject({ x: [0, 0, 0.5, 1], y: [0, 0.5, 1, 1] });
  });

  it("is drawn as SVG and PNG", () => {
    const { svg, png } = renderChart(rocSpec(input));
    expect(svg).toContain("the model: area 0.8750");
    expect([...png.subarray(1, 4)]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
  });
});

import { describe, expect, it } from "vitest";
import { chartOption } from "./chartOption.js";
import { renderChart } from "./charts.js";
import { type LearningRateInput, learningRateSpec } from "./learningRate.js";

const renderLearningRate = (of: LearningRateInput) => renderChart(learningRateSpec(of));

const rates = Array.from({ length: 81 }, (_, i) => 10 ** (-7 + i / 10));
const losses = rates.map((rate) => 0.2 / (1 + rate / 1e-3) + 0.01 + rate ** 3);
const input = {
  name: "small",
  rates,
  losses,
  smoothed: losses,
  marks: [
    { rate: 0.00063, label: "0.00063: steepest descent" },
    { rate: 0.012, label: "0.012: a tenth of the lowest" },
  ],
};

describe("the chart of a range test", () => {
  it("names what is on it, in fonts and places of an SVG and a PNG of its size", () => {
    const { svg, png } = renderLearningRate(input);
    for (const text of [
      "small: which learning rate?",
      "learning rate, log scale",
      "loss, log scale",
      "each step",
      "smoothed",
    ]) {
      expect(svg).toContain(text);
    }
    for (const { label } of input.marks) expect(svg).toContain(label);
    // 960×540 at two pixels each; width and height are the first fields of the header.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1920, 1080]);
  });

  it("marks rates where they are: both lines are drawn, at their place on the logarithmic axis", () => {
    const { svg } = renderLearningRate(input);
    const vertical = [...svg.matchAll(/<path d="M([\d.]+) [\d.]+L([\d.]+) [\d.]+" [^>]*stroke="#d55e00"/g)];
    // The axis goes from 1e-7 to 10, eight decades; lines lie on half pixels.
    const { grid } = chartOption(learningRateSpec(input)) as { grid: [{ left: number; width: number }] };
    const places = input.marks.map(({ rate }) => grid[0].left + ((Math.log10(rate) + 7) * grid[0].width) / 8);
    expect(vertical.map(([, from, to]) => [from, to])).toHaveLength(2);
    vertical.forEach(([, from], i) => {
      expect(Math.abs(Number(from) - (places[i] ?? 0))).toBeLessThanOrEqual(1);
    });
  });

  it("ends at twice the first loss where it runs away", () => {
    // 0.21 at first.
    expect(learningRateSpec(input).panels[0]?.y.max).toBe(0.5);
  });
});

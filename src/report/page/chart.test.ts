import { render } from "svelte/server";
import { expect, it } from "vitest";
import type { ChartSpec } from "../chartSpec.js";
import { pageChartSvg } from "../charts.js";
import Chart from "./Chart.svelte";

const hostile = '<img src=x onerror="alert(1)"></script>';
const spec: ChartSpec = {
  title: hostile,
  subtitle: "s",
  x: { name: "epoch", isWhole: true },
  panels: [
    {
      y: { name: "mse", unit: "mean over pixels" },
      series: [{ kind: "line", name: hostile, x: [1, 2], y: [0.0123456, 0.01] }],
      marks: [{ axis: "y", at: 0.02, name: hostile }],
    },
  ],
  size: { width: 600, height: 400 },
};

it("shows without script the picture, its words as text and its numbers as a table", () => {
  const { body } = render(Chart, { props: { spec, svg: pageChartSvg(spec) } });
  expect(body).toContain("<svg");
  expect(body).not.toMatch(/<img|<\/?script/);
  expect(body.replaceAll(/<!--.*?-->/g, "")).toMatch(/<td[^>]*>1<\/td><td[^>]*>0\.0123<\/td>/);
  // Copies and switches are of the live page alone.
  expect(body).not.toContain("Copy");
});

it("is the same text each time", () => {
  expect(pageChartSvg(spec)).toBe(pageChartSvg(spec));
});

import { describe, expect, it } from "vitest";
import { type ChartSpec, chartCsv, chartTable, numberText, plainNumber, smoothed } from "./chartSpec.js";

const size = { width: 600, height: 400 };
const spec = (panels: ChartSpec["panels"], x: ChartSpec["x"] = { name: "epoch" }): ChartSpec => ({
  title: "t",
  x,
  panels,
  size,
});

describe("the table behind a chart", () => {
  it("has a row for each place and a column for each series with a name, of all panels, with all digits", () => {
    const csv = chartCsv(
      spec([
        {
          y: { name: "mse", unit: "mean over pixels" },
          series: [
            { kind: "line", name: "train", x: [1, 2], y: [0.123456789, null] },
            { kind: "line", name: 'a "run", with words', x: [2, 3], y: [2, 3] },
            { kind: "line", x: [1], y: [9] },
          ],
        },
        { y: { name: "learning rate" }, series: [{ kind: "line", name: "learning rate", x: [1], y: [0.005] }] },
      ]),
    );
    expect(csv).toBe(
      'epoch,"train (mse, mean over pixels)","a ""run"", with words (mse, mean over pixels)",learning rate\n' +
        "1,0.123456789,,0.005\n2,,2,\n3,,3,\n",
    );
  });

  it("has both ends of a band and of a histogram's stretches", () => {
    const { columns, rows } = chartTable(
      spec(
        [
          {
            y: { name: "pictures" },
            series: [
              { kind: "bars", name: "normal", from: [0, 1], to: [1, 2], y: [5, 7] },
              { kind: "bars", name: "anomalous", from: [0, 1], to: [1, 2], y: [0, 2] },
            ],
          },
        ],
        { name: "score" },
      ),
    );
    expect(columns.map(({ title }) => title)).toEqual(["score", "to", "normal (pictures)", "anomalous (pictures)"]);
    expect(rows).toEqual([
      [0, 1, 5, 0],
      [1, 2, 7, 2],
    ]);
    const band = spec([{ y: { name: "kl" }, series: [{ kind: "band", name: "kl", x: [1], low: [2], high: [3] }] }]);
    expect(chartCsv(band)).toBe('epoch,"kl, lowest","kl, highest"\n1,2,3\n');
  });

  it("names each point's series where there are several at one place", () => {
    const rise = spec([
      { y: { name: "found" }, series: [{ kind: "line", name: "model", x: [0, 0, 1], y: [0, 0.5, 1] }] },
    ]);
    expect(chartCsv(rise)).toBe("series,epoch,value\nmodel (found),0,0\nmodel (found),0,0.5\nmodel (found),1,1\n");
  });

  it("has a matrix as it stands", () => {
    const categories = ["cat", "dog"];
    const cells = spec(
      [
        {
          y: { name: "true", scale: "category", categories },
          series: [
            {
              kind: "cells",
              values: [
                [3, 1],
                [0, 4],
              ],
              strengths: [
                [1, 0],
                [0, 1],
              ],
            },
          ],
        },
      ],
      { name: "predicted", scale: "category", categories },
    );
    expect(chartCsv(cells)).toBe("true \\ predicted,cat,dog\ncat,3,1\ndog,0,4\n");
  });
});

describe("smoothing", () => {
  it("weighs what came before, corrected for the start, and leaves gaps", () => {
    // 0.5·0 + 0.5·4 = 2 over 1 − 0.5; then 0.5·2 + 0.5·1 = 1.5 over 1 − 0.25.
    expect(smoothed([4, null, 1], 0.5)).toEqual([4, null, 2]);
    expect(smoothed([3, 3, 3], 0.9).map((value) => value?.toFixed(12))).toEqual(Array(3).fill("3.000000000000"));
  });
});

describe("numbers", () => {
  it("are written as hover needs them", () => {
    expect(numberText(0.0123456)).toBe("0.0123");
    expect(numberText(0.98765, "percent")).toBe("98.8%");
    expect(numberText(21.456, { decimals: 2 })).toBe("21.46");
    expect(numberText(null)).toBe("–");
    expect([0.1 + 0.2, 2e-5, 60_000, 3e6].map(plainNumber)).toEqual(["0.3", "2e-5", "60,000", "3e6"]);
  });
});

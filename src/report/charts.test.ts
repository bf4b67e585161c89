import { describe, expect, it } from "vitest";
import { type ChartOption, chartOption, chartThemes } from "./chartOption.js";
import type { ChartSpec } from "./chartSpec.js";
import { chartSvg, drawPng, drawSvg } from "./charts.js";

/** A chart whose data can be read so many times. */
function chart(times: number) {
  let reads = 0;
  const line = {
    type: "line",
    get data(): readonly number[] {
      if (++reads > times) throw new Error("drawn no further");
      return [1, 2];
    },
  };
  return { option: { xAxis: {}, yAxis: {}, series: [line] }, reads: () => reads };
}

describe("words that are too long for their place", () => {
  it.each(["the class “<img src=x onerror=alert(1)><!--”", "a very long name of a class of pictures"])(
    "are shortened, whatever is in them: %s",
    (text) => {
      const size = { width: 200, height: 100 };
      const option: ChartOption = { title: { text, textStyle: { width: 60, overflow: "truncate" } } };
      const svg = drawSvg(option, size);
      expect(svg).toMatch(/\.\.\.|…/);
      expect(svg).not.toContain("<img");
      expect(drawPng(option, size).length).toBeGreaterThan(100);
    },
  );
});

describe("a chart that can't be drawn", () => {
  it("leaves no timer that would keep the process, wherever it fails", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const size = { width: 100, height: 100 };
    const whole = chart(Number.POSITIVE_INFINITY);
    const drawBoth = (option: ChartOption): void => {
      drawSvg(option, size);
      drawPng(option, size);
    };
    drawBoth(whole.option);
    expect(whole.reads()).toBeGreaterThan(1);
    for (let times = 0; times < whole.reads(); times++) {
      expect(() => drawBoth(chart(times).option)).toThrow("drawn no further");
    }
    // What was asked for once runs out; what asks again for the next frame would never.
    while (timers() > before) await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

/** Everything that a chart can have. */
const spec: ChartSpec = {
  title: "all kinds",
  subtitle: "s",
  x: { name: "epoch", isWhole: true },
  spans: [
    { from: 0, to: 2, name: "plain" },
    { from: 2, to: 4, name: "warped" },
  ],
  panels: [
    {
      y: { name: "loss", unit: "nats", scale: "log" },
      series: [
        { kind: "band", name: "range", x: [1, 2, 3, 4], low: [1, 0.4, null, 0.1], high: [4, 3, null, 1] },
        { kind: "line", name: "mean", x: [1, 2, 3, 4], y: [2, 1, null, 0.5], smoothing: 0.5 },
        { kind: "line", name: "other", x: [1, 2, 3, 4], y: [3, 0, 1, 0.25] },
        { kind: "points", name: "best", x: [2, 4], y: [0.8, 0.3] },
      ],
      marks: [
        { axis: "y", at: 0.35, name: "pca" },
        { axis: "y", at: 0.36, name: "floor" },
      ],
    },
    {
      y: { name: "count" },
      series: [{ kind: "bars", name: "scores", from: [0, 1, 2], to: [1, 2, 4], y: [3, 5, 1] }],
      marks: [{ axis: "x", at: 1.5, name: "threshold" }],
    },
  ],
  size: { width: 700, height: 500 },
};

/** Texts of an SVG that are not turned, with their places. */
function textsOf(svg: string) {
  return [...svg.matchAll(/<text[^>]*transform="translate\(([-\d.]+) ([-\d.]+)\)[^>]*>([^<]*)<\/text>/g)].map(
    ([, x, y, text]) => ({ x: Number(x), y: Number(y), text: text ?? "" }),
  );
}

describe("a chart's SVG", () => {
  it.each([
    [360, 300],
    [700, 500],
    [1600, 900],
  ])("of %i by %i pixels says every name, and nothing lies outside", (width, height) => {
    const svg = chartSvg(spec, "light", { size: { width, height } });
    const texts = textsOf(svg);
    for (const text of ["all kinds", "s", "epoch", "range", "mean", "other", "best", "scores", "plain", "warped"]) {
      expect(texts.map((of) => of.text)).toContain(text);
    }
    for (const text of ["pca", "floor", "count"]) expect(svg).toContain(`>${text}</text>`);
    // Cut short where there is no room.
    expect(svg).toContain(height < 400 ? ">loss, nats" : ">loss, nats, log scale</text>");
    for (const { x, y } of texts) expect(x >= 0 && x <= width && y >= 0 && y <= height).toBe(true);
    for (const [, numbers = ""] of svg.matchAll(/<path d="([^"]*)"(?![^>]*transform)/g)) {
      for (const [, x, y] of numbers.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
        expect(Number(x) >= -1 && Number(x) <= width + 1 && Number(y) >= -1 && Number(y) <= height + 1).toBe(true);
      }
    }
  });

  it("escapes what names bring along", () => {
    const hostile = '<img src=x onerror="alert(1)"></script><script>alert(2)</script>';
    const svg = chartSvg({
      ...spec,
      title: hostile,
      subtitle: hostile,
      x: { name: hostile },
      spans: [
        { from: 0, to: 2, name: hostile },
        { from: 2, to: 4, name: hostile },
      ],
      panels: spec.panels.map((panel) => ({
        y: { name: hostile, unit: hostile },
        series: panel.series.map((series) => ({ ...series, name: hostile })),
        marks: [{ axis: "y", at: 1, name: hostile }],
      })),
    });
    expect(svg).not.toMatch(/<img|<\/?script/);
    expect(svg).toContain("&lt;img src=x");
  });

  it("has other colours and dashes for each series, in the page's theme by the names of tokens.css alone", () => {
    const many: ChartSpec = {
      ...spec,
      spans: [],
      panels: [
        {
          y: { name: "loss" },
          series: [1, 2, 3, 4].map((y) => ({ kind: "line", name: `run ${y}`, x: [1, 2], y: [y, y + 1] })),
        },
      ],
    };
    const strokes = (svg: string) =>
      [...svg.matchAll(/<path[^>]*stroke="([^"]*)"[^>]*stroke-width="2.25"[^>]*>/g)].map(([path, colour]) => ({
        colour,
        dash: /stroke-dasharray="([^"]*)"/.exec(path)?.[1],
      }));
    const light = strokes(chartSvg(many, "light", { hasWords: false }));
    expect(light.map(({ colour }) => colour)).toEqual(chartThemes.light.series.slice(0, 4));
    expect(new Set(light.map(({ dash }) => dash)).size).toBe(4);
    const page = chartSvg(many, "page", { hasWords: false });
    expect(strokes(page).map(({ colour }) => colour)).toEqual([1, 2, 3, 4].map((place) => `var(--series-${place})`));
    // What cuts lines off has no colour of its own.
    expect(page.replaceAll(/<clipPath.*?<\/clipPath>/gs, "")).not.toMatch(/#[0-9a-f]{3,8}\b|rgb\(/i);
  });

  it("shows the raw line behind a smoothed one, which names it", () => {
    const svg = chartSvg(spec, "light", { hasWords: false });
    const blue = [...svg.matchAll(/<path[^>]*stroke="#d55e00"[^>]*>/g)].map(([path]) => path);
    expect(blue).toHaveLength(2);
    expect(blue[0]).toMatch(/stroke-width="1"|stroke-opacity="0.35"/);
    expect(blue[1]).toContain('stroke-width="2.25"');
  });

  it("of ten thousand points has no more than there are pixels", () => {
    const x = Array.from({ length: 10_000 }, (_, i) => i);
    const line = { kind: "line" as const, name: "loss", x, y: x.map((i) => Math.sin(i) + 2) };
    const svg = chartSvg({ ...spec, spans: [], panels: [{ y: { name: "loss" }, series: [line] }] });
    // Four points a column at most, of some twelve letters each.
    expect(svg.length).toBeLessThan(4 * 700 * 12 + 5_000);
  });
});

describe("the words of a narrow chart", () => {
  const narrow = (marks: readonly { readonly at: number; readonly name: string }[]): ChartSpec => ({
    title: "mse",
    x: { name: "epoch" },
    panels: [
      {
        y: { name: "mse", unit: "mean over pixels", scale: "log" },
        // It falls onto 0.0042 at its end.
        series: [{ kind: "line", x: [1, 2, 3, 4], y: [0.06, 0.02, 0.008, 0.0043] }],
        marks: marks.map((mark) => ({ axis: "y", ...mark })),
      },
    ],
    size: { width: 320, height: 180 },
  });
  const look = { hasWords: false };

  it("break an axis' name into two lines where one is too long, whole", () => {
    const [axis] = chartOption(narrow([]), "light", look).yAxis as readonly { readonly name: string }[];
    expect(axis?.name).toBe("mse, mean over pixels,\nlog scale");
  });

  it("have names of reference lines where neither a curve nor another name is", () => {
    const places = (marks: Parameters<typeof narrow>[0]): readonly string[] =>
      (chartOption(narrow(marks), "light", look).series as readonly ChartOption[]).flatMap(({ markLine }) =>
        (
          ((markLine as ChartOption | undefined)?.data as readonly {
            readonly label: { readonly position: string };
          }[]) ?? []
        ).map(({ label }) => label.position),
      );
    const [floor, pca, mean] = places([
      { at: 0.0042, name: "PCA-128" },
      { at: 0.0046, name: "floor" },
      { at: 0.05, name: "mean image" },
    ]);
    // The curve begins above and ends below: what lies low is named on the left of it, what lies high on the right.
    expect(mean).toMatch(/^insideEnd/);
    expect(pca).not.toMatch(/^insideEnd/);
    expect(floor).not.toBe(pca);
  });
});

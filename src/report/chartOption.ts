// The ECharts option of a chart: where everything stands, in which colours and dashes. Pure: Node draws files from it, a page what lives.

import type {
  BandSeries,
  BarsSeries,
  CellsSeries,
  ChartAxis,
  ChartColour,
  ChartMark,
  ChartPanel,
  ChartSeries,
  ChartSize,
  ChartSpec,
  ChartValues,
  LineSeries,
  PointsSeries,
} from "./chartSpec.js";
import { axisTitle, firstFrom, placeText, plainNumber, smoothed } from "./chartSpec.js";

/** An option of ECharts. */
export type ChartOption = Readonly<Record<string, unknown>>;

/** `page` has the names of tokens.css in place of colours: such an SVG is light or dark as the page around it is. */
export type ChartTheme = "light" | "dark" | "page";

export interface ChartLook {
  /** Default the chart's own. */
  readonly size?: ChartSize;
  /** Whether title, line under it and legend are drawn; a page has them as text. Default true. */
  readonly hasWords?: boolean;
}

/** How a chart stands in a page: title, subtitle and legend are text there, and their room is saved. */
export function pageLook({ size, panels }: ChartSpec, width = size.width): Required<ChartLook> {
  const hasCells = panels.some(({ series }) => series.some(({ kind }) => kind === "cells"));
  // Narrow ones are not as flat as they would be in proportion: what stands around the plot does not get smaller.
  const part = hasCells ? Math.min(1, width / size.width) : Math.min(1, Math.max(0.9, width / size.width));
  return { hasWords: false, size: { width, height: Math.round(part * (size.height - (hasCells ? 60 : 90))) } };
}

/** What a colour of a chart is for; those of `tokens.css`. */
export interface ChartColours {
  readonly ground: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly good: string;
  readonly warning: string;
  readonly bad: string;
  /** Of several things in one chart, in this order: Okabe and Ito, "Color Universal Design" (2008). */
  readonly series: readonly string[];
}

export const chartThemes: Readonly<Record<ChartTheme, ChartColours>> = {
  light: {
    ground: "#ffffff",
    ink: "#1f2328",
    muted: "#59636e",
    line: "#d1d9e0",
    good: "#007a5a",
    warning: "#8a5a00",
    bad: "#b33c00",
    series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
  },
  dark: {
    ground: "#0d1117",
    ink: "#e6edf3",
    muted: "#9aa4af",
    line: "#3d444d",
    good: "#3fc79a",
    warning: "#e6b450",
    bad: "#ff8552",
    series: ["#4ba3e3", "#ff7f3f", "#2cc295", "#e39ac2", "#f0b429", "#7cc8f2"],
  },
  page: {
    ground: "var(--ground)",
    ink: "var(--ink)",
    muted: "var(--ink-muted)",
    line: "var(--line)",
    good: "var(--good)",
    warning: "var(--warning)",
    bad: "var(--bad)",
    series: [1, 2, 3, 4, 5, 6].map((place) => `var(--series-${place})`),
  },
};

/** Of lines, for those who do not tell their colours apart. */
export const seriesDashes: readonly ("solid" | "dashed" | "dotted" | readonly number[])[] = [
  "solid",
  "dashed",
  "dotted",
  [12, 4, 2, 4],
];
export const seriesSymbols = [
  ...["circle", "rect", "triangle", "diamond"],
  // An upright cross and a lying one: ECharts' own pin and arrow do not stand about their point.
  "path://M3.5 0H6.5V3.5H10V6.5H6.5V10H3.5V6.5H0V3.5H3.5Z",
  "path://M2 0L5 3L8 0L10 2L7 5L10 8L8 10L5 7L2 10L0 8L3 5L0 2Z",
] as const;

/** A series' colour by its place, or what it is for. After the last come ink and muted, then the first again. */
export function colourOf(colour: ChartColour, colours: ChartColours): string {
  if (typeof colour !== "number") return colours[colour];
  const all = [...colours.series, colours.ink, colours.muted];
  return all[colour % all.length] as string;
}

/** The colour of each series of each panel, where it says none its place among the named ones. */
export function coloursOf(spec: ChartSpec): readonly (readonly ChartColour[])[] {
  let place = 0;
  return spec.panels.map(({ series }) =>
    series.map(({ name, colour }) => {
      const own = name === undefined ? undefined : place++;
      return colour ?? own ?? "line";
    }),
  );
}

/** Lines of more points than this are thinner and not drawn point by point. */
const manyPoints = 1000;
/** Lines of up to so many points show each of them. */
export const fewPoints = 25;

/** In a page the first that is installed is taken. Without quotes: ECharts writes it into an attribute as it is. */
export const chartFont = "Inter, Helvetica Neue, Arial, sans-serif";

// ---- Axes.

export interface AxisRange {
  readonly isLog: boolean;
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** An axis for positive amounts whose ticks enclose them: linear from 0, or logarithmic where they span more than a factor of 5. */
export function amountAxis(low: number, high: number): AxisRange {
  if (low > 0 && high / low > 5) {
    // 1, 2, 5 in each decade read well up to three decades; beyond, whole decades.
    const steps = high / low > 1e3 ? [1] : [1, 2, 5];
    const ticks: number[] = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++) {
      for (const step of steps) ticks.push(Number(`${step}e${decade}`));
    }
    const first = Math.max(
      0,
      ticks.findLastIndex((tick) => tick <= low),
    );
    const end = ticks.findIndex((tick) => tick >= high);
    const kept = ticks.slice(first, end < 0 ? undefined : end + 1);
    return { isLog: true, min: kept[0] ?? low, max: kept.at(-1) ?? high, ticks: kept };
  }
  const from = Math.min(0, low);
  const ticks = niceTicks(from, high > from ? high : from + 1, 6);
  return { isLog: false, min: ticks[0] ?? low, max: ticks.at(-1) ?? high, ticks };
}

/** `log` where amounts are positive and span more than a factor of five, else `linear`. */
export function amountScale(values: ChartValues): "log" | "linear" {
  const [low, high] = extentOf(values);
  return low > 0 && high / low > 5 ? "log" : "linear";
}

/** Round numbers from at or below `low` to at or above `high`, at most about `count` steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const end = Math.ceil(high / step - 1e-9);
  // Through text, so that 3 × 0.1 is 0.3.
  return Array.from({ length: end - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** What an axis shows of values from `low` to `high`: what it says itself, else ticks that enclose them. */
export function axisRange(axis: ChartAxis, [low, high]: readonly [number, number], count: number): AxisRange {
  if (axis.scale === "category") {
    const places = axis.categories ?? [];
    return { isLog: false, min: -0.5, max: places.length - 0.5, ticks: places.map((_, place) => place) };
  }
  if (axis.scale === "log") {
    const from = axis.min !== undefined && axis.min > 0 ? axis.min : low > 0 ? low : 1e-6;
    const to = Math.max(axis.max ?? high, from * 1.0001);
    const found = to / from > 5 ? amountAxis(from, to) : linearTicks(from, to, count);
    const min = axis.min !== undefined && axis.min > 0 ? axis.min : found.min > 0 ? found.min : from;
    const max = axis.max ?? found.max;
    return { isLog: true, min, max, ticks: within(axis.ticks ?? found.ticks, min, max) };
  }
  const found = linearTicks(axis.min ?? low, axis.max ?? high, count, axis.isWhole === true);
  const [min, max] = [axis.min ?? found.min, axis.max ?? found.max];
  return { isLog: false, min, max, ticks: within(axis.ticks ?? found.ticks, min, max) };
}

function linearTicks(low: number, high: number, count: number, isWhole = false): AxisRange {
  const [from, to] = high > low ? [low, high] : [low - (Math.abs(low) || 1) / 2, low + (Math.abs(low) || 1) / 2];
  const all = niceTicks(from, to, count);
  const ticks = isWhole ? all.filter(Number.isInteger) : all;
  return { isLog: false, min: all[0] ?? from, max: all.at(-1) ?? to, ticks };
}

function within(ticks: readonly number[], min: number, max: number): readonly number[] {
  const slack = Math.abs(max - min) * 1e-9;
  return ticks.filter((tick) => tick >= min - slack && tick <= max + slack);
}

/** Takes in numbers one by one: a chart may have a million. */
function extentTaker(): {
  readonly take: (value: number | null | undefined) => void;
  readonly extent: () => [number, number];
} {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  return {
    take(value) {
      if (value === null || value === undefined || !Number.isFinite(value)) return;
      if (value < low) low = value;
      if (value > high) high = value;
    },
    /** Least and greatest; 0 and 1 where there is none. */
    extent: () => (low <= high ? [low, high] : [0, 1]),
  };
}

function extentOf(values: ChartValues): [number, number] {
  const { take, extent } = extentTaker();
  for (const value of values) take(value);
  return extent();
}

function xExtent({ panels }: ChartSpec): [number, number] {
  const { take, extent } = extentTaker();
  for (const { series } of panels) {
    for (const of of series) {
      if (of.kind === "cells") continue;
      for (const places of of.kind === "bars" ? [of.from, of.to] : [of.x]) for (const place of places) take(place);
    }
  }
  return extent();
}

/** What a panel's y axis must show between two places on the x axis. */
function yExtent({ series, marks = [], y }: ChartPanel, from: number, to: number): [number, number] {
  const { take, extent } = extentTaker();
  const isLog = y.scale === "log";
  const takeAmount = (value: number | null | undefined): void => {
    if (!isLog || (value ?? 0) > 0) take(value);
  };
  for (const of of series) {
    if (of.kind === "cells") continue;
    if (of.kind === "bars") {
      takeAmount(0);
      for (const value of of.y) takeAmount(value);
      continue;
    }
    for (const values of of.kind === "band" ? [of.low, of.high] : [of.y]) {
      for (let i = 0; i < of.x.length; i++) {
        const x = of.x[i] as number;
        if (x >= from && x <= to) takeAmount(values[i]);
      }
    }
  }
  for (const { axis, at } of marks) if (axis === "y") takeAmount(at);
  return extent();
}

// ---- Words.

/** About how wide a text is in Inter, in pixels: rather too much than too little. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const letter of text) {
    if (/[ilj.,;:'|!()[\]\s]/.test(letter)) width += 0.31;
    else if (/[mwMW@%]/.test(letter)) width += 0.92;
    else if (/[A-Z]/.test(letter)) width += 0.7;
    else width += letter < "\u0250" || /[–·×…]/.test(letter) ? 0.6 : 1;
  }
  return width * fontSize;
}

const wordSize = 13;
const legendIcon = 36;
const legendGap = 20;
const legendLine = 24;
const edge = 24;
/** From one line of an axis' name to the next. */
const nameLine = 16;

/** The lines that a legend takes below a chart. */
function legendLines(names: readonly string[], width: number): number {
  let lines = names.length === 0 ? 0 : 1;
  let used = 0;
  for (const name of names) {
    const own = legendIcon + 5 + Math.min(textWidth(name, wordSize), width - 2 * edge - legendIcon) + legendGap;
    if (used > 0 && used + own > width - 2 * edge) {
      lines++;
      used = 0;
    }
    used += own;
  }
  return lines;
}

// ---- The option.

interface Panel {
  readonly panel: ChartPanel;
  readonly range: AxisRange;
  readonly colours: readonly ChartColour[];
  /** In CSS pixels. */
  readonly top: number;
  readonly height: number;
}

/** The x axis and how many CSS pixels it has. */
interface Across {
  readonly range: AxisRange;
  readonly pixels: number;
}

/**
 * Everything has its place by the spec and the size alone, so a chart that Node drew and one that lives are the same. Words that find no
 * room are cut short.
 */
export function chartOption(spec: ChartSpec, theme: ChartTheme = "light", look: ChartLook = {}): ChartOption {
  const { size = spec.size, hasWords = true } = look;
  const colours = chartThemes[theme];
  const text = { fontFamily: chartFont, color: colours.muted, fontSize: wordSize };
  const given = coloursOf(spec);
  const hasCells = spec.panels.some(({ series }) => series.some(({ kind }) => kind === "cells"));
  const xTicks = Math.max(2, Math.min(10, Math.floor(size.width / 80)));
  const xRange = axisRange(spec.x, xExtent(spec), xTicks);

  // Words above and below.
  const names = spec.panels.flatMap(({ series }) =>
    series.flatMap(({ name, kind }) => (name === undefined || kind === "cells" ? [] : [name])),
  );
  const titleSize = size.width < 560 ? 16 : 19;
  const isBeside =
    textWidth(spec.title, titleSize) + 3 * edge + namesWidth(names) < size.width && legendLines(names, size.width) < 2;
  const belowLines = hasWords && !isBeside ? legendLines(names, size.width) : 0;
  const xMarks = spec.panels[0]?.marks?.filter(({ axis }) => axis === "x") ?? [];
  const overhead = Math.max(spec.spans === undefined || spec.spans.length === 0 ? 0 : 20, 18 * xMarks.length);
  const columnNames = hasCells ? columnWords(spec.x, size) : { height: 0, isTurned: false };
  const head = hasWords ? 16 + titleSize + (spec.subtitle === undefined ? 0 : 26) + 16 : 6;
  const top = head + overhead + (hasCells ? columnNames.height + 30 : 8);
  const foot = (hasCells ? edge : 58) + (belowLines > 0 ? 10 + legendLine * belowLines : 0);

  // Panels under each other.
  const gap = 32;
  const shares = spec.panels.reduce((sum, { share = 1 }) => sum + share, 0);
  const room = Math.max(40, size.height - top - foot - gap * (spec.panels.length - 1));
  let y = top;
  const panels = spec.panels.map((panel, at): Panel => {
    const height = Math.round((room * (panel.share ?? 1)) / shares);
    const count = Math.max(2, Math.min(6, Math.floor(height / 28)));
    const range = axisRange(panel.y, yExtent(panel, xRange.min, xRange.max), count);
    const placed = { panel, range, colours: given[at] ?? [], top: y, height };
    y += height + gap;
    return placed;
  });

  const widest = Math.max(
    ...panels.map(({ panel, range }) =>
      Math.max(0, ...range.ticks.map((tick) => Math.min(140, textWidth(tickText(tick, panel.y), wordSize)))),
    ),
  );
  const nameGap = Math.round(widest + 22);
  const yNames = panels.map(({ panel, range, height }) =>
    inLines(`${axisTitle(panel.y)}${range.isLog ? ", log scale" : ""}`, height + 60),
  );
  const left = nameGap + 26 + (yNames.some((lines) => lines.length > 1) ? nameLine : 0);
  const ends = panels[0]?.panel.y.ends;
  const right = ends === undefined ? 36 : 76;
  const inner = Math.max(40, size.width - left - right);

  const common = {
    nameLocation: "middle",
    nameTextStyle: { ...text, color: colours.ink },
    axisLine: { show: !hasCells, lineStyle: { color: colours.muted, width: 1 } },
    splitLine: { show: !hasCells, lineStyle: { color: colours.line, width: 1 } },
    minorSplitLine: { show: false },
    minorTick: { show: false },
  };
  const axisOf = (axis: ChartAxis, range: AxisRange) => ({
    ...common,
    type: axis.scale === "category" ? "category" : range.isLog ? "log" : "value",
    ...(axis.scale === "category" ? { data: axis.categories ?? [] } : { min: range.min, max: range.max }),
    axisTick: {
      show: !hasCells,
      lineStyle: { color: colours.muted },
      ...(axis.scale === "category" ? {} : { customValues: range.ticks }),
    },
    axisLabel: {
      ...text,
      ...(axis.scale === "category"
        ? { interval: 0, width: 140, overflow: "truncate" }
        : { customValues: range.ticks, formatter: (value: number) => tickText(value, axis) }),
    },
  });
  const xName = cut(`${axisTitle(spec.x)}${xRange.isLog ? ", log scale" : ""}`, inner + 40);
  const grids = panels.map(({ top: from, height }) => ({ left, width: inner, top: from, height }));
  const xAxes = panels.map((_, at) => {
    const isLast = at === panels.length - 1;
    const axis = axisOf(spec.x, xRange);
    return {
      ...axis,
      gridIndex: at,
      splitLine: { show: false },
      axisLabel: {
        ...axis.axisLabel,
        show: isLast,
        hideOverlap: true,
        ...(hasCells && columnNames.isTurned ? { rotate: -90 } : {}),
      },
      ...(isLast
        ? { name: xName, nameGap: hasCells ? columnNames.height + 14 : 32, position: hasCells ? "top" : "bottom" }
        : {}),
    };
  });
  const yAxes = panels.map(({ panel, range }, at) => ({
    ...axisOf(panel.y, range),
    gridIndex: at,
    name: yNames[at]?.join("\n") ?? "",
    nameGap,
    nameTextStyle: { ...common.nameTextStyle, lineHeight: nameLine },
    inverse: hasCells,
  }));
  const endAxis =
    ends === undefined
      ? []
      : [
          {
            ...common,
            type: "category",
            gridIndex: 0,
            position: "right",
            inverse: true,
            data: ends.words,
            name: ends.name,
            // Of an inverse axis the start is above.
            nameLocation: "start",
            nameGap: 14,
            nameTextStyle: { ...text, color: colours.ink, padding: [0, 0, 0, 40] },
            axisTick: { show: false },
            axisLabel: { ...text, interval: 0 },
          },
        ];

  const across = { range: xRange, pixels: inner };
  const series = panels.flatMap((panel, at) => [
    ...panel.panel.series.flatMap((of, i) =>
      drawn(of, panel, at, colours, panel.colours[i] ?? 0, across, spec.x.scale === "category"),
    ),
    referenceLines(spec, panel, at, colours, across),
    // An axis without a series would not be drawn.
    ...(at === 0 && ends !== undefined
      ? [{ type: "line", data: [], xAxisIndex: 0, yAxisIndex: panels.length, color: colours.muted }]
      : []),
  ]);
  return {
    animation: false,
    backgroundColor: theme === "page" ? "transparent" : colours.ground,
    ...(hasWords
      ? {
          title: {
            text: spec.title,
            subtext: spec.subtitle ?? "",
            left: edge,
            top: 16,
            itemGap: 10,
            padding: 0,
            textStyle: {
              fontFamily: chartFont,
              color: colours.ink,
              fontSize: titleSize,
              fontWeight: 600,
              width: size.width - 2 * edge - (isBeside ? namesWidth(names) : 0),
              overflow: "truncate",
            },
            subtextStyle: { ...text, fontSize: 14, width: size.width - 2 * edge, overflow: "truncate" },
          },
          legend: {
            ...(isBeside ? { right: edge, top: 14 } : { left: edge, right: edge, bottom: 8 }),
            padding: 0,
            itemWidth: legendIcon,
            itemGap: legendGap,
            textStyle: { ...text, color: colours.ink, width: size.width - 2 * edge - legendIcon, overflow: "truncate" },
            selectedMode: false,
            data: legendItems(spec),
          },
        }
      : {}),
    grid: grids,
    xAxis: ends === undefined ? xAxes : [...xAxes],
    yAxis: [...yAxes, ...endAxis],
    series,
  };
}

/**
 * Without what ECharts adds for pages of its own (classes, a style sheet that a content security policy refuses, numbers of data), and
 * with ids that follow from what is drawn: the same chart is the same text, and two charts of one page share no id by chance. Quotes and
 * angle brackets of words are escaped before, so none of this meets them.
 */
export function tidySvg(svg: string): string {
  const plain = svg
    .replaceAll(/<style\b[^>]*>.*?<\/style>\n?/gs, "")
    .replaceAll(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"/g, "")
    .replaceAll(/(id="|url\(#)zr\d+-/g, "$1chart-");
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let i = 0; i < plain.length; i++) hash = Math.imul(hash ^ plain.charCodeAt(i), 0x01000193);
  return plain.replaceAll(/(id="|url\(#)chart-/g, `$1chart${(hash >>> 0).toString(36)}-`);
}

function namesWidth(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + legendIcon + 5 + textWidth(name, wordSize) + legendGap, 0);
}

/** A line whose points are not shown has none in the legend either. */
function legendItems(spec: ChartSpec) {
  return spec.panels.flatMap(({ series }) =>
    series.flatMap((of) => {
      if (of.name === undefined || of.kind === "cells") return [];
      if (of.kind === "line") return [{ name: of.name, ...(hasSymbols(of) ? {} : { itemStyle: { opacity: 0 } }) }];
      return [{ name: of.name, ...(of.kind === "points" ? {} : { icon: "rect" }) }];
    }),
  );
}

function hasSymbols({ hasSymbols: given, x }: LineSeries): boolean {
  return given ?? x.length <= fewPoints;
}

function tickText(value: number, axis: ChartAxis): string {
  if (axis.categories !== undefined) return placeText(value, axis);
  return axis.format === "percent" ? `${plainNumber(100 * value)}%` : plainNumber(value);
}

/** How the names of columns stand over cells. */
function columnWords({ categories = [] }: ChartAxis, { width }: ChartSize): { height: number; isTurned: boolean } {
  const widest = Math.min(140, Math.max(0, ...categories.map((name) => textWidth(name, wordSize))));
  const isTurned = widest > width / (categories.length + 3) - 8;
  return { height: isTurned ? widest + 8 : 18, isTurned };
}

/** The text, or its beginning with an ellipsis where it would be wider. */
function cut(text: string, width: number): string {
  if (textWidth(text, wordSize) <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && textWidth(`${letters.join("")}…`, wordSize) > width) letters.pop();
  return `${letters.join("")}…`;
}

/** The text in one line, or in two that are as equal as they can be, broken behind a comma where that fits. */
function inLines(text: string, width: number): readonly string[] {
  if (textWidth(text, wordSize) <= width) return [text];
  const words = text.split(" ");
  const breaks = words.slice(1).map((_, i): readonly [first: string, second: string] => {
    return [words.slice(0, i + 1).join(" "), words.slice(i + 1).join(" ")];
  });
  // Whole before broken behind a comma before equal.
  const costOf = (lines: readonly [string, string]): number => {
    const widest = Math.max(...lines.map((line) => textWidth(line, wordSize)));
    return widest + (widest > width ? 1e4 : 0) + (lines[0].endsWith(",") ? 0 : 1e3);
  };
  const [best] = breaks.sort((a, b) => costOf(a) - costOf(b));
  return best === undefined ? [cut(text, width)] : best.map((line) => cut(line, width));
}

/** A series as ECharts draws it; a smoothed line is two. */
function drawn(
  series: ChartSeries,
  { range }: Panel,
  at: number,
  colours: ChartColours,
  colour: ChartColour,
  across: Across,
  isByCategory: boolean,
): readonly ChartOption[] {
  const common = {
    ...(series.name === undefined ? {} : { name: series.name }),
    xAxisIndex: at,
    yAxisIndex: at,
    color: colourOf(colour, colours),
    silent: true,
    clip: true,
    animation: false,
  };
  switch (series.kind) {
    case "line":
      return linesOf(series, common, colour, range, across);
    case "points":
      return [
        {
          ...common,
          type: "scatter",
          dimensions: pairs,
          data: pointsOf(series.x, series.y, range),
          symbol: symbolOf(series, colour),
          symbolSize: series.x.length > manyPoints ? 4 : 7,
        },
      ];
    case "band":
      return [
        {
          ...common,
          type: "custom",
          data: [[series.x[0] ?? 0, range.min]],
          renderItem: bandItem(series, range, common.color),
        },
      ];
    case "bars":
      return [
        {
          ...common,
          type: "custom",
          data: series.from.map((x, i) => [x, series.y[i] ?? 0]),
          renderItem: barItem(series, range, {
            colour: common.color,
            dash: seriesDashes[placeOf(colour) % seriesDashes.length] ?? "solid",
            isByCategory,
          }),
        },
      ];
    default:
      return [
        {
          ...common,
          type: "custom",
          data: series.values.flatMap((row, y) => row.map((_, x) => [x, y])),
          renderItem: cellItem(series, colours, common.color),
        },
      ];
  }
}

function symbolOf({ symbol }: LineSeries | PointsSeries, colour: ChartColour): string {
  return seriesSymbols[(symbol ?? placeOf(colour)) % seriesSymbols.length] as string;
}

function placeOf(colour: ChartColour): number {
  return typeof colour === "number" ? colour : 0;
}

function linesOf(
  line: LineSeries,
  common: ChartOption,
  colour: ChartColour,
  range: AxisRange,
  across: Across,
): readonly ChartOption[] {
  const dataOf = (y: ChartValues) => pointsOf(line.x, y, range, shownOf(line.x, y, across));
  const isLong = line.x.length > manyPoints;
  const { smoothing = 0, width = isLong ? 1.5 : 2.25 } = line;
  const whole = {
    ...common,
    type: "line",
    dimensions: pairs,
    symbol: symbolOf(line, colour),
    symbolSize: 7,
    showSymbol: hasSymbols(line),
    showAllSymbol: true,
    ...(line.isStepped === true ? { step: "end" } : {}),
  };
  const dash = seriesDashes[(line.dash ?? placeOf(colour)) % seriesDashes.length];
  if (!(smoothing > 0)) {
    return [{ ...whole, data: dataOf(line.y), lineStyle: { width, type: dash } }];
  }
  const { name: _, ...nameless } = whole as ChartOption & { name?: string };
  return [
    { ...nameless, showSymbol: false, data: dataOf(line.y), lineStyle: { width: 1, opacity: 0.35 } },
    {
      ...whole,
      showSymbol: false,
      data: dataOf(smoothed(line.y, smoothing)),
      lineStyle: { width, type: dash },
    },
  ];
}

/** What ECharts calls the two numbers of a pair; flat numbers say nothing of it themselves. */
const pairs = ["x", "y"];

/** Pairs, flat, for ECharts goes through arrays of arrays several times; what has no place on a logarithmic axis is a gap: not a number. */
function pointsOf(
  x: readonly number[],
  y: ChartValues,
  { isLog }: AxisRange,
  shown?: readonly number[],
): Float64Array<ArrayBuffer> {
  const count = shown?.length ?? x.length;
  const points = new Float64Array(2 * count);
  for (let at = 0; at < count; at++) {
    const i = shown === undefined ? at : (shown[at] as number);
    const value = y[i] ?? null;
    points[2 * at] = x[i] as number;
    points[2 * at + 1] = value === null || !Number.isFinite(value) || (isLog && value <= 0) ? Number.NaN : value;
  }
  return points;
}

/**
 * Which points of a line are drawn: those that are seen and one beside them on each side; of many in one column of pixels the first, the
 * least, the greatest and the last, which draw the same picture (M4: Jugel, Jerzak, Hackenbroich and Markl 2014).
 */
export function shownOf(x: readonly number[], y: ChartValues, { range, pixels }: Across): readonly number[] {
  const first = Math.max(0, firstFrom(x, range.min) - 1);
  let end = firstFrom(x, range.max);
  while (end < x.length && (x[end] as number) <= range.max) end++;
  end = Math.min(x.length, end + 1);
  const count = Math.max(0, end - first);
  if (count <= 4 * pixels) return Array.from({ length: count }, (_, i) => first + i);
  const [from, factor] = range.isLog
    ? [Math.log(range.min), pixels / Math.log(range.max / range.min)]
    : [range.min, pixels / (range.max - range.min)];
  const columnOf = (i: number): number => {
    const place = x[i] as number;
    return Math.floor(((range.isLog ? Math.log(place) : place) - from) * factor);
  };
  const shown: number[] = [];
  let column = columnOf(first);
  for (let start = first; start < end; ) {
    const own = column;
    let [to, least, greatest] = [start, start, start];
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    do {
      const value = y[to] ?? null;
      if (value !== null && value < low) [low, least] = [value, to];
      if (value !== null && value > high) [high, greatest] = [value, to];
      to++;
      if (to < end) column = columnOf(to);
    } while (to < end && column === own);
    const [before, after] = least < greatest ? [least, greatest] : [greatest, least];
    shown.push(start);
    if (before > start) shown.push(before);
    if (after > before) shown.push(after);
    if (to - 1 > after) shown.push(to - 1);
    start = to;
  }
  return shown;
}

// ---- What ECharts has no series for.

/** What ECharts hands to a series that draws itself. */
interface Drawing {
  coord(point: readonly [number, number]): [number, number];
  size(amounts: readonly [number, number]): readonly number[];
}

function bandItem({ x, low, high }: BandSeries, { isLog, min }: AxisRange, colour: string) {
  return (_: unknown, api: Drawing) => {
    const at = (i: number, values: ChartValues): [number, number] => {
      const value = values[i] ?? Number.NaN;
      return api.coord([x[i] as number, isLog ? Math.max(value, min) : value]);
    };
    const places = x.flatMap((_, i) => (low[i] === null || high[i] === null ? [] : [i]));
    return {
      type: "polygon",
      shape: { points: [...places.map((i) => at(i, high)), ...places.reverse().map((i) => at(i, low))] },
      style: { fill: colour, opacity: 0.2 },
    };
  };
}

function barItem(
  { from, to, y }: BarsSeries,
  { isLog, min }: AxisRange,
  {
    colour,
    dash,
    isByCategory,
  }: { readonly colour: string; readonly dash: string | readonly number[]; readonly isByCategory: boolean },
) {
  return ({ dataIndex: i }: { readonly dataIndex: number }, api: Drawing) => {
    const value = y[i] ?? 0;
    const foot = isLog ? min : 0;
    // ECharts rounds places among categories.
    const placeOf = (x: number): readonly [number, number] => {
      const whole = isByCategory ? Math.round(((from[i] as number) + (to[i] as number)) / 2) : x;
      return [whole, isByCategory ? (x - whole) * (api.size([1, 0])[0] ?? 0) : 0];
    };
    const [start, leftOf] = placeOf(from[i] as number);
    const [end, rightOf] = placeOf(to[i] as number);
    const [atStart, top] = api.coord([start, isLog ? Math.max(value, min) : value]);
    const [atEnd, bottom] = api.coord([end, foot]);
    const [left, right] = [atStart + leftOf, atEnd + rightOf];
    const gap = right - left > 4 ? 1 : 0;
    return {
      type: "rect",
      shape: {
        x: left + gap / 2,
        y: Math.min(top, bottom),
        width: Math.max(0.5, right - left - gap),
        height: Math.abs(bottom - top),
      },
      // Where bars of two series lie over each other, their edges tell them apart.
      style: { fill: colour, fillOpacity: 0.55, stroke: colour, lineWidth: 1, lineDash: dash },
    };
  };
}

function cellItem({ values, strengths, diagonalColour }: CellsSeries, colours: ChartColours, colour: string) {
  const columns = values[0]?.length ?? 0;
  return ({ dataIndex }: { readonly dataIndex: number }, api: Drawing) => {
    const [row, column] = [Math.floor(dataIndex / columns), dataIndex % columns];
    const value = values[row]?.[column] ?? null;
    const strength = strengths[row]?.[column] ?? 0;
    const [left, top] = api.coord([column, row]);
    const [next] = api.coord([column + 1, row]);
    const [, below] = api.coord([column, row + 1]);
    const [width, height] = [next - left, below - top];
    const shape = { x: left - width / 2 + 0.5, y: top - height / 2 + 0.5, width: width - 1, height: height - 1 };
    const fill = row === column && diagonalColour !== undefined ? colourOf(diagonalColour, colours) : colour;
    return {
      type: "group",
      children: [
        { type: "rect", shape, style: { fill: colours.line, opacity: 0.28 } },
        { type: "rect", shape, style: { fill, opacity: strength } },
        {
          type: "text",
          style: {
            x: left,
            y: top,
            text: value === null || value === 0 ? "" : plainNumber(value),
            align: "center",
            verticalAlign: "middle",
            font: `${Math.max(8, Math.min(wordSize, width / 3))}px ${chartFont}`,
            fill: strength > 0.55 ? colours.ground : colours.ink,
          },
        },
      ],
    };
  };
}

/** Within a panel, in CSS pixels from its left and its foot. */
interface Box {
  readonly left: number;
  readonly right: number;
  readonly low: number;
  readonly high: number;
}
/** A name on its side of a line. */
const nameRoom = 20;
/** From the end of a line to its name. */
const nameDistance = 6;

const areOver = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.low < b.high && b.low < a.high;

/** What a line has at a place, between its points too. */
function valueAt(x: readonly number[], y: ChartValues, at: number): number | undefined {
  const next = firstFrom(x, at);
  const [from, to] = [x[next - 1], x[next]];
  const [before, after] = [y[next - 1] ?? undefined, y[next] ?? undefined];
  if (to === at || from === undefined) return to === at ? after : undefined;
  if (to === undefined || before === undefined || after === undefined) return undefined;
  return before + ((at - from) / (to - from)) * (after - before);
}

/** Lines across a panel with their names, and where spans meet: of a series that has no points. */
function referenceLines(
  spec: ChartSpec,
  { panel, range, height }: Panel,
  at: number,
  colours: ChartColours,
  { range: xRange, pixels }: Across,
): ChartOption {
  const { spans = [] } = spec;
  const words = { fontFamily: chartFont, color: colours.ink, fontSize: wordSize };
  const partOf = (value: number, { isLog, min, max }: AxisRange): number =>
    isLog ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  const lineOf = ({ colour = "muted", dash = 0 }: ChartMark) => ({
    color: colourOf(colour, colours),
    type: seriesDashes[dash % seriesDashes.length],
    width: 1.5,
  });
  const upright = (panel.marks ?? []).filter(({ axis }) => axis === "x");
  const level = (panel.marks ?? []).filter((mark) => mark.axis === "y").sort((a, b) => a.at - b.at);
  const levels = level.map((mark) => partOf(mark.at, range) * height);
  const lines = panel.series.flatMap((of) => (of.kind === "line" ? [of] : []));
  /** What a name at a place would lie on: lines that pass through it, other names, and what is beside the panel. */
  const taken: Box[] = [];
  const crowdOf = (box: Box): number => {
    let crowd = 100 * taken.filter((other) => areOver(other, box)).length;
    if (box.low < -4 || box.high > height + 8) crowd += 100;
    crowd += 2 * levels.filter((y) => y > box.low && y < box.high).length;
    for (const { x, y } of lines) {
      for (let part = 0; part <= 1; part += 0.125) {
        const place = (box.left + part * (box.right - box.left)) / pixels;
        const value = valueAt(
          x,
          y,
          xRange.isLog
            ? xRange.min * (xRange.max / xRange.min) ** place
            : xRange.min + place * (xRange.max - xRange.min),
        );
        const lies = value === undefined || (range.isLog && value <= 0) ? undefined : partOf(value, range) * height;
        if (lies !== undefined && lies > box.low && lies < box.high) crowd += 1;
      }
    }
    return crowd;
  };
  const placeOfName = ({ name }: ChartMark, y: number): string => {
    const width = textWidth(name, wordSize) + nameDistance;
    const places = (["End", "Start", "Middle"] as const).flatMap((end) =>
      (["Top", "Bottom"] as const).map((side) => {
        const left = end === "Start" ? 0 : end === "End" ? pixels - width : (pixels - width) / 2;
        const low = side === "Top" ? y + 1 : y - nameRoom;
        const box = { left, right: left + width, low, high: low + nameRoom - 1 };
        return { position: `inside${end}${side}`, box, crowd: crowdOf(box) };
      }),
    );
    const best = places.reduce((one, other) => (other.crowd < one.crowd ? other : one));
    taken.push(best.box);
    return best.position;
  };
  return {
    type: "line",
    data: [],
    xAxisIndex: at,
    yAxisIndex: at,
    color: colours.muted,
    silent: true,
    markLine: {
      silent: true,
      symbol: "none",
      animation: false,
      // The standard is to round to two decimals, which moves a line on a logarithmic axis.
      precision: 12,
      label: { show: false },
      data: [
        ...spans.slice(1).map(({ from }) => ({
          xAxis: from,
          lineStyle: { color: colours.muted, type: "dotted", width: 1.5 },
        })),
        // A name stands over the middle of its span: the label of a line that is not drawn.
        ...(at === 0 ? spans : []).map(({ from, to, name }) => ({
          xAxis: (from + to) / 2,
          lineStyle: { color: "transparent" },
          label: { ...words, color: colours.muted, show: true, formatter: () => name, position: "end", distance: 6 },
        })),
        ...upright.map((mark, i) => ({
          xAxis: mark.at,
          lineStyle: lineOf(mark),
          // One above the other: they can lie close together.
          label: { ...words, show: true, formatter: () => mark.name, position: "end", distance: 4 + 18 * i },
        })),
        ...level.map((mark, i) => {
          return {
            yAxis: mark.at,
            lineStyle: lineOf(mark),
            label: {
              ...words,
              show: true,
              formatter: () => mark.name,
              position: placeOfName(mark, levels[i] ?? 0),
              distance: [nameDistance, 5],
              textBorderColor: colours.ground,
              textBorderWidth: 3,
            },
          };
        }),
      ],
    },
  };
}

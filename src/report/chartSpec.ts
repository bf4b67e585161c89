// What a chart of this project shows, as plain data, and the table behind it. Drawn in files and in pages by way of chartOption.ts.
import { csvCell, withThousands } from "../base/text.js";
import { figureText } from "./figures.js";

/** One chart: panels under each other over one x axis. JSON. */
export interface ChartSpec {
  readonly title: string;
  /** A line under the title: what is shown, or the figures that matter. */
  readonly subtitle?: string;
  readonly x: ChartAxis;
  /** From top to bottom; at least one. */
  readonly panels: readonly ChartPanel[];
  /** Stretches of the x axis that have names (phases), one after the other; their boundaries go through all panels. */
  readonly spans?: readonly ChartSpan[];
  /** As large as it is drawn where nobody says a size. */
  readonly size: ChartSize;
}

export interface ChartSize {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
}

export interface ChartPanel {
  readonly y: ChartAxis;
  /** Drawn in this order, the last on top. */
  readonly series: readonly ChartSeries[];
  readonly marks?: readonly ChartMark[];
  /** Of the height, beside the other panels; default 1. */
  readonly share?: number;
}

export interface ChartAxis {
  readonly name: string;
  /** `nats a pixel`, `dB`. */
  readonly unit?: string;
  /** A sentence: what its numbers are. Said on hover. */
  readonly meaning?: string;
  /** Default linear. Of a `category` axis numbers are places among `categories`, from 0. */
  readonly scale?: "linear" | "log" | "category";
  /** What is drawn at most; default: what the data needs. */
  readonly min?: number;
  readonly max?: number;
  /** Where words stand; default: round numbers. */
  readonly ticks?: readonly number[];
  readonly categories?: readonly string[];
  /** Only whole numbers mean something: epochs, severities. */
  readonly isWhole?: boolean;
  /** Of a category axis, words at the other end of each category under a name of their own: the share that is right. */
  readonly ends?: { readonly name: string; readonly words: readonly string[] };
  /** How its numbers are written on hover and in tables; ticks are plain. Default `figure`. */
  readonly format?: NumberFormat;
}

/** `figure`: three significant digits. `plain`: all that are meant. `percent`: of 1, one decimal. `decimals`: so many. */
export type NumberFormat = "figure" | "plain" | "percent" | { readonly decimals: number };

export type ChartSeries = LineSeries | PointsSeries | BarsSeries | BandSeries | CellsSeries;

interface NamedSeries {
  /** Where there is none it has no place in the legend and the table. */
  readonly name?: string;
  /** A sentence: what this is. Said on hover. */
  readonly meaning?: string;
  /** Default: its place among the named series of the chart. */
  readonly colour?: ChartColour;
}

/** A series' place in the order of colours, from 0, or what it is for. */
export type ChartColour = number | "ink" | "muted" | "line" | "good" | "warning" | "bad";

/** Numbers, null where there is none (JSON has no NaN). */
export type ChartValues = readonly (number | null)[];

/** Points that a line joins, x rising. */
export interface LineSeries extends NamedSeries {
  readonly kind: "line";
  readonly x: readonly number[];
  readonly y: ChartValues;
  /** The place in the order of dashes, 0 whole; default that of its colour. */
  readonly dash?: number;
  /** Whether each point has a symbol; default where there are at most 25. */
  readonly hasSymbols?: boolean;
  /** The place in the order of symbols; default that of its colour. */
  readonly symbol?: number;
  /** In CSS pixels; default 2.25. */
  readonly width?: number;
  /** Level until the next point, as a staircase. */
  readonly isStepped?: boolean;
  /** From 0 to below 1: how much of a point is those before it. The line itself stays visible behind. Default none; 0: never. */
  readonly smoothing?: number;
  /** Of each point, what else is said of it on hover. */
  readonly notes?: readonly string[];
}

/** Points that nothing joins. */
export interface PointsSeries extends NamedSeries {
  readonly kind: "points";
  readonly x: readonly number[];
  readonly y: ChartValues;
  readonly symbol?: number;
  readonly notes?: readonly string[];
}

/** Upright bars from 0 (or the foot of a logarithmic axis), each over its stretch of x: histograms. */
export interface BarsSeries extends NamedSeries {
  readonly kind: "bars";
  /** Where each bar begins and ends. Of a category axis the place less and plus a half, or less. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly y: ChartValues;
}

/** The area between two lines. */
export interface BandSeries extends NamedSeries {
  readonly kind: "band";
  readonly x: readonly number[];
  readonly low: ChartValues;
  readonly high: ChartValues;
}

/** A matrix over two category axes. */
export interface CellsSeries extends NamedSeries {
  readonly kind: "cells";
  /** [place on the y axis][place on the x axis] */
  readonly values: readonly ChartValues[];
  /** As `values`, from 0 to 1: how strongly each is coloured. */
  readonly strengths: readonly (readonly number[])[];
  /** Of the cells whose places are equal; default `colour`. */
  readonly diagonalColour?: ChartColour;
  /** As `values`: what else is said of a cell on hover. */
  readonly notes?: readonly (readonly string[])[];
}

/** A reference line with its name: a baseline, a floor, a threshold, a rate that was chosen. */
export interface ChartMark {
  /** Which axis it stands on: `y` lies, `x` is upright. */
  readonly axis: "x" | "y";
  readonly at: number;
  readonly name: string;
  readonly meaning?: string;
  /** Default muted. */
  readonly colour?: ChartColour;
  readonly dash?: number;
}

export interface ChartSpan {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** `mse, mean over pixels`: an axis' name and its unit. */
export function axisTitle({ name, unit }: ChartAxis): string {
  return unit === undefined ? name : `${name}, ${unit}`;
}

/** A number as hover and table write it; a dash where there is none. */
export function numberText(value: number | null | undefined, format: NumberFormat = "figure"): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (typeof format === "object") return value.toFixed(format.decimals);
  if (format === "percent") return `${(100 * value).toFixed(1)}%`;
  return format === "plain" ? plainNumber(value) : figureText(value);
}

/** Without the noise of binary fractions: 0.005, 2e-5, 60,000. */
export function plainNumber(value: number): string {
  const rounded = Number(value.toPrecision(6));
  if (rounded !== 0 && (Math.abs(rounded) < 1e-4 || Math.abs(rounded) >= 1e6)) {
    return rounded.toExponential().replace("e+", "e");
  }
  return Number.isInteger(rounded) ? withThousands(rounded) : String(rounded);
}

/** What a number of an axis is called there: its category, or the number. */
export function placeText(value: number, { categories, format, isWhole }: ChartAxis): string {
  return categories?.[Math.round(value)] ?? numberText(value, format ?? (isWhole ? "plain" : "figure"));
}

/**
 * The exponentially weighted mean of each point and those before it, where `weight` is that of all before; corrected for the start
 * (Kingma and Ba 2015, section 3), so that the first point is itself. Where there is no number the mean stays as it was.
 */
export function smoothed(values: ChartValues, weight: number): ChartValues {
  let mean = 0;
  let left = 1;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    mean = weight * mean + (1 - weight) * value;
    left *= weight;
    return mean / (1 - left);
  });
}

/** The first place in rising numbers that is at least as great, or their number. */
export function firstFrom(values: readonly number[], least: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Numbers in rising order: they themselves where they are. */
export function rising(values: readonly number[]): readonly number[] {
  const isRising = values.every((value, i) => i === 0 || value >= (values[i - 1] as number));
  return isRising ? values : [...values].sort((a, b) => a - b);
}

/** Of two rising lists each number once, rising: lines of a long training mostly have the same places, and many. */
export function union(a: readonly number[], b: readonly number[]): readonly number[] {
  const all: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const [left, right] = [a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY];
    const least = Math.min(left, right);
    if (i < a.length && left === least) i++;
    if (j < b.length && right === least) j++;
    if (all.at(-1) !== least) all.push(least);
  }
  return all;
}

/** A chart's numbers. */
export interface ChartTable {
  readonly columns: readonly { readonly title: string; readonly format: NumberFormat }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Rows of the whole table. */
  readonly count: number;
}

const endTitle = "to";

interface NamedColumn {
  readonly title: string;
  readonly format: NumberFormat;
  readonly x: readonly number[];
  readonly values: ChartValues;
}

/**
 * The table behind a chart: a row for each place on the x axis and a column for each series that has a name. Where a series has several
 * points at one place a row for each point; of cells a row for each category of the y axis.
 * @param mostRows a longer table is thinned evenly, its first and last row kept; nothing is worked out of the others
 */
export function chartTable(spec: ChartSpec, mostRows = Number.POSITIVE_INFINITY): ChartTable {
  const first: ChartTable["columns"][number] = { title: axisTitle(spec.x), format: spec.x.format ?? "plain" };
  const place = (x: number): string | number => spec.x.categories?.[Math.round(x)] ?? x;
  const cells = spec.panels.flatMap(({ y, series }) =>
    series.flatMap((of) => (of.kind === "cells" ? [{ y, values: of.values }] : [])),
  )[0];
  if (cells !== undefined) {
    const { y, values } = cells;
    const titles = values[0]?.map((_, column) => String(place(column))) ?? [];
    return {
      columns: [
        { title: `${axisTitle(y)} \\ ${axisTitle(spec.x)}`, format: "plain" },
        ...titles.map((title) => ({ title, format: y.format ?? "plain" })),
      ],
      rows: thinned(values.length, mostRows).map((at) => [y.categories?.[at] ?? at, ...(values[at] ?? [])]),
      count: values.length,
    };
  }
  const all = spec.panels.flatMap(({ y, series }) => series.flatMap((of) => columnsOf(of, y)));
  // Histograms over the same stretches end at the same places.
  const columns = all.filter(({ title }, i) => title !== endTitle || all.findIndex((of) => of.title === title) === i);
  if (columns.every(({ x }) => x.every((value, i) => i === 0 || value > (x[i - 1] as number)))) {
    const places = columns.reduce<readonly number[]>((all, { x }) => union(all, x), []);
    const rows = thinned(places.length, mostRows).map((at) => places[at] as number);
    return {
      columns: [first, ...columns.map(({ title, format }) => ({ title, format }))],
      rows: rows.map((at) => [place(at), ...columns.map(({ x, values }) => valueBeside(x, values, at))]),
      count: places.length,
    };
  }
  const points = columns.flatMap(({ title, x, values }) => x.map((at, i) => [title, place(at), values[i] ?? null]));
  return {
    columns: [{ title: "series", format: "plain" }, first, { title: "value", format: columns[0]?.format ?? "figure" }],
    rows: thinned(points.length, mostRows).map((at) => points[at] ?? []),
    count: points.length,
  };
}

/** Places among `count`, all or evenly so many. */
function thinned(count: number, most: number): readonly number[] {
  const kept = Math.min(count, most);
  return Array.from({ length: kept }, (_, i) => (kept === count ? i : Math.round((i * (count - 1)) / (kept - 1))));
}

/** What stands beside a place of rising ones. */
function valueBeside(x: readonly number[], values: ChartValues, place: number): number | null {
  const at = firstFrom(x, place);
  return x[at] === place ? (values[at] ?? null) : null;
}

function columnsOf(series: ChartSeries, y: ChartAxis): readonly NamedColumn[] {
  const { name } = series;
  if (name === undefined || series.kind === "cells") return [];
  const title = name === y.name ? axisTitle(y) : `${name} (${axisTitle(y)})`;
  const format = y.format ?? "figure";
  switch (series.kind) {
    case "band":
      return [
        { title: `${title}, lowest`, format, x: series.x, values: series.low },
        { title: `${title}, highest`, format, x: series.x, values: series.high },
      ];
    case "bars":
      // A histogram's stretch is told by its two ends.
      return [
        { title: endTitle, format: "plain", x: series.from, values: series.to },
        { title, format, x: series.from, values: series.y },
      ];
    default:
      return [{ title, format, x: series.x, values: series.y }];
  }
}

/** The table as CSV (RFC 4180) with all digits, a head first; empty where there is no number. */
export function chartCsv(spec: ChartSpec): string {
  const { columns, rows } = chartTable(spec);
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map((value) => String(value ?? "")))];
  return lines.map((line) => `${line.map(csvCell).join(",")}\n`).join("");
}

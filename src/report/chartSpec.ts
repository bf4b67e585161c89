// What a chart of this project shows, as plain data: drawn in files and in pages by chartOption.ts, written out by chartTable.ts.

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
  /** From 0 to below 1: how much of a point is those before it. The line itself stays visible behind. Default 0. */
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

// A chart as somebody looks at it in a page: zoomed, on another scale, smoothed, without some series; and what it says at a place.
import { coloursOf } from "./chartOption.js";
import {
  axisTitle,
  type ChartColour,
  type ChartSeries,
  type ChartSpec,
  numberText,
  placeText,
  rising,
  union,
} from "./chartSpec.js";

/** What a person has changed of a chart. */
export interface ChartView {
  /** The part of the x axis that is seen. */
  readonly zoom?: readonly [from: number, to: number] | undefined;
  /** Of each panel, where it is not the spec's own. */
  readonly scales?: readonly ("linear" | "log" | undefined)[];
  /** Of all lines but those that say that they have none. */
  readonly smoothing?: number | undefined;
  /** Series that are not shown: their places among all, panel after panel. */
  readonly hidden?: ReadonlySet<number>;
}

/** The chart as it is seen. Colours and dashes stay those of the whole. */
export function viewed(spec: ChartSpec, { zoom, scales = [], smoothing, hidden }: ChartView): ChartSpec {
  const colours = coloursOf(spec);
  let place = 0;
  const panels = spec.panels.map((panel, at) => {
    const series = panel.series.flatMap((of, i): ChartSeries[] => {
      if (hidden?.has(place++) === true) return [];
      const colour = colours[at]?.[i] ?? 0;
      const canSmooth = of.kind === "line" && of.smoothing !== 0;
      return [canSmooth && smoothing !== undefined ? { ...of, colour, smoothing } : { ...of, colour }];
    });
    const scale = scales[at];
    if (scale === undefined || scale === panel.y.scale) return { ...panel, series };
    const { ticks: _, ...y } = panel.y;
    return { ...panel, series, y: { ...y, scale } };
  });
  if (zoom === undefined) return { ...spec, panels };
  const [from, to] = zoom;
  const { ticks: _, ...x } = spec.x;
  const spans = (spec.spans ?? []).flatMap((span) => {
    const part = { ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) };
    return part.to > part.from ? [part] : [];
  });
  return { ...spec, panels, spans, x: { ...x, min: from, max: to } };
}

/** The places on the x axis that have something to say, rising. Of cells the places of columns. */
export function stopsOf(spec: ChartSpec): readonly number[] {
  const [from, to] = [spec.x.min ?? Number.NEGATIVE_INFINITY, spec.x.max ?? Number.POSITIVE_INFINITY];
  let stops: readonly number[] = [];
  for (const { series } of spec.panels) {
    for (const of of series) {
      if (of.kind === "cells") stops = union(stops, [...(of.values[0] ?? []).keys()]);
      else if (of.kind === "bars")
        stops = union(stops, rising(of.from.map((start, i) => (start + (of.to[i] ?? start)) / 2)));
      else if (of.name !== undefined) stops = union(stops, rising(of.x));
    }
  }
  if (spec.x.scale === "category") return stops;
  return stops.filter((at) => at >= from && at <= to);
}

/** The index of the stop nearest to a place; on a logarithmic axis by its ratio. */
export function nearestStop(stops: readonly number[], place: number, isLog = false): number {
  let low = 0;
  let high = stops.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stops[middle] as number) < place) low = middle + 1;
    else high = middle;
  }
  const far = (at: number): number => {
    const stop = stops[at] ?? Number.NaN;
    return isLog ? Math.abs(Math.log(stop / place)) : Math.abs(stop - place);
  };
  return low > 0 && far(low - 1) <= far(low) ? low - 1 : low;
}

/** What a chart says at one place. */
export interface Reading {
  /** `epoch 12` */
  readonly place: string;
  readonly panels: readonly {
    /** `mse, mean over pixels` */
    readonly title: string;
    readonly meaning?: string;
    readonly values: readonly {
      readonly name: string;
      readonly colour: ChartColour;
      readonly value: string;
      readonly note?: string;
    }[];
  }[];
}

/** @param row the row of cells, where there are cells */
export function readingAt(spec: ChartSpec, place: number, row = 0): Reading {
  const colours = coloursOf(spec);
  const extent = (spec.x.max ?? 0) - (spec.x.min ?? 0);
  const wide = extent > 0 ? extent : extentOfPlaces(spec);
  const panels = spec.panels.map(({ y, series }, at) => ({
    title: axisTitle(y),
    ...(y.meaning === undefined ? {} : { meaning: y.meaning }),
    values: series.flatMap((of, i) => {
      const found = valueAt(of, place, row, wide / 100);
      if (found === undefined) return [];
      const { value, to, note } = found;
      const text =
        to === undefined
          ? numberText(value, y.format)
          : `${numberText(value, y.format)} to ${numberText(to, y.format)}`;
      const name = of.kind === "cells" ? placeText(row, y) : (of.name ?? "");
      return [{ name, colour: colours[at]?.[i] ?? 0, value: text, ...(note === undefined ? {} : { note }) }];
    }),
  }));
  return {
    place: `${spec.x.name} ${placeText(place, spec.x)}`,
    panels: panels.filter(({ values }) => values.length > 0),
  };
}

/** From the first place that has something to say to the last. */
function extentOfPlaces(spec: ChartSpec): number {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const of of spec.panels.flatMap(({ series }) => series)) {
    if (of.kind === "cells" || (of.name === undefined && of.kind !== "bars")) continue;
    // Places rise.
    const places = of.kind === "bars" ? [of.from, of.to] : [of.x];
    for (const place of places.flatMap((x) => [x[0], x.at(-1)])) {
      if (place === undefined) continue;
      first = Math.min(first, place);
      last = Math.max(last, place);
    }
  }
  return last > first ? last - first : 1;
}

interface ValueAt {
  readonly value: number | null;
  /** The other end of a band. */
  readonly to?: number | null;
  readonly note?: string;
}

function valueAt(of: ChartSeries, place: number, row: number, reach: number): ValueAt | undefined {
  if (of.kind === "cells") {
    const note = of.notes?.[row]?.[Math.round(place)];
    return { value: of.values[row]?.[Math.round(place)] ?? null, ...(note === undefined ? {} : { note }) };
  }
  if (of.name === undefined) return undefined;
  if (of.kind === "bars") {
    const at = of.from.findIndex((from, i) => place >= from && place <= (of.to[i] ?? from));
    return at < 0
      ? undefined
      : { value: of.y[at] ?? null, note: `from ${numberText(of.from[at])} to ${numberText(of.to[at])}` };
  }
  const at = nearestStop(of.x, place);
  const x = of.x[at];
  if (x === undefined || Math.abs(x - place) > reach) return undefined;
  if (of.kind === "band") return { value: of.low[at] ?? null, to: of.high[at] ?? null };
  const note = of.notes?.[at];
  return { value: of.y[at] ?? null, ...(note === undefined ? {} : { note }) };
}

/** A reading as one sentence, for those who hear it. */
export function readingText({ place, panels }: Reading): string {
  const values = panels.flatMap(({ title, values: of }) =>
    of.map(({ name, value, note }) => {
      const what = title.startsWith(`${name},`) || title === name ? title : `${name}`;
      return `${what} ${value}${note === undefined ? "" : ` (${note})`}`;
    }),
  );
  return [place, ...values].join("; ");
}

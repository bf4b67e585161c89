// What the times of a step's primitives say: by layer, by primitive, and as a trace that a browser shows. Pure.
import type { StepTime } from "../engines/engine.js";

export interface ProfileRow {
  /** The layer, or `(copies)` for what belongs to none. */
  readonly place: string;
  /** Op and implementation; absent in rows that are whole layers. */
  readonly op?: string;
  readonly implementation?: string;
  readonly milliseconds: number;
  /** Of the whole step, 0 to 1. */
  readonly share: number;
  /** Of the processor's measured float32 peak, 0 to 1; for products and convolutions. */
  readonly peakShare?: number;
}

export interface Profile {
  /** Sum over all primitives. */
  readonly milliseconds: number;
  readonly primitives: number;
  /** Float32 GFLOP/s of a square matrix product, which `peakShare` relates to. */
  readonly peak: number;
  /** The slowest first. */
  readonly layers: readonly ProfileRow[];
  /** One row for each op and implementation of a layer, the slowest first. */
  readonly steps: readonly ProfileRow[];
}

const nowhere = "(copies)";

/** The same step run several times as one: each primitive's median. @param runs one or more, equally long */
export function medianTimes(runs: readonly (readonly StepTime[])[]): readonly StepTime[] {
  const [first = []] = runs;
  return first.map((step, i) => ({ ...step, milliseconds: median(runs.map((run) => run[i]?.milliseconds ?? 0)) }));
}

/** Of an even number of values, the mean of the middle two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** @param peak float32 GFLOP/s that the processor was measured to reach */
export function profileOf(times: readonly StepTime[], peak: number): Profile {
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rowsBy = (key: (time: StepTime) => string, names: (time: StepTime) => Partial<ProfileRow>): ProfileRow[] => {
    const groups = new Map<string, StepTime[]>();
    for (const time of times) groups.set(key(time), [...(groups.get(key(time)) ?? []), time]);
    return [...groups.values()]
      .map((group) => {
        const milliseconds = group.reduce((sum, time) => sum + time.milliseconds, 0);
        const counted = group.filter(({ operations }) => operations !== undefined);
        const countedMilliseconds = counted.reduce((sum, time) => sum + time.milliseconds, 0);
        const operations = counted.reduce((sum, time) => sum + (time.operations ?? 0), 0);
        return {
          place: group[0]?.place || nowhere,
          ...(group[0] === undefined ? {} : names(group[0])),
          milliseconds,
          share: total === 0 ? 0 : milliseconds / total,
          ...(countedMilliseconds === 0 ? {} : { peakShare: operations / countedMilliseconds / 1e6 / peak }),
        };
      })
      .sort((a, b) => b.milliseconds - a.milliseconds);
  };
  return {
    milliseconds: total,
    primitives: times.length,
    peak,
    layers: rowsBy(
      ({ place }) => place,
      () => ({}),
    ),
    steps: rowsBy(
      ({ place, op, implementation }) => JSON.stringify([place, op, implementation]),
      ({ op, implementation }) => ({ op: op === "" ? "copy" : op, implementation }),
    ),
  };
}

/** Two tables, by layer and by primitive, as rows of cells with their heads. */
export function profileTables({ layers, steps }: Profile): {
  readonly layers: readonly (readonly string[])[];
  readonly steps: readonly (readonly string[])[];
} {
  const figures = ({ milliseconds, share, peakShare }: ProfileRow): readonly string[] => [
    milliseconds.toFixed(3),
    percent(share),
    peakShare === undefined ? "" : percent(peakShare),
  ];
  const heads = ["ms", "share", "of peak"];
  return {
    layers: [["layer", ...heads], ...layers.map((row) => [row.place, ...figures(row)])],
    steps: [
      ["primitive", "layer", "implementation", ...heads],
      ...steps.map((row) => [row.op ?? "", row.place, row.implementation ?? "", ...figures(row)]),
    ],
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/**
 * The step in the Trace Event Format (complete events, times in microseconds), which chrome://tracing and
 * ui.perfetto.dev show: primitives one after the other.
 */
export function chromeTrace(times: readonly StepTime[], title: string): string {
  let start = 0;
  const events = times.map(({ place, op, implementation, layouts, milliseconds }) => {
    const duration = 1000 * milliseconds;
    const event = {
      name: op === "" ? "copy" : op,
      cat: place || nowhere,
      ph: "X",
      pid: 1,
      tid: 1,
      ts: start,
      dur: duration,
      args: { layer: place || nowhere, implementation, layouts },
    };
    start += duration;
    return event;
  });
  const name = { name: "process_name", ph: "M", pid: 1, tid: 1, args: { name: title } };
  return `${JSON.stringify({ displayTimeUnit: "ms", traceEvents: [name, ...events] })}\n`;
}

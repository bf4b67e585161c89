// Pages that are moved to see whether they stall: the chart of a very long training that grows, the pictures of its epochs, a large map.
import { flushSync, mount } from "svelte";
import type { ChartSpec } from "../../src/report/chartSpec.js";
import Chart from "../../src/report/page/Chart.svelte";
import PointMap from "../../src/report/page/map/PointMap.svelte";
import EpochPictures from "./EpochPictures.svelte";

/** By a simple generator of numbers, so that all runs are alike. */
function* uniforms(): Generator<number, never> {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}
const random = uniforms();

const names = ["train", "test", "floor of the noise", "best so far"];
const curves = names.map((name) => ({ name, x: [] as number[], y: [] as number[] }));
let lowest = 1;
function addEpoch(): void {
  const epoch = (curves[0]?.x.length ?? 0) + 1;
  const value = 0.002 + 0.08 / (1 + epoch / 40);
  const noise = (): number => 0.85 + 0.3 * random.next().value;
  const test = value * 1.1 * noise();
  lowest = Math.min(lowest, test);
  for (const [i, y] of [value * noise(), test, value * 0.6 * noise(), lowest].entries()) {
    curves[i]?.x.push(epoch);
    curves[i]?.y.push(y);
  }
}

/** Copies, as a page makes a chart of its records anew at each epoch. */
const specOf = (): ChartSpec => ({
  title: "Mean squared error",
  x: { name: "epoch", isWhole: true },
  panels: [
    {
      y: { name: "mse", unit: "mean over pixels", scale: "log" },
      series: curves.map(({ name, x, y }) => ({ kind: "line", name, x: [...x], y: [...y] })),
    },
  ],
  size: { width: 960, height: 480 },
});

let spec = $state.raw<ChartSpec>(specOf());

/** Makes them, which is no part of showing them. */
export function makeCurves(epochs: number): void {
  for (let i = 0; i < epochs; i++) addEpoch();
  spec = specOf();
}

export function openCurves(): void {
  mount(Chart, {
    target: document.body,
    props: {
      get spec() {
        return spec;
      },
    },
  });
  flushSync();
}

/** One epoch more. */
export function grow(): void {
  addEpoch();
  spec = specOf();
}

/** The newest number of a line. */
export const lastOf = (series: number): number | undefined => curves[series]?.y.at(-1);

/** Those of many points: lines of axes are drawn anew. */
const linesDrawn = (): Element[] =>
  [...document.querySelectorAll(".surface svg path[fill=none]")].filter(
    (path) => (path.getAttribute("d") ?? "").length > 1000,
  );
let remembered: readonly Element[] = [];
/** Remembers the elements that are drawn now; `keptLines` tells how many of them still are. */
export function rememberLines(): number {
  remembered = linesDrawn();
  return remembered.length;
}
export const keptLines = (): number => linesDrawn().filter((path) => remembered.includes(path)).length;
/** What they draw. */
export const linePaths = (): string[] => linesDrawn().map((path) => path.getAttribute("d") ?? "");
/** Waits for two frames. */
export const frames = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));

/** @param sheets addresses of the epochs' pictures, rising @param original of what they are pictures of */
export function openPictures(sheets: readonly string[], original: string): void {
  mount(EpochPictures, { target: document.body, props: { sheets, original } });
  flushSync();
}

/** A map of 20 clouds. */
export function openMap(count: number, renderer: "webgl" | "canvas"): void {
  const uniform = (): number => random.next().value;
  const points = new Float32Array(2 * count);
  const classes = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const k = i % 20;
    classes[i] = k;
    const r = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    points[2 * i] = 8 * Math.cos(k) + r * Math.cos(angle);
    points[2 * i + 1] = 8 * Math.sin(k * 1.7) + r * Math.sin(angle);
  }
  const names = Array.from({ length: 20 }, (_, k) => String(k));
  mount(PointMap, {
    target: document.body,
    props: { title: "Codes", points, classes: { of: classes, names }, renderer },
  });
  flushSync();
}

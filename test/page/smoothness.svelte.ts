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

/** What of the map's pixels is not its ground, and a hash of all (FNV-1a over whole pixels). */
export function mapPixels(): { readonly marked: number; readonly hash: number } {
  const canvas = document.querySelector<HTMLCanvasElement>("canvas.points");
  if (canvas === null) throw new Error("there is no map");
  // On another one: a canvas that is read again and again is drawn otherwise.
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy?.drawImage(canvas, 0, 0);
  const image = copy?.getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(image?.data.buffer ?? new ArrayBuffer(4));
  let [marked, hash] = [0, 0x811c9dc5];
  for (const pixel of pixels) {
    if (pixel !== pixels[0]) marked++;
    hash = Math.imul(hash ^ pixel, 0x01000193) >>> 0;
  }
  return { marked, hash };
}

/** Drags the map so far, in ten steps. */
export async function drag(right: number, down: number): Promise<void> {
  const over = document.querySelector<HTMLCanvasElement>("canvas.over");
  if (over === null) throw new Error("there is no map");
  // A pointer that is made up cannot be captured.
  over.setPointerCapture = () => {};
  const box = over.getBoundingClientRect();
  const send = (type: string, part: number): void => {
    const [clientX, clientY] = [box.left + 400 + part * right, box.top + 200 + part * down];
    over.dispatchEvent(new PointerEvent(type, { clientX, clientY, pointerId: 1, buttons: 1, bubbles: true }));
  };
  send("pointerdown", 0);
  for (let i = 1; i <= 10; i++) {
    send("pointermove", i / 10);
    await frames();
  }
  send("pointerup", 1);
}

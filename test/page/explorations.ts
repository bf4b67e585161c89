// A page with every exploration on it, over codes and a decoder that come with it: what the end-to-end test looks at.
import { mount } from "svelte";
import { codePath } from "../../src/latent/paths.js";
import { corrupted, corruptions } from "../../src/report/page/browser/corruptions.js";
import { umapInWorker } from "../../src/report/page/browser/umap/umapInWorker.js";
import { openPacked } from "../../src/report/page/decoder/openPacked.js";
import { deviations, traversalCodes, unitFacts } from "../../src/report/page/map/units.js";
import Explorations from "./Explorations.svelte";
import type { Given } from "./explorationData.js";

export async function open(given: Given): Promise<void> {
  const page = openPacked(Uint8Array.from(atob(given.model), (letter) => letter.charCodeAt(0)));
  const { decode, encode, imageShape: shape } = page;
  if (decode === undefined || encode === undefined) throw new Error("the model has no decoder");
  const codeSize = page.codeShape.reduce((product, side) => product * side, 1);
  const codes = Float32Array.from(given.codes);
  const images = Float32Array.from(given.images);
  const units = unitFacts(codes, codeSize);
  const start = codes.slice(0, codeSize);
  const size = shape.reduce((product, side) => product * side, 1);
  const picture = images.slice(0, size);
  const at = deviations(7);
  const restore = async (original: Float32Array, name: string, strength: number) => {
    const input = corrupted(original, shape, name, strength);
    return { input, output: await decode(await encode(input)) };
  };
  const script = new Blob([given.worker], { type: "text/javascript" });
  mount(Explorations, {
    target: document.body,
    props: {
      ...{ codes, codeSize, classes: given.classes, shape, units, start, decode, picture, at, restore, corruptions },
      sheets: [{ url: given.sheet, columns: given.columns, tile: [shape[1], shape[2]], count: given.classes.length }],
      made: await decode(start),
      traversal: await decode(traversalCodes(start, units, at)),
      walk: await decode(codePath(codes.slice(0, 2 * codeSize), codeSize, 9, "straight")),
      samples: await decode(codes.slice(0, 16 * codeSize)),
      restored: { corruption: "gaussianNoise", strength: 3, ...(await restore(picture, "gaussianNoise", 3)) },
      umap: (how: { signal: AbortSignal; progress: (done: number) => void }) =>
        umapInWorker(
          () => new Worker(URL.createObjectURL(script)),
          { codes, codeSize, neighbours: 10, minimumDistance: 0.1, seed: 0 },
          how,
        ),
    },
  });
}

/** Milliseconds of one decoding, the median of many. */
export async function time(model: string): Promise<number> {
  const { decode, codeShape } = openPacked(Uint8Array.from(atob(model), (letter) => letter.charCodeAt(0)));
  const code = new Float32Array(codeShape.reduce((product, side) => product * side, 1)).map((_, i) => Math.sin(i));
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    const began = performance.now();
    await decode?.(code);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[20] ?? Number.NaN;
}

/** Where the map's canvases lie in the window. */
export function mapBox() {
  const plane = document.querySelector(".plane");
  if (plane === null) throw new Error("there is no map");
  const { left, top } = plane.getBoundingClientRect();
  const { clientLeft, clientTop, clientWidth: width, clientHeight: height } = plane;
  return { left: left + clientLeft, top: top + clientTop, width, height };
}

/** Red and green of the canvas over the points, as the numbered sheet has them: whose picture is there. */
export async function numbersAt(places: readonly (readonly [number, number])[]): Promise<number[]> {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const context = document.querySelector<HTMLCanvasElement>("canvas.over")?.getContext("2d");
  return places.map(([x, y]) => {
    const [red = 0, green = 0] = context?.getImageData(x, y, 1, 1).data ?? [];
    return red + 256 * green;
  });
}

/** Every row of the table of the selection: point, corner of its tile in the sheet, class. */
export function selectionRows(): unknown[] {
  return [...document.querySelectorAll(".map tbody tr")].map((row) => {
    const image = row.querySelector("image");
    const corner = ["x", "y"].map((name) => Number(image?.getAttribute(name)));
    return [row.querySelector("th")?.textContent, ...corner, row.querySelectorAll("td")[1]?.textContent];
  });
}

/** Red of every pixel of the picture beside the sliders. */
export function sliderPixels(): number[] {
  const canvas = document.querySelector<HTMLCanvasElement>("#sliders canvas");
  const bytes = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  return [...bytes].filter((_, i) => i % 4 === 0);
}

export function overflow(): number {
  return document.documentElement.scrollWidth - window.innerWidth;
}

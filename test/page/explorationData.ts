// Pictures in ten classes, a small linear autoencoder that knows them, and their codes, for the page of explorations.
import { build } from "esbuild";
import { orthonormalRows } from "../../src/base/matrices.js";
import { randomSequence } from "../../src/base/random.js";
import type { StateEntry } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { openModel } from "../../src/inference/engineModel.js";
import { modelState, readModel } from "../../src/nn/index.js";
import { packModel } from "../../src/report/page/decoder/pack.js";
import { gridOfPictures } from "../../src/report/page/map/gridOfPictures.js";
import { pngUrl } from "../../src/report/page/map/png.js";

/** What the page opens with. */
export interface Given {
  /** The packed model, and the worker's script, where UMAP is wanted. */
  readonly model: string;
  readonly worker: string;
  readonly codes: readonly number[];
  readonly classes: readonly number[];
  readonly images: readonly number[];
  readonly sheet: string;
  readonly columns: number;
}

const side = 28;
const units = 8;
export const columns = 20;
export const count = 300;

/** A bright spot and a bar, turned by class, with places that differ from image to image. */
function pictureOf(k: number, index: number): Float32Array {
  const random = randomSequence(11, "sample", 0, index);
  const angle = (2 * Math.PI * k) / 10 + 0.25 * random.normal();
  const [x, y] = [14 + 7 * Math.cos(angle) + 0.5 * random.normal(), 14 + 7 * Math.sin(angle) + 0.5 * random.normal()];
  return Float32Array.from({ length: side * side }, (_, i) => {
    const [dx, dy] = [(i % side) - x, Math.floor(i / side) - y];
    const along = Math.abs(dx * Math.cos(2 * angle) + dy * Math.sin(2 * angle));
    const bar = Math.exp(-(along ** 2) / 3 - (dx * dx + dy * dy) / 60);
    return Math.min(1, Math.exp(-(dx * dx + dy * dy) / 14) + 0.7 * bar);
  });
}

/** A sheet whose tile i has red i mod 256 and green i / 256, so that a pixel says whose picture it is. */
export function numberedSheet(): string {
  const tiles = new Float32Array(3 * side * side * count);
  for (let i = 0; i < count; i++) {
    const at = 3 * side * side * i;
    tiles.fill((i % 256) / 255, at, at + side * side);
    tiles.fill(Math.floor(i / 256) / 255, at + side * side, at + 2 * side * side);
  }
  const grid = gridOfPictures(tiles, [3, side, side], columns);
  return pngUrl(grid.values, grid.shape);
}

export async function explorationData() {
  const classes = Array.from({ length: count }, (_, i) => (7 * i + 2) % 10);
  const images = new Float32Array(count * side * side);
  for (const [i, k] of classes.entries()) images.set(pictureOf(k, i), i * side * side);
  const model = readModel({
    kind: "autoencoder",
    input: [1, side, side],
    encoder: ["flatten", { dense: { units, bias: false } }],
    decoder: [{ dense: side * side }, { unflatten: [1, side, side] }],
  });
  // Perpendicular directions of eight pictures: what is encoded and decoded is what lies in their span.
  const rows = orthonormalRows(
    Float64Array.from({ length: units * side * side }, (_, i) => images[i + 20 * side * side] ?? 0),
    units,
    side * side,
  );
  const state = modelState(model, 0).map((entry): StateEntry => {
    const [first = 0, second = 0] = entry.shape;
    if (entry.name.includes("bias")) return { ...entry, values: new Float32Array(first) };
    const isEncoder = first === units;
    return {
      ...entry,
      values: Float32Array.from({ length: first * second }, (_, i) =>
        isEncoder ? (rows[i] ?? 0) : (rows[(i % second) * first + Math.floor(i / second)] ?? 0),
      ),
    };
  });
  const engine = await openModel({ engine: referenceEngine(), model, state });
  const codes = await engine.encode(images);
  const grid = gridOfPictures(images, [1, side, side], columns);
  const { outputFiles } = await build({
    entryPoints: ["src/report/page/browser/umap/umapWorker.ts"],
    ...{ bundle: true, minify: true, format: "iife", write: false, platform: "browser" },
  });
  const given: Given = {
    model: Buffer.from(await packModel(model, state, { encoder: true })).toString("base64"),
    worker: outputFiles[0]?.text ?? "",
    codes: [...codes],
    classes,
    images: [...images],
    sheet: pngUrl(grid.values, grid.shape),
    columns,
  };
  return { given, engine, codes, classes };
}

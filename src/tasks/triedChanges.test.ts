// Whether changes of pictures are kept where they help, and left out where they do not.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import { readDocument } from "../experiment/index.js";
import { helpingChanges } from "./triedChanges.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-changes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const side = 16;
const watch = { report: () => {}, signal: new AbortController().signal };

/** Pictures of a bright spot, at a height that is drawn and a place across that `across` gives of a draw. */
async function spots(name: string, count: number, across: (draw: number) => number): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place);
  for (let i = 0; i < count; i++) {
    const random = randomSequence(5, "sample", 0, i);
    const [x, y] = [across(random.uniform()), 2 + 12 * random.uniform()];
    const pixels = Uint8Array.from({ length: side * side }, (_, at) =>
      Math.round(255 * Math.exp(-(((at % side) - x) ** 2 + (Math.floor(at / side) - y) ** 2) / 8)),
    );
    await sharp(pixels, { raw: { width: side, height: side, channels: 1 } }).toFile(join(place, `${i}.png`));
  }
  return place;
}

function experiment(path: string, more: object = { initialise: { principalComponents: { passes: 2 } } }) {
  return readDocument({
    name: "spots",
    data: { source: "folder", path, size: [side, side], grey: true },
    model: {
      kind: "autoencoder",
      input: [1, side, side],
      encoder: ["flatten", { dense: 8 }],
      decoder: [{ dense: side * side }, { unflatten: [1, side, side] }],
    },
    loss: "mse",
    ...more,
    phases: [{ epochs: 1, batchSize: 8, augment: [{ flip: { direction: "horizontal", probability: 0.5 } }] }],
  });
}

describe("changes of pictures that are tried", () => {
  it("are kept where pictures are few and a mirror image is as likely", async () => {
    const path = await spots("both", 40, (draw) => 2 + 12 * draw);
    expect(await helpingChanges(experiment(path), { engine: "reference" }, watch)).toBe(1);
  });

  it("are left out where a mirror image is none of these pictures", async () => {
    const path = await spots("left", 40, (draw) => 2 + 5 * draw);
    expect(await helpingChanges(experiment(path), { engine: "reference" }, watch)).toBe(0);
  });

  it("are not tried without principal components to begin with, or with too few pictures", async () => {
    const path = await spots("few", 10, (draw) => 2 + 12 * draw);
    expect(await helpingChanges(experiment(path), { engine: "reference" }, watch)).toBeUndefined();
    expect(await helpingChanges(experiment(path, {}), { engine: "reference" }, watch)).toBeUndefined();
  });
});

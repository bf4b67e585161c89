// Pictures while a training runs: drawn in a thread of their own, whole, and without a trace in weights.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sharp } from "../data/codec.js";
import { sequentialBatches } from "../data/sequentialBatches.js";
import { sourceOf } from "../data/sources/index.js";
import { checkExperiment, type ReadExperiment, readDocument } from "../experiment/index.js";
import { withDecoder } from "../inference/index.js";
import { readEpochPictures } from "../runs/epochPictures.js";
import { diskFileSystem, openRun } from "../runs/index.js";
import type { TrainingEvent } from "../training/events.js";
import { readRunExperiment, trainRead } from "../training/run.js";
import { folderBytes } from "../training/testing/tiny.js";
import { sheetGeometry, sheetPixels } from "./epochSheetPixels.js";
import { openLook } from "./firstLook.js";
import { openRunModel } from "./runModel.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-look-"));
afterAll(() => rmSync(folder, { recursive: true }));

const document = {
  name: "looked",
  data: { source: "mnist", limit: { train: 64, test: 40 } },
  model: {
    kind: "autoencoder",
    encoder: ["flatten", { dense: 4 }],
    decoder: [{ dense: 784 }, { unflatten: [1, 28, 28] }],
  },
  loss: "bceWithLogits",
  phases: [{ epochs: 3, batchSize: 16, corrupt: ["gaussianNoise"] }],
};
const experiment = readDocument(checkExperiment(document));

interface How {
  readonly isLooked?: boolean;
  /** Of a step, as its clock tells. */
  readonly milliseconds?: number;
  readonly read?: ReadExperiment;
  /** Epochs after which it stops. */
  readonly stopAfter?: number;
  /** The run that goes on. */
  readonly resume?: string;
}

async function trained({ isLooked = true, milliseconds = 3_600_000, read = experiment, stopAfter, resume }: How = {}) {
  const events: TrainingEvent[] = [];
  const doneEpochs = () => events.filter(({ kind }) => kind === "epoch").length;
  const asked =
    resume === undefined
      ? ({ kind: "new", out: folder, date: "2026-11-29" } as const)
      : ({ kind: "resume", run: resume } as const);
  const { result } = await trainRead(
    { ...asked, experiment: read, engine: "reference" },
    {
      emit: (event) => void events.push(event),
      poll: () => (stopAfter !== undefined && doneEpochs() >= stopAfter ? [{ kind: "stop" }] : []),
      wait: () => {},
      milliseconds: (() => {
        let now = 0;
        return () => (now += milliseconds);
      })(),
      time: () => "2026-11-29T00:00:00Z",
      peakBytes: () => 1,
    },
    isLooked ? { openLook } : {},
  );
  return { run: result.run, events };
}

const epochsOf = (run: string): string => join(run, "images", "epochs");
const indexOf = (run: string) => readEpochPictures(openRun(diskFileSystem, run));
const bytesOf = (run: string): Record<string, string> => folderBytes(epochsOf(run));

/** Of a sheet, the images' bytes, [image, row, column], and how large it is. */
async function tilesOf(path: string) {
  const { data, info } = await sharp(path).greyscale().raw().toBuffer({ resolveWithObject: true });
  const tiles = Array.from({ length: 32 }, (_, image) =>
    Array.from({ length: 784 }, (_, i) => {
      const row = 28 * Math.floor(image / 8) + Math.floor(i / 28);
      return data[row * info.width + 28 * (image % 8) + (i % 28)] ?? Number.NaN;
    }),
  );
  return { width: info.width, height: info.height, tiles };
}

it("shows the first test images at epochs' ends, in a whole file, and changes no byte of the weights", async () => {
  // An hour a step: pictures cost a small part of that.
  const [looked, plain] = [await trained(), await trained({ isLooked: false })];
  const picture = join(looked.run, "images", "reconstructions-latest.png");
  const bytes = readFileSync(picture);
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect(bytes.subarray(-8, -4).toString("latin1")).toBe("IEND");
  expect(readdirSync(join(looked.run, "images")).sort()).toEqual(["epochs", "reconstructions-latest.png"]);
  for (const event of looked.events.filter(({ kind }) => kind === "preview")) {
    if (event.kind === "preview" && event.isKept === undefined) expect(event.path).toBe(picture);
  }
  expect(existsSync(join(plain.run, "images"))).toBe(false);
  const weights = ({ run }: { run: string }) =>
    readFileSync(join(run, "checkpoints", "12", "model.safetensors")).toString("hex");
  expect(weights(looked)).toBe(weights(plain));
  expect(readRunExperiment(openRun(diskFileSystem, looked.run)).experiment.name).toBe("looked");
});

describe("the sheets of epochs", () => {
  let whole: Awaited<ReturnType<typeof trained>>;
  beforeAll(async () => {
    // A nanosecond a step: there is no time for the large picture but the first.
    whole = await trained({ milliseconds: 1e-6 });
  });

  it("are there for every epoch, the last included, and were told before the training had finished", () => {
    expect(readdirSync(epochsOf(whole.run)).sort()).toEqual([
      "000001.webp",
      "000002.webp",
      "000003.webp",
      "index.json",
      "input.webp",
      "original.webp",
    ]);
    const told = whole.events.flatMap((event) =>
      event.kind === "preview" && event.isKept === true ? [[event.epoch, event.step, event.path]] : [],
    );
    expect(told).toEqual([1, 2, 3].map((epoch) => [epoch, 4 * epoch, join(epochsOf(whole.run), `00000${epoch}.webp`)]));
    expect(whole.events.at(-1)?.kind).toBe("finished");
    // The first labels of MNIST's test images, as http://yann.lecun.com/exdb/mnist has them.
    expect(indexOf(whole.run)).toMatchObject({
      ...{ format: 1, shape: [1, 28, 28], columns: 8, count: 32, epochs: [1, 2, 3], every: 1 },
      labels: expect.arrayContaining(["7"]),
    });
    expect(indexOf(whole.run)?.labels?.slice(0, 8)).toEqual(["7", "2", "1", "0", "4", "1", "4", "9"]);
    expect(indexOf(whole.run)?.inputs).toBeUndefined();
  });

  it("show what the model makes of what it was given, to half a grey level", async () => {
    const model = withDecoder(await openRunModel(whole.run, { engine: "reference", checkpoint: "last" }), whole.run);
    const source = await sourceOf(experiment.source).open({ progress: () => {} });
    const batches = sequentialBatches(source.splits.test, 32, {
      corrupt: ["gaussianNoise"],
      seed: model.experiment.evaluationSeed,
    });
    batches.fill(0);
    const made = await model.reconstruct(batches.input(32));
    const sheets = [
      ["original.webp", batches.view(32)],
      ["input.webp", batches.input(32)],
      ["000003.webp", made],
    ] as const;
    for (const [name, values] of sheets) {
      const { width, height, tiles } = await tilesOf(join(epochsOf(whole.run), name));
      expect([name, width, height]).toEqual([name, 8 * 28, 4 * 28]);
      let furthest = 0;
      for (const [i, byte] of tiles.flat().entries()) {
        furthest = Math.max(furthest, Math.abs(byte - 255 * Math.min(1, Math.max(0, values[i] ?? Number.NaN))));
      }
      // Half a level is rounding; the rest is float32 against the training's float64.
      expect(furthest, name).toBeLessThan(0.501);
    }
    model.dispose();
  });

  it("are the same bytes whatever the clock says, and after a stop within the training", async () => {
    const bytes = bytesOf(whole.run);
    expect(bytesOf((await trained({ milliseconds: 3_600_000 })).run)).toEqual(bytes);
    for (const stopAfter of [0, 1, 2]) {
      const stopped = await trained({ stopAfter });
      expect(indexOf(stopped.run)?.epochs ?? []).toEqual([1, 2, 3].slice(0, stopAfter));
      // As a crash leaves it that came between an epoch's sheet and its checkpoint.
      mkdirSync(epochsOf(stopped.run), { recursive: true });
      writeFileSync(join(epochsOf(stopped.run), "000003.webp"), "half a pictu");
      await trained({ resume: stopped.run });
      expect(bytesOf(stopped.run), `stopped after ${stopAfter}`).toEqual(bytes);
    }
  });

  it("say from which epoch on images were given as what, where phases corrupt differently", async () => {
    const phases = [
      { epochs: 1, batchSize: 16 },
      { epochs: 1, batchSize: 16, corrupt: [{ gaussianNoise: 0.5 }] },
      { epochs: 2, batchSize: 16, corrupt: ["gaussianNoise"] },
    ];
    const { run } = await trained({ read: readDocument(checkExperiment({ ...document, phases })) });
    expect(indexOf(run)?.inputs).toEqual([
      { fromEpoch: 1, file: null },
      { fromEpoch: 2, file: "input-phase-2.webp" },
      { fromEpoch: 3, file: "input.webp" },
    ]);
    const given = bytesOf(run);
    expect(given["input.webp"]).toBe(bytesOf(whole.run)["input.webp"]);
    expect(given["input-phase-2.webp"]).not.toBe(given["input.webp"]);
  });

  it("are thinned where there would be too many, and the first and the last stay", async () => {
    // 70 epochs of 16 images keep at most 30: every fourth, 1 … 69, and the last.
    const phases = [{ epochs: 70, batchSize: 16 }];
    const data = { source: "mnist", limit: { train: 16, test: 4 } };
    const { run } = await trained({ read: readDocument(checkExperiment({ ...document, data, phases })) });
    const epochs = [...Array.from({ length: 18 }, (_, i) => 1 + 4 * i), 70];
    expect(indexOf(run)).toMatchObject({ every: 4, count: 4, epochs });
    expect(readdirSync(epochsOf(run)).filter((name) => /^\d/.test(name))).toHaveLength(epochs.length);
  });

  it("are missing with a reason where something is in their place, and the training goes on", async () => {
    const stopped = await trained({ stopAfter: 1 });
    const elsewhere = mkdtempSync(join(folder, "elsewhere-"));
    rmSync(epochsOf(stopped.run), { recursive: true });
    symlinkSync(elsewhere, epochsOf(stopped.run));
    const { events } = await trained({ resume: stopped.run });
    const warnings = events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));
    expect(warnings.filter((message) => message.includes("images/epochs"))).toEqual([
      expect.stringMatching(/^pictures of epochs \(images\/epochs\) are kept no more: .*is a link/),
    ]);
    expect(events.at(-1)).toMatchObject({ kind: "finished", reason: "done" });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it("are none of a classifier, which has nothing to show", async () => {
    const model = { kind: "classifier", encoder: ["flatten", { dense: 10 }] };
    const read = readDocument(
      checkExperiment({ ...document, model, loss: "crossEntropy", phases: [{ epochs: 1, batchSize: 16 }] }),
    );
    const { run } = await trained({ read });
    expect(existsSync(join(run, "images"))).toBe(false);
  });
});

describe("a sheet's bytes", () => {
  it("lie tile by tile, rows first, channels last, and hold what is no number as 0", () => {
    // Three images of 1×2 in two columns: 0 ½ | 1 2 over −1 NaN | black.
    const geometry = sheetGeometry([1, 1, 2], 2, 3);
    expect(geometry).toEqual({ columns: 2, width: 4, height: 2, channels: 1 });
    if (geometry === undefined) return;
    expect([...sheetPixels([0, 0.5, 1, 2, -1, Number.NaN], [1, 1, 2], geometry)]).toEqual([
      0, 128, 255, 255, 0, 0, 0, 0,
    ]);
    // A colour image of 1×2: red 1 0, green 0 1, blue 0.2 0.4.
    const colour = sheetGeometry([3, 1, 2], 1, 1);
    if (colour === undefined) return;
    expect([...sheetPixels([1, 0, 0, 1, 0.2, 0.4], [3, 1, 2], colour)]).toEqual([255, 0, 51, 0, 255, 102]);
    expect(sheetGeometry([2, 4, 4], 8, 32)).toBeUndefined();
  });
});

// How a model meets the pictures of a folder is decided by the first of them, before any is decoded.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { parseYaml, readDocument } from "../experiment/index.js";
import { findPreset } from "../tasks/presetFiles.js";
import { openResolved } from "./run.js";

const decode = vi.hoisted(() => ({ decoded: [] as string[], looked: 0 }));
vi.mock("../data/decode.js", async (original) => {
  const real = await original<typeof import("../data/decode.js")>();
  return {
    ...real,
    decodeKnown: (...given: Parameters<typeof real.decodeKnown>) => {
      decode.decoded.push(String(given[2]?.at));
      return real.decodeKnown(...given);
    },
    readPictureHeader: (...given: Parameters<typeof real.readPictureHeader>) => {
      decode.looked += 1;
      return real.readPictureHeader(...given);
    },
  };
});

const folder = mkdtempSync(join(tmpdir(), "isthmus-look-"));
const pictures = 12;
beforeAll(async () => {
  mkdirSync(join(folder, "grey"));
  for (let i = 0; i < pictures; i++) {
    const image = sharp({ create: { width: 30, height: 30, channels: 3, background: { r: i, g: i, b: i } } });
    await image
      .toColourspace("b-w")
      .png()
      .toFile(join(folder, "grey", `${i}.png`));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  decode.decoded.length = 0;
  decode.looked = 0;
});

const preset = parseYaml(findPreset("mnist-dense").text, "mnist-dense") as {
  readonly model: { readonly input: unknown };
};
const { input: _, ...model } = preset.model;
const experiment = (data: object, input?: readonly number[]) =>
  readDocument({
    ...preset,
    data: { source: "folder", path: folder, ...data },
    model: { ...model, ...(input === undefined ? {} : { input }) },
  });
const open = (given: ReturnType<typeof experiment>, exact = false) =>
  openResolved(given, { emit: () => {} }, { exact });

describe("a preset on a folder of pictures of another size", () => {
  it("is refused where exact after a look at the first header, and none is decoded", async () => {
    await expect(open(experiment({}, [1, 28, 28]), true)).rejects.toMatchObject({
      name: "UserError",
      message: "the data has pictures of 1×30×30, the model takes 1×28×28",
      at: "model.input",
    });
    expect([decode.decoded, decode.looked]).toEqual([[], 1]);
  });

  it("is refused for its layers too, where it takes its input from the data", async () => {
    await expect(open(experiment({ grey: true }), true)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(/^decoder gives 1×28×28, the input /),
    });
    expect([decode.decoded, decode.looked]).toEqual([[], 1]);
  });

  it("has them resized as they are decoded, once each, and no other header is read", async () => {
    const { resolved, source } = await open(experiment({}, [1, 28, 28]));
    expect(source.splits.train.shape).toEqual([1, 28, 28]);
    expect(resolved.experiment.data).toEqual({ source: "folder", path: folder, size: [28, 28], grey: true });
    // The look's, and that of each picture as it is decoded.
    expect([new Set(decode.decoded).size, decode.decoded.length, decode.looked]).toEqual([
      pictures,
      pictures,
      1 + pictures,
    ]);
  });

  it("is adapted where it takes its input from the data", async () => {
    const { resolved, source } = await open(experiment({ grey: true }));
    expect(source.splits.train.shape).toEqual([1, 30, 30]);
    expect(resolved.experiment.model.decoder).toEqual([{ dense: 900 }, "sigmoid", { unflatten: [1, 30, 30] }]);
  });

  it("is trained where they are resized", async () => {
    const { resolved, source } = await open(experiment({ size: 28 }, [1, 28, 28]));
    expect(resolved.model.inputShape).toEqual([1, 28, 28]);
    expect(source.splits.train.count + source.splits.test.count).toBe(pictures);
    expect(decode.decoded).toHaveLength(pictures);
  });
});

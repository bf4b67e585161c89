import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSourceSpec } from "../data/descriptions/index.js";
import { lookOver } from "../data/lookOver.js";
import { writePng } from "../data/picture.js";
import { madeText, madeToMeasure, parseExperiment } from "../experiment/index.js";
import { resolveExperiment } from "./experiment.js";
import { newExperiment } from "./new.js";
import { isPictures } from "./picturesNamed.js";
import { readTraining } from "./readTraining.js";
import { trainOptions } from "./trainOptions.js";
import { refuseWishes } from "./wishes.js";

let folder = "";
const context = { report: () => {}, signal: new AbortController().signal };
const ask = (options: Readonly<Record<string, unknown>>) =>
  newExperiment.run(newExperiment.options.parse({ threads: 1, engine: "reference", ...options }), context);

/** 24 pictures of 12×8, a band at a place of its own in each. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-new-"));
  for (let i = 0; i < 24; i++) {
    const bytes = Uint8Array.from({ length: 96 }, (_, at) => (((at % 12) + i) % 12 < 4 ? 200 : 20 + i));
    await writePng(join(folder, "bands", `${i}.png`), { width: 12, height: 8, channels: 1, bytes });
  }
  mkdirSync(join(folder, "empty"));
  await writePng(join(folder, "one", "a.png"), { width: 4, height: 4, channels: 1, bytes: new Uint8Array(16) });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("isthmus new", () => {
  it("writes a file that train takes, of pictures as they are", async () => {
    const file = join(folder, "bands.yaml");
    const made = await ask({ file, data: `folder:${join(folder, "bands")}`, minutes: 0.5 });
    expect(made).toMatchObject({ file, name: "bands", text: readFileSync(file, "utf8") });
    const { experiment, read } = resolveExperiment({ experiment: file });
    expect(read.model?.inputShape).toEqual([1, 8, 12]);
    // 24 pictures: a fifth is 5, of the other 19 another fifth is 4; a quarter of 15 is 3, and 2 the power of two below.
    expect(read.model?.codeShape).toEqual([2]);
    // What train makes of the same words is that text.
    const options = trainOptions.parse({ experiment: `folder:${join(folder, "bands")}` });
    const { request } = readTraining(options, 0, { text: made.text, notes: made.notes });
    expect(request).toMatchObject({ kind: "new", experiment: { experiment } });
    await expect(ask({ file, data: `folder:${join(folder, "bands")}` })).rejects.toMatchObject({
      at: file,
      message: "there is such a file already",
    });
  });

  it("is the same for the same look and the same speed", async () => {
    const spec = readSourceSpec(`folder:${join(folder, "bands")}`, "--data");
    const text = async () => {
      const facts = { ...(await lookOver(spec)), secondsToOpen: 1 };
      const data = { source: "folder", options: { path: "bands" }, facts };
      return madeText(madeToMeasure(data, {}, { multiplicationsPerSecond: 1e10 }), "./schema.json");
    };
    expect(await text()).toBe(await text());
    expect(parseExperiment(await text(), "a.yaml").name).toBe("bands");
  });

  it.each([
    ["photos.txt", "bands", {}, "an experiment file ends in .yaml"],
    ["a.yaml", "empty", {}, "there is no picture in this folder"],
    ["a.yaml", "one", {}, "there is one picture in this folder, which cannot be parted into training and test"],
    ["a.yaml", "missing", {}, "there is no such file or folder"],
    ["a.yaml", "bands", { size: "0x4" }, "expected sides of 1 to 512 pixels, got 0×4"],
    ["a.yaml", "bands", { code: 97 }, "a code of 97 numbers is larger than a picture of 1×8×12, which has 96"],
  ])("refuses %s of %s with %o and writes nothing", async (name, pictures, more, message) => {
    const file = join(folder, name);
    await expect(ask({ file, data: `folder:${join(folder, pictures)}`, ...more })).rejects.toMatchObject({ message });
    expect(existsSync(file)).toBe(false);
  });

  it("refuses a folder as its file", async () => {
    const file = join(folder, "folder.yaml");
    mkdirSync(file);
    await expect(ask({ file, data: "mnist", force: true })).rejects.toMatchObject({ at: file, message: "is a folder" });
  });
});

describe("pictures in place of an experiment", () => {
  it("are sources with a path, and those whose name no preset has", () => {
    expect(["folder:./a", "idx:a", "npy:a.npy", "mnist", "fashion-mnist"].map(isPictures)).toEqual(Array(5).fill(true));
    expect(["mnist-conv", "faces", "my.yaml", "C:a", "constructor"].map(isPictures)).toEqual(Array(5).fill(false));
  });

  it("alone go with what may be asked of them", () => {
    expect(() => refuseWishes({ code: 3 }, "mnist-conv")).toThrow(expect.objectContaining({ at: "--code" }));
    expect(() => refuseWishes({ grey: true }, "a.yaml")).toThrow(expect.objectContaining({ at: "--grey" }));
    expect(() => refuseWishes({ grey: false }, "a.yaml")).not.toThrow();
  });

  it("say what to do where another command is given them", () => {
    expect(() => resolveExperiment({ experiment: "folder:./photos" })).toThrow(
      expect.objectContaining({
        hint: "These are pictures: isthmus new my.yaml --data folder:./photos makes an experiment for them.",
      }),
    );
  });
});

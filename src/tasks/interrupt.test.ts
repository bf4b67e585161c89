// Every long task, aborted in its work: one kind of error, nothing done afterwards, no file half-written.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run as command } from "../cli/testing/terminal.js";
import { compare, decode, encode, evaluate, exportRun, map, probe, restore, sample, walk } from "../index.js";
import { taskFunction } from "./call.js";
import { dataShow } from "./data.js";
import type { TaskContext } from "./define.js";
import { trainedRun } from "./testing/trainedRun.js";
import { train } from "./train.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-interrupt-"));
const inFolder = (...names: string[]): string => join(folder, ...names);
const cache = process.env.ISTHMUS_CACHE;
let run = "";
const codes = inFolder("codes.npy");
const pictures = inFolder("pictures");
beforeAll(async () => {
  process.env.ISTHMUS_CACHE = inFolder("cache");
  run = await trainedRun(folder);
  await encode({ run, data, out: codes });
  mkdirSync(pictures);
  for (let i = 0; i < 40; i++) {
    await sharp(new Uint8Array(784), { raw: { width: 28, height: 28, channels: 1 } }).toFile(
      join(pictures, `${i}.png`),
    );
  }
}, 120_000);
afterAll(() => {
  if (cache === undefined) delete process.env.ISTHMUS_CACHE;
  else process.env.ISTHMUS_CACHE = cache;
  rmSync(folder, { recursive: true, force: true });
});

const data = "{ source: mnist, limit: { train: 40, test: 20 } }";
const out = (name: string): string => inFolder("out", name);
const files = (): readonly string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();

type Work = (context: Partial<TaskContext>) => Promise<unknown>;
const works: Readonly<Record<string, readonly [work: Work, during: RegExp]>> = {
  "evaluate, at its baseline": [(context) => evaluate({ run, data }, context), /principal components/],
  "evaluate, at the model": [(context) => evaluate({ run, data }, context), /measuring 20 images/],
  "evaluate, at the worst": [(context) => evaluate({ run, data }, context), /nearest training images/],
  "probe, at the codes": [(context) => probe({ run, data, epochs: 1 }, context), /encoding/],
  "probe, at two layers": [(context) => probe({ run, data }, context), /choosing epochs/],
  "probe, at a line": [(context) => probe({ run, data, epochs: 1 }, context), /logistic regression/],
  "probe, at neighbours": [(context) => probe({ run, data, epochs: 1 }, context), /nearest neighbours/],
  "map, in its own thread": [(context) => map({ run, data, neighbours: 5 }, context), /laying out/],
  "map, at the codes": [(context) => map({ run, data, method: "pca" }, context), /encoding/],
  sample: [(context) => sample({ run, out: out("s.png") }, context), /encoding training images/],
  "encode, of a source": [(context) => encode({ run, data, out: out("c.npy") }, context), /encoding 20/],
  "encode, of files": [(context) => encode({ run, images: [pictures], out: out("c.npy") }, context), /encoding 40/],
  decode: [(context) => decode({ run, codes, out: out("decoded") }, context), /decoding/],
  restore: [(context) => restore({ run, images: [pictures], out: out("restored") }, context), /restoring 40/],
  walk: [(context) => walk({ run, stops: ["1", "2"], out: out("w.gif") }, context), /nearest test images/],
  compare: [(context) => compare({ runs: [run, run], out: out("compared") }, context), /opening the data/],
  export: [(context) => exportRun({ run, out: out("exports") }, context), /exporting/],
  "data show": [(context) => taskFunction(dataShow)({ data, out: out("d.png") }, context), /./],
};

describe("an aborted task", () => {
  it.each(Object.entries(works))("throws an AbortError and leaves nothing behind: %s", async (_, [work, during]) => {
    mkdirSync(inFolder("out"), { recursive: true });
    const before = files().filter((name) => !name.startsWith("cache"));
    const controller = new AbortController();
    const reports: string[] = [];
    const report: TaskContext["report"] = ({ what }) => {
      reports.push(what);
      if (during.test(what)) controller.abort();
    };
    const { signal } = controller;
    // A source that is opened in no time tells of nothing.
    if (during.source === ".") controller.abort();
    await expect(work({ report, signal })).rejects.toMatchObject({ name: "AbortError" });
    if (during.source !== ".") expect(reports.findIndex((what) => during.test(what))).toBe(reports.length - 1);
    expect(files().filter((name) => !name.startsWith("cache"))).toEqual(before);
  });

  it("train ends at once while it looks at pictures, times steps or tries changes, and makes no run folder", async () => {
    const experiment = `folder:${pictures}`;
    for (const during of ["looking at pictures", "timing some steps", "trying changes of the pictures"]) {
      const controller = new AbortController();
      const report: TaskContext["report"] = ({ what }) => {
        if (what === during) controller.abort();
      };
      const training = taskFunction(train)(
        { experiment, out: out("never"), minutes: 1 },
        { report, signal: controller.signal },
      );
      await expect(training).rejects.toMatchObject({ name: "AbortError" });
      expect(existsSync(out("never"))).toBe(false);
    }
  });

  it("keeps whole what it had written", async () => {
    const controller = new AbortController();
    // The second lot of 32 pictures.
    const report: TaskContext["report"] = ({ done }) => {
      if (done === 32) controller.abort();
    };
    const { signal } = controller;
    await expect(restore({ run, images: [pictures], out: out("half") }, { report, signal })).rejects.toThrow();
    const written = readdirSync(out("half"));
    expect(written).toHaveLength(64);
    for (const name of written)
      expect((await sharp(join(out("half"), name)).stats()).channels.length).toBeGreaterThan(0);
  });

  it("gives its AbortError whatever the signal's reason was", async () => {
    const signal = AbortSignal.abort("tea is ready");
    await expect(encode({ run, data, out: out("never.npy") }, { signal })).rejects.toMatchObject({
      name: "AbortError",
      cause: "tea is ready",
    });
  });
});

describe("an interrupted command", () => {
  it.each(["evaluate", "probe", "map", "sample"])("%s says one sentence and exits with 130", async (name) => {
    expect(await command([name, run], { interrupted: AbortSignal.abort() })).toEqual({
      code: 130,
      stdout: "",
      stderr: "interrupted: files that were written are whole, and none is half-written\n",
    });
  });
});

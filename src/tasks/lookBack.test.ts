// What a finished training shows: made again where it is missing or broken, and no failure of the training where it can't be made.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run as command } from "../cli/testing/terminal.js";
import { diskFileSystem, openRun } from "../runs/index.js";
import type { TrainingEvent } from "../training/events.js";
import { readRunExperiment } from "../training/run.js";
import { lookBack, openUnseen } from "./lookBack.js";
import { trainedRun } from "./testing/trainedRun.js";
import { isWholeFile } from "./wholeFile.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-look-back-"));
afterAll(() => rmSync(folder, { recursive: true }));
let run = "";
beforeAll(async () => {
  run = await trainedRun(folder);
}, 120_000);

const names = [
  "images/curves.svg",
  "images/curves.png",
  "images/reconstructions.png",
  "exports/encoder.onnx",
  "exports/decoder.onnx",
];
const bytesOf = (): readonly string[] => names.map((name) => readFileSync(join(run, name)).toString("latin1"));

describe("a file", () => {
  it.each(names)("%s is whole, and is not where any end of it is cut off", (name) => {
    const bytes = readFileSync(join(run, name));
    expect(isWholeFile(name, bytes)).toBe(true);
    for (const part of [0, 1, 7, 8, bytes.length >> 1, bytes.length - 100, bytes.length - 12, bytes.length - 7]) {
      expect(isWholeFile(name, bytes.subarray(0, part)), `${part} of ${bytes.length} bytes`).toBe(false);
    }
  });
});

describe("train RUN --resume of a finished run", { timeout: 120_000 }, () => {
  it("makes again what is missing or broken, says so, and changes nothing else", async () => {
    const before = bytesOf();
    truncateSync(join(run, "images", "curves.png"), 5000);
    rmSync(join(run, "exports"), { recursive: true });
    const { code, stdout, stderr } = await command(["train", run, "--resume"]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(
      "this run is trained to its end; made again: images/curves.png (broken), exports/encoder.onnx (missing), exports/decoder.onnx (missing)",
    );
    expect(stdout).toContain(join(run, "exports", "encoder.onnx"));
    expect(bytesOf()).toEqual(before);
    const again = await command(["train", run, "--resume"]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("this run is finished: 2 epochs, 6 steps");
  });

  it("is no way to call a run finished that only says so", async () => {
    rmSync(join(run, "images", "curves.svg"));
    const file = join(run, "metrics.jsonl");
    const metrics = readFileSync(file, "utf8");
    writeFileSync(file, `${metrics.split("\n")[0]}\n`);
    const { code, stderr } = await command(["train", run, "--resume"]);
    writeFileSync(file, metrics);
    expect(code).toBe(1);
    expect(stderr).toContain("metrics.jsonl: lines are missing");
  });
});

describe("a disk that is full while the pictures are drawn", { timeout: 120_000 }, () => {
  it("is a warning after a training, with how to draw them, and an error where they were asked for", async () => {
    rmSync(join(run, "images"), { recursive: true });
    const files = {
      ...diskFileSystem,
      write(path: string, bytes: Uint8Array) {
        diskFileSystem.write(path, bytes.subarray(0, bytes.length >> 1));
        throw Object.assign(new Error("injected"), { code: "ENOSPC" });
      },
    };
    const full = openRun(files, run);
    const unseen = await openUnseen(full, readRunExperiment(full), () => {});
    if (unseen === undefined) throw new Error("the run was not taken up");
    const events: TrainingEvent[] = [];
    const context = { report: () => {}, onEvent: (event: TrainingEvent) => void events.push(event) };
    const shown = await lookBack(unseen.open, context);
    expect(shown.last?.epoch).toBe(2);
    expect(shown.pictures).toBeUndefined();
    expect(events).toEqual([
      {
        kind: "warning",
        message: `the training is done and saved, but not all that shows it: ${join(run, "images")}: the pictures can't be written: the disk is full\n  Check that the folder may be written to and that the disk has room.`,
        hint: `To draw and export it: isthmus train ${run} --resume`,
      },
    ]);
    expect(diskFileSystem.list(join(run, "images"))).toEqual([]);
    await expect(lookBack(unseen.open, context, true)).rejects.toMatchObject({ at: join(run, "images") });
    expect((await command(["train", run, "--resume"])).code).toBe(0);
    expect(names.every((name) => isWholeFile(name, readFileSync(join(run, name))))).toBe(true);
  });
});

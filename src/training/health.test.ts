// What is measured of a model's health, on weights whose dead units are known, and what a training writes down of it.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { openEngine } from "../engines/index.js";
import { resolve } from "../experiment/resolved.js";
import { modelState } from "../nn/index.js";
import { diskFileSystem, openRun, readLog } from "../runs/index.js";
import { addKl, healthProgram, varianceOverImages } from "./health.js";
import { folderBytes, resumeTiny, tinyExperiment, trainTiny } from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-health-"));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;
const freshOut = (): string => join(folder, String(++made));

function pictures(count: number): ImageSet {
  const pixels = new Uint8Array(new SharedArrayBuffer(count * 36));
  const random = randomSequence(7, "sample", 0, count);
  for (let i = 0; i < pixels.length; i++) pixels[i] = random.below(256);
  return { count, shape: [1, 6, 6], pixels, indices: Uint32Array.from({ length: count }, (_, i) => i) };
}
const source: OpenSource = {
  card: { name: "tiny", title: "Tiny", origin: "drawn", licence: "none", checksums: { tiny: "0" } },
  splits: { train: pictures(160), test: pictures(128) },
};
const model = {
  kind: "autoencoder",
  input: [1, 6, 6],
  encoder: [
    { residual: { layers: [{ conv2d: { channels: 1, kernel: 1 } }, "relu"] } },
    "flatten",
    { dense: 10 },
    "relu",
  ],
  decoder: [{ dense: 36 }, "sigmoid", { unflatten: [1, 6, 6] }],
};

describe("what is measured", () => {
  it.each(["reference", "onednn"] as const)(
    "of a relu's units finds those that are 0 for every image, on %s",
    async (name) => {
      const opened = await openEngine(name).catch(() => undefined);
      if (opened === undefined) return;
      const { model: read, loss } = resolve(tinyExperiment({ model }));
      const { program, relus } = healthProgram(read, loss, 16, false);
      expect(relus.map(({ place, units }) => [place, units])).toEqual([
        ["encoder.0.1", 1],
        ["encoder.3", 10],
      ]);
      const state = modelState(read, 0).map((entry) => {
        // Of the dense layer every weight is 1 but for units 2 and 7, which see the brightness less than nothing.
        if (entry.name === "encoder.2.weight") {
          const values = Float32Array.from({ length: 360 }, (_, i) => ([2, 7].includes(Math.floor(i / 36)) ? -1 : 1));
          return { ...entry, values };
        }
        return entry.name === "encoder.2.bias" ? { ...entry, values: new Float32Array(10) } : entry;
      });
      const session = await opened.open(state);
      const executable = await session.compile(program);
      const random = randomSequence(1, "sample", 0, 0);
      const input = Float32Array.from({ length: 16 * 36 }, () => random.uniform());
      const outputs = await executable.run({ input: name === "reference" ? Float64Array.from(input) : input });
      const dense = outputs["relu 1"] ?? [];
      expect(Array.from(dense, (sum) => sum === 0)).toEqual(
        Array.from({ length: 10 }, (_, unit) => unit === 2 || unit === 7),
      );
      session.dispose();
    },
  );

  it("of codes is the KL divergence from the standard normal: 0 there, ½ for a mean of 1, (e − 2)/2 for a log-variance of 1", () => {
    const sums = new Float64Array(3);
    addKl(sums, [0, 1, 0], [0, 0, 1]);
    addKl(sums, [0, 1, 0], [0, 0, 1]);
    expect([...sums]).toEqual([0, 1, Math.E - 2]);
  });

  it("of pictures is their variance, pixel by pixel: of 0 and 1 it is a quarter", () => {
    expect(varianceOverImages([0, 0.5, 1, 0.5], 2)).toBe(0.25);
    expect(varianceOverImages([0.3, 0.3], 2)).toBe(0);
  });
});

describe("a training", () => {
  // A learning rate at which relus die: of each unit the bias falls below anything that pictures can bring.
  const dying = tinyExperiment({
    model,
    phases: [{ epochs: 4, batchSize: 16, optimizer: { sgd: { learningRate: 50 } } }],
  });

  it("writes down what is found once, says it as a warning, and the same after it was stopped and taken up", async () => {
    const { run, events } = await trainTiny(freshOut(), { experiment: dying, source });
    const notes = readLog(run, "health.jsonl");
    expect(notes.length).toBeGreaterThan(0);
    expect(notes[0]).toMatchObject({ kind: "deadUnits", place: expect.stringMatching(/^encoder\./) });
    const warnings = events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));
    expect(warnings).toEqual(notes.filter(({ isOver }) => isOver !== true).map(({ message }) => message));
    const places = notes.map(({ kind, place, value }) => `${kind} ${place} ${value}`);
    expect(new Set(places).size).toBe(places.length);
    for (const stopAt of [5, 15, 35]) {
      const stopped = await trainTiny(freshOut(), {
        experiment: dying,
        source,
        commands: { [stopAt]: [{ kind: "stop" }] },
      });
      // As a crash leaves it: what was said after the checkpoint.
      if (existsSync(join(stopped.run.path, "health.jsonl"))) {
        diskFileSystem.append(
          join(stopped.run.path, "health.jsonl"),
          new TextEncoder().encode(`${JSON.stringify({ ...notes[0], epoch: 4 })}\n`),
        );
      } else writeFileSync(join(stopped.run.path, "health.jsonl"), "damaged\n");
      await resumeTiny(stopped.run.path, { experiment: dying, source });
      expect(folderBytes(stopped.run.path, ["timing.jsonl"]), `stopped after ${stopAt}`).toEqual(
        folderBytes(run.path, ["timing.jsonl"]),
      );
    }
  });

  it("that is well has no such file", async () => {
    const { run, events } = await trainTiny(freshOut());
    expect(existsSync(join(run.path, "health.jsonl"))).toBe(false);
    expect(events.filter(({ kind }) => kind === "warning" || kind === "note")).toEqual([]);
    expect(openRun(diskFileSystem, run.path).path).toBe(run.path);
  });
});

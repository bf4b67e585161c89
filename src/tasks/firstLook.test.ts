// Pictures while a training runs: drawn in a thread of their own, whole, and without a trace in weights.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { checkExperiment, readDocument } from "../experiment/index.js";
import { diskFileSystem, openRun } from "../runs/index.js";
import type { TrainingEvent } from "../training/events.js";
import { readRunExperiment, trainRead } from "../training/run.js";
import { openLook } from "./firstLook.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-look-"));
afterAll(() => rmSync(folder, { recursive: true }));

const experiment = readDocument(
  checkExperiment({
    name: "looked",
    data: { source: "mnist", limit: { train: 64, test: 40 } },
    model: {
      kind: "autoencoder",
      encoder: ["flatten", { dense: 4 }],
      decoder: [{ dense: 784 }, { unflatten: [1, 28, 28] }],
    },
    loss: "bceWithLogits",
    phases: [{ epochs: 3, batchSize: 16, corrupt: ["gaussianNoise"] }],
  }),
);

async function trained(isLooked: boolean) {
  const events: TrainingEvent[] = [];
  const { result } = await trainRead(
    { kind: "new", experiment, out: folder, date: "2026-11-29", engine: "reference" },
    {
      emit: (event) => void events.push(event),
      poll: () => [],
      wait: () => {},
      // An hour a step: pictures cost a small part of that.
      milliseconds: (() => {
        let now = 0;
        return () => (now += 3_600_000);
      })(),
      time: () => "2026-11-29T00:00:00Z",
      peakBytes: () => 1,
    },
    isLooked ? { openLook } : {},
  );
  return { run: result.run, events };
}

it("shows the first test images at epochs' ends, in a whole file, and changes no byte of the weights", async () => {
  const [looked, plain] = [await trained(true), await trained(false)];
  const picture = join(looked.run, "images", "reconstructions-latest.png");
  const bytes = readFileSync(picture);
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect(bytes.subarray(-8, -4).toString("latin1")).toBe("IEND");
  expect(readdirSync(join(looked.run, "images"))).toEqual(["reconstructions-latest.png"]);
  for (const event of looked.events.filter(({ kind }) => kind === "preview")) {
    expect(event).toMatchObject({ path: picture });
  }
  expect(existsSync(join(plain.run, "images"))).toBe(false);
  const weights = ({ run }: { run: string }) =>
    readFileSync(join(run, "checkpoints", "12", "model.safetensors")).toString("hex");
  expect(weights(looked)).toBe(weights(plain));
  expect(readRunExperiment(openRun(diskFileSystem, looked.run)).experiment.name).toBe("looked");
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bench as task } from "./bench.js";
import { taskFunction } from "./call.js";

const bench = taskFunction(task);
let folder = "";
let experiment = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-bench-"));
  experiment = join(folder, "tiny.yaml");
  writeFileSync(
    experiment,
    `name: tiny
data: mnist
model:
  kind: autoencoder
  input: [1, 8, 8]
  encoder: [conv2d: { channels: 4, kernel: 3, padding: 1 }, relu, flatten, dropout: 0.5, dense: 8]
  decoder: [dense: 64, unflatten: [1, 8, 8]]
loss: mse
phases: [{ epochs: 1, batchSize: 6, optimizer: adam }]
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a benchmark", () => {
  it("measures at least ten steps, reads no data, and relates steps to images by the batch size", async () => {
    const { name, batchSize, speeds, closed } = await bench({ experiment, engine: "reference", seconds: 0.001 });
    expect([name, batchSize, closed]).toEqual(["tiny", 6, []]);
    const [speed] = speeds;
    expect(speed?.steps).toBeGreaterThanOrEqual(10);
    expect(speed?.imagesPerSecond).toBeCloseTo(6 * (speed?.stepsPerSecond ?? 0), 6);
    expect(speed?.milliseconds.fastest).toBeLessThanOrEqual(speed?.milliseconds.median ?? 0);
    expect(speed?.milliseconds.median).toBeLessThanOrEqual(speed?.milliseconds.slowest ?? 0);
  });

  it("gives no profile of an engine that cannot tell", async () => {
    const trace = join(folder, "none.json");
    const result = await bench({ experiment, engine: "reference", seconds: 0.001, profile: true, trace });
    expect(result.speeds[0]).not.toHaveProperty("profile");
    expect(result).not.toHaveProperty("trace");
  });

  it("profiles a real step of oneDNN and writes it as a trace", async ({ skip }) => {
    const trace = join(folder, "step.json");
    const options = { experiment, engine: "onednn", threads: 1, seconds: 0.001, trace } as const;
    const result = await bench(options).catch((error: Error) => {
      if (process.env.CI !== undefined) throw error;
      skip(error.message);
    });
    const profile = result?.speeds[0]?.profile;
    expect(result?.trace).toBe(trace);
    expect(profile?.layers.map(({ place }) => place)).toContain("encoder[0] conv2d");
    expect(profile?.steps.map(({ op }) => op)).toContain("adam");
    expect(profile?.layers.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(profile?.steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeCloseTo(
      profile?.milliseconds ?? 0,
      9,
    );
    const { traceEvents } = JSON.parse(readFileSync(trace, "utf8"));
    expect(traceEvents).toHaveLength((profile?.primitives ?? 0) + 1);
  });
});

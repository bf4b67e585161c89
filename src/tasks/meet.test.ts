// Experiments and runs that meet pictures of another shape than they were written for.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run as command } from "../cli/testing/terminal.js";
import { encodeNpy } from "../formats/npy.js";
import { encode, evaluate, probe, trainRun } from "../index.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-meet-"));
const colour = join(folder, "colour.npy");
const labels = join(folder, "labels.npy");
const data = `{ source: npy, path: ${colour}, labels: ${labels} }`;
const experiment = join(folder, "small.yaml");
const train = (options: { readonly experiment: string; readonly exact?: boolean; readonly set?: string[] }) =>
  trainRun({ data, engine: "reference", out: join(folder, "runs"), ...options });
let path = "";
beforeAll(async () => {
  const pictures = Uint8Array.from({ length: 40 * 6 * 10 * 3 }, (_, i) => (i * i) % 251);
  writeFileSync(colour, encodeNpy({ type: "uint8", shape: [40, 6, 10, 3], data: pictures }));
  const classes = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
  writeFileSync(labels, encodeNpy({ type: "uint8", shape: [40], data: classes }));
  writeFileSync(
    experiment,
    `name: small
data: mnist
model: { kind: autoencoder, input: [1, 8, 8], encoder: [flatten, dense: 4], decoder: [dense: 64, sigmoid, unflatten: [1, 8, 8]] }
loss: mse
phases: [{ epochs: 1, batchSize: 16 }]
`,
  );
  path = (await train({ experiment })).run;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const weights = (run: string, step: number) =>
  readFileSync(join(run, "checkpoints", String(step), "model.safetensors"));

describe("a training on pictures of another shape", () => {
  it("writes down what was done to them, and trained again has the same bytes", async () => {
    expect(readFileSync(join(path, "experiment.yaml"), "utf8")).toMatch(/shape:\n +- 1\n +- 8\n +- 8\n/);
    const again = await trainRun({ experiment: path, engine: "reference", out: join(folder, "runs") });
    // 36 images in batches of 16.
    expect(weights(again.run, 3)).toEqual(weights(path, 3));
    expect(readFileSync(join(again.run, "experiment.yaml"))).toEqual(readFileSync(join(path, "experiment.yaml")));
  }, 60_000);

  it("refuses them where exact", async () => {
    await expect(train({ experiment, exact: true })).rejects.toMatchObject({
      message: "the data has pictures of 3×6×10, the model takes 1×8×8",
    });
  });

  it("has a model that says no input adapted to them", async () => {
    const { run } = await train({ experiment, set: ["model.input=null"] });
    const written = readFileSync(join(run, "experiment.yaml"), "utf8");
    expect(written).toMatch(/- dense: 180\n/);
    expect(written).toMatch(/input:\n +- 3\n +- 6\n +- 10\n/);
  }, 60_000);
});

describe("a run that meets other data", () => {
  const sentence = "the pictures are 3×6×10 and become 1×8×8: cut about the centre, enlarged, turned grey";

  it("measures what the pictures become, and says so", async () => {
    const other = await evaluate({ run: path, data, pictures: "no" });
    const own = await evaluate({ run: path, pictures: "no" });
    expect(other.rows[0]?.mse).toBe(own.rows[0]?.mse);
    expect(other.notes[0]).toContain(sentence);
    expect(own.notes.join()).not.toContain(sentence);
    await expect(evaluate({ run: path, data, exact: true })).rejects.toMatchObject({
      at: "--data",
      message: "has pictures of 3×6×10, the model takes 1×8×8",
    });
  });

  it("encodes and probes them too", async () => {
    const codes = await encode({ run: path, data, format: "json" });
    expect([codes.rows, codes.width]).toEqual([4, 4]);
    expect(codes.notes[0]).toContain(sentence);
    const probed = await probe({ run: path, data, pictures: "no", epochs: 1, form: "logits", hidden: 4 });
    expect(probed.notes[0]).toContain(sentence);
  });

  it("says it on the command line", async () => {
    const { code, stderr } = await command(["evaluate", path, "--data", data, "--pictures", "no"]);
    expect(code).toBe(0);
    expect(stderr).toContain(`note: ${sentence}`);
  });
});

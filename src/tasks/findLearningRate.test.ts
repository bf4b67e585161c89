import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../cli/testing/terminal.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-rate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const experiment = join(folder, "tiny.yaml");
writeFileSync(
  experiment,
  `name: tiny
data: { source: mnist, limit: { train: 320, test: 16 } }
model:
  kind: autoencoder
  encoder: [flatten, { dense: 4 }]
  decoder: [{ dense: 784 }, { unflatten: [1, 28, 28] }]
loss: mse
phases: [{ epochs: 1, batchSize: 16, optimizer: sgd }]
`,
);
const words = (out: string, ...more: string[]) => [
  ...["train", experiment, "--engine=reference", "--find-learning-rate", "--out", join(folder, out)],
  ...more,
];

describe("train --find-learning-rate", () => {
  it("writes its plot and record into a folder of its own, trains nothing, and says how to use what it found", async () => {
    const { code, stdout } = await run(words("told"));
    expect(code).toBe(0);
    const [, rate = "", plot = ""] =
      /^learning rate {2}([\d.e-]+), where the loss falls most steeply;[^\n]*\n\nplot +(.*) \(and \.svg, \.json\)\n/.exec(
        stdout,
      ) ?? [];
    expect(stdout).toContain(
      `train so       isthmus train ${experiment} --set phases.0.optimizer.sgd.learningRate=${rate}\n`,
    );
    const [made = ""] = readdirSync(join(folder, "told"));
    expect(made).toMatch(/^\d{4}-\d\d-\d\d-tiny-learning-rate-1$/);
    expect(readdirSync(join(folder, "told", made))).toEqual([
      "learning-rate.json",
      "learning-rate.png",
      "learning-rate.svg",
    ]);
    expect(existsSync(plot)).toBe(true);
    const record = JSON.parse(readFileSync(plot.replace(/png$/, "json"), "utf8"));
    expect(record.steepest).toBe(Number(rate));
    expect(record.rates).toHaveLength(record.losses.length);
  });

  it("gives the same as JSON", async () => {
    const { code, stdout } = await run(words("json", "--json"));
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { kind: "result", plot: expect.stringMatching(/png$/) }]);
  });

  it("does not go with --resume, and is interrupted without a trace", async () => {
    const interruption = new AbortController();
    interruption.abort();
    expect((await run(words("gone"), { interrupted: interruption.signal })).code).toBe(130);
    expect(existsSync(join(folder, "gone"))).toBe(false);
    mkdirSync(join(folder, "run"));
    copyFileSync(experiment, join(folder, "run", "experiment.yaml"));
    const pictures = await run(["train", "folder:./photos", "--find-learning-rate"]);
    expect(pictures.code).toBe(2);
    expect(pictures.stderr).toContain("isthmus new pictures.yaml --data folder:./photos");
    const resumed = await run(["train", join(folder, "run"), "--resume", "--find-learning-rate"]);
    expect(resumed.code).not.toBe(0);
    expect(resumed.stderr).toMatch(/^error: --find-learning-rate: does not go with --resume/);
  });
});

describe("train", () => {
  it("refuses no folder and more threads than make sense, by their flags", async () => {
    expect(await run(["train", experiment, "--out", ""])).toMatchObject({
      code: 2,
      stderr: "error: --out: expected the name of a folder, got “”\n",
    });
    const { code, stderr } = await run(["train", experiment, "--threads", "1000000"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: --threads: expected at most \d+, got “1000000”\n$/);
    expect(await run(["train", "x".repeat(300)])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: no preset is called/),
    });
  });
});

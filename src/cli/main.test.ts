// The executable in processes of its own: outputs that break.
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "isthmus-main-"));
afterAll(() => rmSync(folder, { recursive: true }));
const loader = new URL("../../scripts/register-typescript.mjs", import.meta.url).href;
const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const patience = { timeout: 120_000 };

const experiment = join(folder, "tiny.yaml");
writeFileSync(
  experiment,
  `name: tiny
data: { source: mnist, limit: { train: 64, test: 16 } }
model:
  kind: autoencoder
  encoder: [flatten, { dense: 4 }]
  decoder: [{ dense: 784 }, sigmoid, { unflatten: [1, 28, 28] }]
loss: mse
phases: [{ epochs: 2000, batchSize: 16 }]
`,
);

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs the command; stdout goes to a file's descriptor, or is closed after its first line. */
function isthmus(words: readonly string[], stdout: number | "one line"): Promise<Ended> {
  const child = spawn(process.execPath, ["--import", loader, main, ...words], {
    stdio: ["ignore", stdout === "one line" ? "pipe" : stdout, "pipe"],
  });
  child.stdout?.once("data", () => child.stdout?.destroy());
  let stderr = "";
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stderr }));
  });
}

describe("an output that breaks", () => {
  it("because its reader has left stops a training, saved, and not with 0", patience, async () => {
    const out = join(folder, "runs");
    const { code } = await isthmus(["train", experiment, "--engine=reference", "--json", "--out", out], "one line");
    expect(code).toBe(130);
    const [run = ""] = readdirSync(out);
    expect(readdirSync(join(out, run, "checkpoints"))).toContain("last.json");
    expect(readdirSync(join(out, run))).not.toContain("lock.json");
  });

  it("because its reader has read enough is no failure of a command that is done", patience, async () => {
    expect(await isthmus(["presets"], "one line")).toEqual({ code: 0, stderr: "" });
  });

  it.runIf(process.platform === "linux")("because the disk is full is told in one sentence", patience, async () => {
    expect(await isthmus(["presets"], openSync("/dev/full", "w"))).toEqual({
      code: 1,
      stderr: "error: stdout can't be written: the disk is full\n",
    });
  });
});

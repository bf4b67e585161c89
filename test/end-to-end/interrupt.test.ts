// Ctrl-C in the built command's long work, on each fast engine. How soon it ends is measured by scripts/interrupts.mjs.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const command = resolve("dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "isthmus-interrupt-"));
afterAll(() => rmSync(folder, { recursive: true }));
const patience = { timeout: 300_000 };
let run = "";
beforeAll(() => {
  if (!existsSync(command)) throw new Error("these tests run the built command: npm run build first");
  const out = join(folder, "runs");
  const words = ["train", "mnist-dense", "--quick", "--epochs=1", "--out", out];
  expect(spawnSync(process.execPath, [command, ...words], { encoding: "utf8" }).status).toBe(0);
  run = join(out, readdirSync(out)[0] ?? "");
}, patience.timeout);

describe("evaluate", patience, () => {
  it.each(["onednn", "onnx"])("on %s hears Ctrl-C while it measures, and draws nothing more", async (engine) => {
    const cache = join(folder, engine);
    const child = spawn(process.execPath, [command, "evaluate", run, "--on", "train", "--engine", engine], {
      env: { ...process.env, ISTHMUS_CACHE: cache },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (bytes: Buffer) => {
      stdout += bytes;
    });
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes;
    });
    // The baseline is kept before 60,000 images are measured.
    const looking = setInterval(() => {
      if (!existsSync(join(cache, "pca")) || !readdirSync(join(cache, "pca")).some((name) => !name.endsWith(".part"))) {
        return;
      }
      clearInterval(looking);
      child.kill("SIGINT");
    }, 10);
    const ended = await new Promise((done, failed) => {
      child.on("error", failed);
      child.on("close", (code, signal) => done({ code, signal, stdout, stderr }));
    });
    clearInterval(looking);
    expect(ended).toEqual({
      code: 130,
      signal: null,
      stdout: "",
      stderr: "interrupted: files that were written are whole, and none is half-written\n",
    });
    expect(readdirSync(join(run, "images")).filter((name) => /worst|\.part$/.test(name))).toEqual([]);
  });
});

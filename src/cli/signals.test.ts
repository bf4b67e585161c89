// SIGTERM and SIGHUP in processes of their own: a training saves, other commands end at once, each with its exit code.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "isthmus-signals-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const loader = new URL("../../scripts/register-typescript.mjs", import.meta.url).href;
const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const words = ["--import", loader, main];
const patience = { timeout: 180_000 };

const experiment = join(folder, "tiny.yaml");
writeFileSync(
  experiment,
  `name: tiny
data: { source: mnist, limit: { train: 64, test: 16 } }
model: { kind: autoencoder, encoder: [flatten, { dense: 4 }], decoder: [{ dense: 784 }, sigmoid, { unflatten: [1, 28, 28] }] }
loss: mse
phases: [{ epochs: 200000, batchSize: 16 }]
`,
);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

let count = 0;
/** Trains, and does something when the first step is told. @param start what stands before the command */
async function training(
  atFirstStep: (child: ChildProcess, run: string) => void,
  start: readonly string[] = [],
): Promise<Ended & { readonly run: string }> {
  const out = join(folder, String(++count));
  const command = [...start, process.execPath, ...words, "train", experiment, "--engine=reference", "--json"];
  const [program = "", ...rest] = [...command, "--out", out];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, _: program } });
  let isSent = false;
  child.stdout?.on("data", (text: Buffer) => {
    if (isSent || !String(text).includes('"kind":"step"')) return;
    isSent = true;
    atFirstStep(child, join(out, readdirSync(out)[0] ?? ""));
  });
  const ended = await end(child);
  return { ...ended, run: join(out, readdirSync(out)[0] ?? "") };
}

function end(child: ChildProcess): Promise<Ended> {
  let stderr = "";
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stderr }));
  });
}

const step = (run: string): number =>
  JSON.parse(readFileSync(join(run, "checkpoints", "last.json"), "utf8")).step as number;

describe.skipIf(process.platform === "win32")("a training", patience, () => {
  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("saves on %s and exits with %i", async (signal, code) => {
    // Twice at once, as `timeout` and a terminal that closes send it.
    const ended = await training((child) => {
      child.kill(signal);
      setTimeout(() => child.kill(signal), 20);
    });
    expect(ended).toMatchObject({ code, signal: null });
    expect(ended.stderr).toContain("finishing this step and saving; another signal leaves at once");
    expect(ended.stderr).toMatch(/stopped at step [\d,]+, saved/);
    expect(step(ended.run)).toBeGreaterThan(0);
    expect(existsSync(join(ended.run, "lock.json"))).toBe(false);
  });

  it("leaves at once on a second signal, with that one's code", async () => {
    const ended = await training((child) => {
      child.kill("SIGTERM");
      child.kill("SIGHUP");
    });
    expect(ended.signal).toBeNull();
    expect([143, 129]).toContain(ended.code);
    expect(ended.stderr).not.toContain("stopped at step");
  });

  it("under nohup goes on when the terminal is closed", async () => {
    const ended = await training(
      (child, run) => {
        child.kill("SIGHUP");
        const metrics = join(run, "metrics.jsonl");
        const before = readFileSync(metrics, "utf8").length;
        const waiting = setInterval(() => {
          if (readFileSync(metrics, "utf8").length <= before + 1000) return;
          clearInterval(waiting);
          child.kill("SIGTERM");
        }, 10);
      },
      ["nohup"],
    );
    expect(ended).toMatchObject({ code: 143, signal: null });
  });

  it("whose parent ignores SIGHUP ignores it as well", async () => {
    const ended = await training(
      (child, run) => {
        const { process: id } = JSON.parse(readFileSync(join(run, "lock.json"), "utf8")) as { process: number };
        process.kill(id, "SIGHUP");
        const metrics = join(run, "metrics.jsonl");
        const before = readFileSync(metrics, "utf8").length;
        const waiting = setInterval(() => {
          if (readFileSync(metrics, "utf8").length <= before + 1000) return;
          clearInterval(waiting);
          process.kill(id, "SIGTERM");
        }, 10);
        child.on("exit", () => clearInterval(waiting));
      },
      ["sh", "-c", 'trap "" HUP; "$0" "$@"; exit $?'],
    );
    expect(ended.code).toBe(143);
  });
});

/** Waits until a process hears SIGHUP: its mask of caught signals says so. */
async function hears(id: number): Promise<void> {
  for (;;) {
    const [, mask = "0"] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${id}/status`, "utf8")) ?? [];
    if ((BigInt(`0x${mask}`) & 1n) === 1n) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.runIf(process.platform === "linux")("another command", patience, () => {
  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const)("ends at once on %s, with its code and nothing half-written", async (signal, code) => {
    const trace = join(folder, `${signal}.json`);
    // Minutes of steps.
    const steps = ["bench", "mnist-conv", "--engine", "reference", "--seconds", "300", "--trace", trace];
    const child = spawn(process.execPath, [...words, ...steps], { stdio: ["ignore", "pipe", "pipe"] });
    const ended = end(child);
    await hears(child.pid ?? 0);
    child.kill(signal);
    expect(await ended).toMatchObject({
      code,
      signal: null,
      stderr: "interrupted: files that were written are whole, and none is half-written\n",
    });
    expect(existsSync(trace)).toBe(false);
  });
});

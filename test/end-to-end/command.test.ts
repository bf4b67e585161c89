// The built command in processes of its own, on real digits and the fast engine: clean exits, signals, kills, same bytes.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderBytes } from "../../src/training/testing/tiny.js";

const command = resolve("dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "isthmus-command-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => {
  if (!existsSync(command)) throw new Error("these tests run the built command: npm run build first");
});

/** Ten steps an epoch, the last of 24 images. */
const data = "--data={source: mnist, limit: {train: 600, test: 100}}";
const training = ["train", "mnist-conv", data, "--set=phases.0.batchSize=64", "--engine=onednn", "--json"];
/** Tell of times, which differ; and pictures, which are drawn from what is compared. */
const notCompared = ["timing.jsonl", "environment.json", "images", "report.html"];

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly run: string;
}
let count = 0;

function isthmus(
  words: readonly string[],
  options: {
    readonly failAt?: string;
    readonly onLine?: (line: string, child: ChildProcess) => void;
    readonly out?: string;
  } = {},
): Promise<Ended> {
  const out = options.out ?? join(folder, String(++count));
  const isNew = words[0] === "train" && !words.includes("--resume");
  const child = spawn(process.execPath, [command, ...words, ...(isNew ? ["--out", out] : [])], {
    env: { ...process.env, ...(options.failAt === undefined ? {} : { ISTHMUS_FAIL_AT: options.failAt }) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let begun = "";
  child.stdout.on("data", (bytes: Buffer) => {
    stdout += bytes;
    begun += bytes;
    const lines = begun.split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) options.onLine?.(line, child);
  });
  child.stderr.on("data", (bytes: Buffer) => {
    stderr += bytes;
  });
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => {
      const run = existsSync(out) ? join(out, readdirSync(out)[0] ?? "") : out;
      done({ code, signal, stdout, stderr, run });
    });
  });
}
const resume = (run: string): Promise<Ended> => isthmus(["train", run, "--resume", "--json"]);

/** Sends the signal so many times when the first step is reported. */
function interruptAtFirstStep(times: number): (line: string, child: ChildProcess) => void {
  let sent = false;
  return (line, child) => {
    if (sent || JSON.parse(line).kind !== "step") return;
    sent = true;
    for (let i = 0; i < times; i++) child.kill("SIGINT");
  };
}

/** Many processes one after the other, on a machine that may be busy. */
const patience = { timeout: 900_000 };

describe("the built command", patience, () => {
  let whole: Ended;
  let bytes: Record<string, string>;
  beforeAll(async () => {
    whole = await isthmus([...training, "--epochs=2"]);
    bytes = folderBytes(whole.run, notCompared);
  }, patience.timeout);

  it("trains on oneDNN and exits with 0, libraries and threads unloaded without a crash", () => {
    expect({ code: whole.code, signal: whole.signal, stderr: whole.stderr }).toMatchObject({ code: 0, signal: null });
    // What is drawn while it trains depends on the time that drawing takes.
    const drawn = readdirSync(join(whole.run, "images")).filter((name) => name !== "reconstructions-latest.png");
    expect(drawn.sort()).toEqual(["curves.png", "curves.svg", "epochs", "reconstructions.png"]);
  });

  it("takes a preset's name for the preset, though a folder there has the same", () => {
    const here = join(folder, "shadowed");
    mkdirSync(join(here, "mnist-conv"), { recursive: true });
    const { status, stdout } = spawnSync(process.execPath, [command, "summary", "mnist-conv"], {
      cwd: here,
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(stdout).toContain("194,499");
  });

  it("writes the same bytes for the same seed, and others for another", async () => {
    const [again, other] = [
      await isthmus([...training, "--epochs=2"]),
      await isthmus([...training, "--epochs=2", "--seed=1"]),
    ];
    expect(folderBytes(again.run, notCompared)).toEqual(bytes);
    const weights = "checkpoints/20/model.safetensors";
    const others = folderBytes(other.run, notCompared);
    expect(Object.keys(bytes)).toContain(weights);
    expect(others[weights]).not.toBe(bytes[weights]);
    expect(others["metrics.jsonl"]).not.toBe(bytes["metrics.jsonl"]);
  });

  it("killed at each step of an epoch, goes on to the bytes of a run never killed", async () => {
    for (let step = 11; step <= 20; step++) {
      const killed = await isthmus([...training, "--epochs=2"], { failAt: `step#${step}` });
      expect(killed.signal).toBe("SIGKILL");
      const resumed = await resume(killed.run);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(folderBytes(killed.run, notCompared), `killed at step ${step}`).toEqual(bytes);
    }
  });

  it("draws the pictures of a run that ended before it could", async () => {
    const images = join(whole.run, "images");
    rmSync(images, { recursive: true });
    const resumed = await resume(whole.run);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readdirSync(images).sort()).toEqual(["curves.png", "curves.svg", "reconstructions.png"]);
    const again = await resume(whole.run);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("this run is finished");
  });

  it("on Ctrl-C finishes the step, saves, says how to go on, and exits with 130", async () => {
    const long = [...training, "--epochs=15"];
    const stopped = await isthmus(long, { onLine: interruptAtFirstStep(1) });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`isthmus train ${stopped.run} --resume`);
    expect(readdirSync(join(stopped.run, "checkpoints"))).toContain("last.json");
    const resumed = await resume(stopped.run);
    expect(resumed.code, resumed.stderr).toBe(0);
    const unbroken = await isthmus(long);
    expect(folderBytes(stopped.run, notCompared)).toEqual(folderBytes(unbroken.run, notCompared));
  });

  it("on a second Ctrl-C leaves at once, and what is on the disk can be gone on from", async () => {
    const left = await isthmus([...training, "--epochs=15"], { onLine: interruptAtFirstStep(2) });
    expect(left.code).toBe(130);
    const resumed = await resume(left.run);
    expect(resumed.code, resumed.stderr).toBe(0);
  });
});

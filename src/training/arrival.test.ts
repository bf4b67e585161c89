// Trainings that begin before their pictures are decoded: the same files in the end, whatever happens meanwhile.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkExperiment } from "../experiment/index.js";
import { readDocument } from "../experiment/resolved.js";
import { neededOrder } from "./arrival.js";
import type { TrainingCommand, TrainingEvent } from "./events.js";
import type { Surroundings } from "./loop.js";
import { openResolved, runTraining, trainRead } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-arrival-"));
const inFolder = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
/** A test picture and a training picture, which are decoded late. */
let broken: readonly string[] = [];
const worker = new URL("../data/testing/gatedArrivals.js", import.meta.url);

async function jpeg(number: number): Promise<Buffer> {
  const bytes = new Uint8Array(12 * 12 * 3).map((_, i) => (number * 31 + i * (1 + (number % 5))) % 256);
  return await sharp(bytes, { raw: { width: 12, height: 12, channels: 3 } })
    .jpeg()
    .toBuffer();
}
async function draw(name: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    const path = inFolder(name, i % 3 === 0 ? "a" : "b", `${String(i).padStart(3, "0")}.jpg`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await jpeg(i));
  }
  writeFileSync(inFolder(name, "b", "none.jpg"), "this is no picture");
}
beforeAll(async () => {
  await draw("whole");
  await draw("broken");
  const { experiment } = request("whole");
  const { resolved, source } = await openResolved(experiment, { emit: () => {} });
  const order = neededOrder(resolved.experiment, source.splits);
  const lastOfTraining = source.splits.train.count - 1;
  broken = [order.at(-1) ?? 0, order[lastOfTraining] ?? 0].map((number) => source.files?.names[number] ?? "").sort();
  for (const name of broken) {
    const path = inFolder("broken", name);
    // The head stays whole.
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 60));
  }
});

function request(pictures: string, more: object = {}) {
  const experiment = checkExperiment({
    name: "small",
    data: { source: "folder", path: inFolder(pictures), validation: 8, ...more },
    model: {
      kind: "autoencoder",
      encoder: ["flatten", { dense: 4 }],
      decoder: [{ dense: 432 }, "sigmoid", { unflatten: [3, 12, 12] }],
    },
    loss: "mse",
    phases: [{ epochs: 2, batchSize: 8, corrupt: [{ gaussianNoise: 0.1 }] }],
  });
  const out = inFolder("runs", String(++count));
  return { kind: "new", experiment: readDocument(experiment), out, date: "2026-11-22", engine: "reference" } as const;
}

interface Told {
  readonly surroundings: Surroundings;
  readonly events: TrainingEvent[];
}
function telling(onStep: () => void = () => {}, commands: TrainingCommand[] = [], onEnd: () => void = () => {}): Told {
  const events: TrainingEvent[] = [];
  const bell = new Int32Array(new SharedArrayBuffer(4));
  return {
    events,
    surroundings: {
      emit(event) {
        events.push(event);
        if (event.kind === "step") onStep();
        if (event.kind === "finished") onEnd();
      },
      poll: () => commands.splice(0),
      wait: (milliseconds) => void Atomics.wait(bell, 0, 0, milliseconds),
      milliseconds: () => 0,
      time: () => "2026-11-22T00:00:00Z",
      peakBytes: () => 1,
    },
  };
}

/** Decodes the first files, and the others when the gate is opened. */
function gated() {
  const gate = inFolder(`gate-${++count}`);
  process.env.ISTHMUS_TEST_GATE = gate;
  return { early: { fromSeconds: 0, worker }, open: () => writeFileSync(gate, "") };
}

/** Every file of a run but the times. */
function filesOf(run: string): Record<string, string> {
  const names = readdirSync(run, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => /\.[a-z]+$/.test(name) && name !== "timing.jsonl");
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(run, name), "hex")]));
}
const sentences = ({ events }: Told) =>
  events.flatMap((event) => (event.kind === "warning" || event.kind === "note" ? [event.message] : []));
async function trainedWhole(pictures: string, more: object = {}) {
  const told = telling();
  const { result } = await trainRead(request(pictures, more), told.surroundings);
  return { told, result, files: filesOf(result.run) };
}

describe("a training that begins before its pictures are decoded", () => {
  it.each([
    ["all of them", {}],
    ["some of them", { limit: { train: 30, test: 3 }, classes: { train: ["b"] } }],
  ])("has the files of one that begins after: %s", async (_, more) => {
    const whole = await trainedWhole("whole", more);
    const { early, open } = gated();
    const told = telling(open);
    const { result, open: opened } = await trainRead(request("whole", more), told.surroundings, { early });
    const [first] = told.events.filter((event) => event.kind === "step");
    expect(first).toMatchObject({ step: 1, reading: { of: 81 } });
    expect(first?.reading?.done).toBeLessThan(81);
    expect(filesOf(result.run)).toEqual(whole.files);
    expect(Object.keys(whole.files)).toContain("metrics.jsonl");
    expect(result).toMatchObject({ reason: "done", step: whole.result.step });
    expect(opened.source.card.checksums["names and contents"]).toMatch(/^[0-9a-f]{64}$/);
    const said = sentences(told).filter((sentence) => !sentence.startsWith("the training begins while its "));
    expect(said).toEqual(sentences(whole.told));
    expect(said.join()).toContain("none.jpg (this is no picture)");
  });

  it("measures and saves nothing before they are there", async () => {
    const { early, open } = gated();
    const seen: string[] = [];
    const told = telling(() => {
      const [run = ""] = readdirSync(inFolder("runs", String(count)));
      const at = (name: string): string => inFolder("runs", String(count), run, name);
      if (seen.length === 0) {
        seen.push(
          JSON.parse(readFileSync(at("environment.json"), "utf8")).data.checksums,
          ...readdirSync(at("checkpoints")),
        );
      }
      open();
    });
    await trainRead(request("whole"), told.surroundings, { early });
    expect(seen).toEqual([{}]);
    const kinds = told.events.map(({ kind }) => kind);
    const lastReading = told.events.findLastIndex((event) => event.kind === "step" && event.reading !== undefined);
    expect(kinds.indexOf("epoch")).toBeGreaterThan(lastReading);
    expect(kinds.indexOf("checkpoint")).toBeGreaterThan(lastReading);
  });

  it("does not take the decoding for other work on the processors", async () => {
    const { early, open } = gated();
    let [now, looks] = [0, 0];
    const looksWhileReading: number[] = [];
    const told = telling(() => {
      const last = told.events.at(-1);
      if (last?.kind === "step" && last.reading !== undefined) looksWhileReading.push(looks);
      open();
    });
    // Every look at this clock is 700 ms later, so that the load is due to be looked at in each few steps.
    const milliseconds = () => (now += 700);
    const load = () => {
      looks++;
      return { processors: 2, own: 0, all: now, idle: now };
    };
    await trainRead(request("whole"), { ...told.surroundings, milliseconds, load }, { early });
    expect(looksWhileReading.length).toBeGreaterThan(0);
    expect(Math.max(...looksWhileReading)).toBe(0);
    expect(looks).toBeGreaterThan(0);
  });

  it("begins again without a picture that is damaged behind its head, and has the same files", async () => {
    const whole = await trainedWhole("broken");
    const { early, open } = gated();
    const told = telling(open);
    const { result } = await trainRead(request("broken"), told.surroundings, { early });
    expect(filesOf(result.run)).toEqual(whole.files);
    expect(readdirSync(dirname(result.run))).toHaveLength(1);
    expect(sentences(told).filter((sentence) => sentence.startsWith("the training begins again"))).toEqual([
      expect.stringMatching(
        /^the training begins again, for a picture turned out to be damaged only when it was decoded: (a|b)\/\d+\.jpg \(the picture is damaged or cut off\)$/,
      ),
    ]);
    expect(sentences(told).join()).toContain("3 of 81 files were skipped: ");
    for (const name of broken) expect(sentences(told).join()).toContain(`${name} (the picture is damaged or cut off)`);
  });

  it.each(["whole", "broken"])("is stopped at once, and goes on to the same files: %s", async (pictures) => {
    const whole = await trainedWhole(pictures);
    const { early, open } = gated();
    const commands: TrainingCommand[] = [];
    // The gate stays shut until all is saved.
    const told = telling(() => commands.push({ kind: "stop" }), commands, open);
    const { result } = await trainRead(request(pictures), told.surroundings, { early });
    expect(result).toMatchObject({ reason: "stopped", step: 1 });
    const again = telling();
    expect(await runTraining({ kind: "resume", run: result.run }, again.surroundings)).toMatchObject({
      reason: "done",
    });
    const files = filesOf(result.run);
    expect(files).toEqual(whole.files);
    const begins = "the run begins again, for not all of its pictures turned out to be whole when they were decoded";
    expect(sentences(again).includes(begins)).toBe(pictures === "broken");
  });

  it("ends with a sentence and without a folder when the decoding thread ends", async () => {
    delete process.env.ISTHMUS_TEST_GATE;
    const asked = request("whole");
    const work = trainRead(asked, telling().surroundings, { early: { fromSeconds: 0, worker } });
    await expect(work).rejects.toThrow("the thread that decodes pictures has stopped without a word");
    expect(readdirSync(asked.out)).toEqual([]);
  });

  it("waits for them where that is quick, where first weights are made of all, and where it must", async () => {
    const hasBegunEarly = async (asked: ReturnType<typeof request>, early: object) => {
      const told = telling();
      await trainRead(asked, told.surroundings, { early });
      return sentences(told).some((sentence) => sentence.startsWith("the training begins while its "));
    };
    expect(await hasBegunEarly(request("whole"), { fromSeconds: 0 })).toBe(true);
    expect(await hasBegunEarly(request("whole"), {})).toBe(false);
    expect(await hasBegunEarly(request("whole", { shape: [3, 12, 12] }), { fromSeconds: 0 })).toBe(false);
    const asked = request("whole");
    const { experiment } = asked.experiment;
    const withComponents = readDocument({ ...experiment, initialise: { principalComponents: { passes: 1 } } });
    expect(await hasBegunEarly({ ...asked, experiment: withComponents }, { fromSeconds: 0 })).toBe(false);
    expect(existsSync(asked.out)).toBe(true);
  });
});

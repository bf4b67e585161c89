// Run folders with one thing damaged, by a fixed list of numbers: what reads them gives a result or a sentence, never a bug, and
// nothing outside is changed. ISTHMUS_MUTATIONS=5000 tries more.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { openEngine } from "../engines/index.js";
import { resolve } from "../experiment/index.js";
import { openTrainedRun } from "../inference/index.js";
import { diskFileSystem, openRun, readCheckpoint, readEnvironment, readLog } from "../runs/index.js";
import { mutateRun } from "../runs/testing/mutate.js";
import { expectPlanned } from "./position.js";
import { phaseLengths, readRunExperiment, restoreRun, threadsHere } from "./run.js";
import { tinySource, trainTiny } from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-mutated-"));
afterAll(() => rmSync(folder, { recursive: true }));
const count = Number(process.env.ISTHMUS_MUTATIONS ?? 100);
const elsewhere = join(folder, "elsewhere");
const runs: Record<string, string> = {};
beforeAll(async () => {
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "precious"), "precious");
  runs.finished = (await trainTiny(join(folder, "finished"))).run.path;
  runs.stopped = (
    await trainTiny(join(folder, "stopped"), {
      commands: { 2: [{ kind: "setLearningRate", learningRate: 0.01 }], 4: [{ kind: "stop" }] },
    })
  ).run.path;
}, 120_000);

/** Everything that commands read of a run, and what taking it up changes. */
const works: Readonly<Record<string, (path: string) => unknown>> = {
  environment: (path) => threadsHere(readEnvironment(openRun(diskFileSystem, path))),
  metrics: (path) => readLog(openRun(diskFileSystem, path), "metrics.jsonl").map(({ test }) => Object.values(test)),
  timing: (path) => readLog(openRun(diskFileSystem, path), "timing.jsonl").map(({ seconds }) => seconds.toFixed(1)),
  interventions: (path) => readLog(openRun(diskFileSystem, path), "interventions.jsonl"),
  best: (path) => readCheckpoint(openRun(diskFileSystem, path), "best"),
  async model(path) {
    const run = openRun(diskFileSystem, path);
    const resolved = resolve(readRunExperiment(run), [1, 6, 6]);
    const model = await openTrainedRun(run, { resolved, engine: () => openEngine("reference") });
    try {
      await model.encode(new Float32Array(36));
    } finally {
      model.dispose();
    }
  },
  resume(path) {
    const run = openRun(diskFileSystem, path);
    const resolved = resolve(readRunExperiment(run), [1, 6, 6]);
    restoreRun(run, (state) => expectPlanned(run, state, phaseLengths(resolved, tinySource, state)));
  },
};

describe.each(["finished", "stopped"])("a %s run with one thing damaged", (which) => {
  it(`is read or refused in a sentence, ${count} times`, { timeout: 1000 * count + 60_000 }, async () => {
    const path = join(folder, "mutated");
    const refused: Record<string, number> = {};
    for (let number = 0; number < count; number++) {
      rmSync(path, { recursive: true, force: true });
      cpSync(runs[which] ?? "", path, { recursive: true });
      const what = mutateRun(path, number, join(elsewhere, "precious"));
      for (const [name, work] of Object.entries(works)) {
        try {
          await work(path);
        } catch (error) {
          const told = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error);
          expect(error, `${number}, ${what}, ${name}: ${told}`).toBeInstanceOf(UserError);
          expect((error as UserError).message).not.toMatch(/internal:|undefined|\[object/);
          refused[name] = (refused[name] ?? 0) + 1;
        }
      }
      expect(readdirSync(elsewhere), what).toEqual(["precious"]);
      expect(readFileSync(join(elsewhere, "precious"), "utf8"), what).toBe("precious");
    }
    // The damage is found by each of them.
    expect(Object.keys(refused).sort()).toEqual(Object.keys(works).sort());
  });
});

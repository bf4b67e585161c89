// Run folders and checkpoints: what is on the disk after a full disk, a failing rename, a damaged file.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import {
  appendLog,
  type Checkpoint,
  createRun,
  cutLog,
  discardEmptyRun,
  diskFileSystem,
  type EpochRecord,
  expectLastPointer,
  type FileSystem,
  openRun,
  type RunFolder,
  readCheckpoint,
  readEnvironment,
  readLog,
  readPointer,
  repairCheckpoints,
  saveCheckpoint,
} from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-runs-"));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
let out = "";
beforeEach(() => {
  out = join(folder, String(++made));
});

function create(files: FileSystem = diskFileSystem, into = out): RunFolder {
  return createRun({
    files,
    out: into,
    date: "2026-11-22",
    name: "small",
    experiment: "name: small\n",
    schema: "{}\n",
    environment: {
      format: 1,
      isthmus: "0.1.0",
      node: "v20",
      platform: "linux-x64",
      engine: { name: "reference", library: "reference", threads: 1 },
      data: { name: "mnist", checksums: {} },
      started: "2026-11-22T10:00:00Z",
    },
    summary: "small\n",
  });
}

function checkpoint(step: number, best: number | null = step): Checkpoint {
  const data = Float32Array.of(step, 2, 3);
  return {
    state: {
      format: 1,
      finished: false,
      phase: 0,
      epoch: 1,
      step,
      stepInEpoch: step,
      stepInPhase: step,
      optimizerStep: step,
      sums: { images: 32, figures: { mse: 0.1 + 0.2 } },
      schedule: { waited: 1 },
      learningRate: null,
      best: best === null ? null : { epoch: 1, step: best, figure: 0.3 },
      metricsBytes: 0,
      interventions: 0,
      pending: [],
    },
    model: { "encoder.0.weight": { dtype: "F32", shape: [3], data } },
    metadata: { model: "kind: autoencoder\n" },
    optimizer: { "adam.firstMoment.encoder.0.weight": { dtype: "F32", shape: [3], data } },
  };
}

const names = (run: RunFolder): readonly string[] => diskFileSystem.list(join(run.path, "checkpoints"));

function mistake(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("createRun", () => {
  it("lays the experiment's schema beside it", () => {
    const { path } = create();
    const text = (name: string): string => new TextDecoder().decode(diskFileSystem.read(join(path, name)));
    expect(text("experiment.yaml")).toBe("name: small\n");
    expect(text("experiment.schema.json")).toBe("{}\n");
  });
});

const epoch: EpochRecord = {
  kind: "epoch",
  phase: 0,
  epoch: 1,
  step: 3,
  learningRate: 0.001,
  train: { objective: 0.5 },
  test: { objective: 0.5 },
  images: 40,
};

describe("a run folder", () => {
  it("never takes one that is there", () => {
    expect([create().path, create().path]).toEqual([join(out, "2026-11-22-small-1"), join(out, "2026-11-22-small-2")]);
  });

  it("says that the folder can't be written, and how to choose another", () => {
    writeFileSync(out, "a file is in the way");
    const { at, message, hint } = mistake(() => create());
    expect(at).toBe(out);
    expect(message).toMatch(
      /^run folders can't be written here: (a file of that name is in the way|a part of the path is not a folder)$/,
    );
    expect(hint).toBe("Choose another folder with --out DIR.");
    const denied = mistake(() => create({ ...diskFileSystem, makeFolder: () => fail("EACCES") }));
    expect(denied.message).toBe("run folders can't be written here: permission denied");
  });

  it("gives back the lines of a log, without one that was never finished", () => {
    const run = create();
    appendLog(run, "metrics.jsonl", epoch);
    writeFileSync(join(run.path, "metrics.jsonl"), `${JSON.stringify(epoch)}\n{"kind":"epo`);
    expect(readLog(run, "metrics.jsonl")).toEqual([epoch]);
  });

  it("names the line of a log that is damaged", () => {
    const run = create();
    writeFileSync(join(run.path, "metrics.jsonl"), `${JSON.stringify(epoch)}\n{"kind\n`);
    const { at, message } = mistake(() => readLog(run, "metrics.jsonl"));
    expect([at, message]).toEqual([`${join(run.path, "metrics.jsonl")}:2`, "is damaged: it is not JSON"]);
  });

  it("names a log that is shorter than the checkpoint knows", () => {
    const run = create();
    expect(mistake(() => cutLog(run, "metrics.jsonl", 10)).message).toBe(
      "lines are missing: it has 0 bytes, the checkpoint was saved after 10",
    );
  });

  it("names a folder that is none, one of something else, and a damaged environment.json", () => {
    expect(mistake(() => openRun(diskFileSystem, join(out, "no"))).message).toBe("there is no such run folder");
    mkdirSync(out);
    expect(mistake(() => openRun(diskFileSystem, out)).message).toBe("is not a run folder: it has no experiment.yaml");
    const file = join(out, "notes.txt");
    writeFileSync(file, "no run");
    expect(mistake(() => openRun(diskFileSystem, file)).message).toBe("is a file, not a run folder");
    const run = create();
    writeFileSync(join(run.path, "environment.json"), "{}");
    expect(mistake(() => readEnvironment(run)).message).toBe("is damaged: format, engine or data are missing");
  });
});

describe("a checkpoint", () => {
  it("comes back as it was saved, float64 sums to the last bit", () => {
    const run = create();
    saveCheckpoint(run, checkpoint(5));
    expect(readCheckpoint(run, "last")).toEqual(checkpoint(5));
    expect(readCheckpoint(run, "best")?.state.sums.figures.mse).toBe(0.30000000000000004);
  });

  it("removes those before it but the best", () => {
    const run = create();
    saveCheckpoint(run, checkpoint(5));
    saveCheckpoint(run, checkpoint(10, 5));
    saveCheckpoint(run, checkpoint(15, 5));
    expect(names(run)).toEqual(["15", "5", "best.json", "last.json"]);
    expect([readPointer(run, "last"), readPointer(run, "best")]).toEqual([15, 5]);
    saveCheckpoint(run, checkpoint(20));
    expect(names(run)).toEqual(["20", "best.json", "last.json"]);
  });

  it("that does not fit on the disk leaves the one before whole and nothing of itself, at whatever byte the disk is full", () => {
    const run = create();
    saveCheckpoint(run, checkpoint(5));
    // Three files and the pointer: the disk is full at the first, second, third, fourth write.
    for (let full = 1; full <= 4; full++) {
      let writes = 0;
      const files: FileSystem = {
        ...diskFileSystem,
        write(path, bytes, within) {
          if (++writes < full) return diskFileSystem.write(path, bytes, within);
          diskFileSystem.write(path, bytes.subarray(0, bytes.length >> 1));
          return fail("ENOSPC");
        },
      };
      const error = mistake(() => saveCheckpoint({ ...run, files }, checkpoint(10)));
      expect(error.at).toBe(join(run.path, "checkpoints", "10"));
      expect(error.message).toBe("the checkpoint of step 10 can't be saved: the disk is full");
      expect(error.hint).toBe(
        `The one of step 5 is whole. Mend that, then go on with: isthmus train ${run.path} --resume`,
      );
      expect(readCheckpoint(run, "last")).toEqual(checkpoint(5));
      expect(names(run).filter((name) => name.startsWith("."))).toEqual([]);
    }
    // Once there is room again, the same step is saved as if nothing had been.
    saveCheckpoint(run, checkpoint(10));
    expect(readCheckpoint(run, "last")).toEqual(checkpoint(10));
    expect(names(run)).toEqual(["10", "best.json", "last.json"]);
  });

  it("whose renaming fails leaves the one before whole", () => {
    const run = create();
    saveCheckpoint(run, checkpoint(5));
    for (let failing = 1; failing <= 2; failing++) {
      let renames = 0;
      const files: FileSystem = {
        ...diskFileSystem,
        rename: (from, to) => (++renames === failing ? fail("EIO") : diskFileSystem.rename(from, to)),
      };
      expect(mistake(() => saveCheckpoint({ ...run, files }, checkpoint(10))).message).toBe(
        "the checkpoint of step 10 can't be saved: the disk reports an error",
      );
      expect(readCheckpoint(run, "last")).toEqual(checkpoint(5));
      expect(names(run).filter((name) => name.startsWith("."))).toEqual([]);
    }
  });

  it("that was committed as last but not yet named best is named best when the run is taken up", () => {
    const run = create();
    saveCheckpoint(run, checkpoint(5));
    let renames = 0;
    const files: FileSystem = {
      ...diskFileSystem,
      // The folder, last.json, best.json.
      rename: (from, to) => (++renames === 3 ? fail("EIO") : diskFileSystem.rename(from, to)),
    };
    mistake(() => saveCheckpoint({ ...run, files }, checkpoint(10)));
    expect([readPointer(run, "last"), readPointer(run, "best")]).toEqual([10, 5]);
    repairCheckpoints(run, readCheckpoint(run, "last") as Checkpoint);
    expect(names(run)).toEqual(["10", "best.json", "last.json"]);
    expect(readPointer(run, "best")).toBe(10);
  });
});

describe("a damaged checkpoint is named with its file and what to do:", () => {
  const saved = (): RunFolder => {
    const run = create();
    saveCheckpoint(run, checkpoint(5));
    return run;
  };
  const other =
    'Write {"step":N} into checkpoints/last.json, N being another folder in checkpoints/, or delete checkpoints/ to begin this run again.';
  const checksum = /^is damaged: its SHA-256 is not the one in state\.json$/;
  const cases: readonly [what: string, file: string, damage: (path: string) => void, message: RegExp][] = [
    ["weights cut short", "5/model.safetensors", (path) => truncateSync(path, 120), checksum],
    ["weights of no bytes", "5/model.safetensors", (path) => truncateSync(path, 0), checksum],
    [
      "weights of which four bytes have become NaN",
      "5/model.safetensors",
      (path) => lastNumber(path, Number.NaN),
      checksum,
    ],
    ["slots that were changed", "5/optimizer.safetensors", (path) => lastNumber(path, 4), checksum],
    ["weights that are missing", "5/model.safetensors", rmSync, /^can't be read: no such file or folder$/],
    ["slots that are missing", "5/optimizer.safetensors", rmSync, /^can't be read: no such file or folder$/],
    ["a state that is missing", "5/state.json", rmSync, /^can't be read: no such file or folder$/],
    ["a state cut short", "5/state.json", (path) => truncateSync(path, 20), /^is damaged: it is not JSON$/],
    ["a state of no bytes", "5/state.json", (path) => truncateSync(path, 0), /^is damaged: it is empty$/],
    [
      "a state of another kind",
      "5/state.json",
      (path) => writeFileSync(path, '{"format":2}'),
      /^is damaged at format: /,
    ],
  ];
  for (const [what, file, damage, message] of cases) {
    it(what, () => {
      const run = saved();
      damage(join(run.path, "checkpoints", file));
      const error = mistake(() => readCheckpoint(run, "last"));
      expect(error.at).toBe(join(run.path, "checkpoints", file));
      expect(error.message).toMatch(message);
      expect(error.hint).toBe(other);
    });
  }
  it("a folder that is missing", () => {
    const run = saved();
    rmSync(join(run.path, "checkpoints", "5"), { recursive: true });
    expect(mistake(() => readCheckpoint(run, "last")).message).toBe("is missing, but checkpoints/last.json names it");
  });
  it("last.json itself", () => {
    const run = saved();
    const path = join(run.path, "checkpoints", "last.json");
    writeFileSync(path, '{"stop":5}');
    const error = mistake(() => readCheckpoint(run, "last"));
    expect([error.at, error.message]).toEqual([path, "is damaged: it names no step"]);
    expect(readFileSync(path, "utf8")).toBe('{"stop":5}');
  });
});

describe("checkpoints without last.json", () => {
  const lose = (run: RunFolder): RunFolder => {
    rmSync(join(run.path, "checkpoints", "last.json"));
    return run;
  };

  it("are not begun again over: the newest whole one is named, with the text that mends it", () => {
    const run = create();
    saveCheckpoint(run, checkpoint(5));
    saveCheckpoint(run, checkpoint(10, 5));
    truncateSync(join(run.path, "checkpoints", "10", "model.safetensors"), 100);
    const { at, message, hint } = mistake(() => expectLastPointer(lose(run)));
    expect([at, message]).toEqual([
      join(run.path, "checkpoints", "last.json"),
      "is missing, but there are checkpoints",
    ]);
    expect(hint).toBe(
      'The newest whole one is that of step 5: write {"step":5} into the file to go on from it, or delete checkpoints/ to begin this run again.',
    );
    const [, text = ""] = /write (\{.*?\})/.exec(hint ?? "") ?? [];
    writeFileSync(at ?? "", text);
    expectLastPointer(run);
    expect(readCheckpoint(run, "last")?.state.step).toBe(5);
  });

  it("of which none is whole are said to be so", () => {
    const run = create();
    saveCheckpoint(run, checkpoint(5));
    rmSync(join(run.path, "checkpoints", "5", "state.json"));
    expect(mistake(() => expectLastPointer(lose(run))).hint).toBe(
      "None of them is whole. Delete checkpoints/ to begin this run again.",
    );
    rmSync(join(run.path, "checkpoints"), { recursive: true });
    expect(() => expectLastPointer(run)).not.toThrow();
  });

  it("are taken up where the process ended between the two renamings of the first one", () => {
    const run = create();
    let renamings = 0;
    const ended = {
      ...run,
      files: {
        ...diskFileSystem,
        rename: (from: string, to: string) => (++renamings === 2 ? fail("EIO") : diskFileSystem.rename(from, to)),
        remove: (path: string) => (renamings === 2 ? undefined : diskFileSystem.remove(path)),
      },
    };
    mistake(() => saveCheckpoint(ended, checkpoint(5)));
    expect(names(run)).toEqual([".last.json", "5"]);
    expectLastPointer(run);
    expect(readPointer(run, "last")).toBe(5);
  });
});

describe("a folder that can't be made", () => {
  it.runIf(process.platform === "linux")("in /proc is told, and does not hang", () => {
    expect(mistake(() => create(diskFileSystem, "/proc/isthmus/runs")).message).toBe(
      "run folders can't be written here: no such file or folder",
    );
  });

  it("for its name is too long, or none, is told", () => {
    expect(mistake(() => create(diskFileSystem, join(out, "n".repeat(300)))).message).toBe(
      "run folders can't be written here: the name is too long",
    );
    expect(mistake(() => create(diskFileSystem, ""))).toMatchObject({
      at: "--out",
      message: "expected a folder, got nothing",
    });
  });

  it("and those above it are made otherwise, and it is told which call made it", () => {
    const deep = join(out, "a", "b");
    expect([diskFileSystem.makeFolder(deep), diskFileSystem.makeFolder(deep)]).toEqual([true, false]);
  });
});

describe("a training that fails early", () => {
  it("leaves no folder without an epoch and a checkpoint, and any other alone", () => {
    const empty = create();
    discardEmptyRun(empty);
    expect(diskFileSystem.exists(empty.path)).toBe(false);
    const [begun, saved] = [create(), create()];
    appendLog(begun, "metrics.jsonl", epoch);
    saveCheckpoint(saved, checkpoint(1));
    for (const run of [begun, saved]) {
      discardEmptyRun(run);
      expect(diskFileSystem.exists(run.path)).toBe(true);
    }
  });
});

/** Sets the last four bytes of a file. */
function lastNumber(path: string, value: number): void {
  const bytes = readFileSync(path);
  bytes.writeFloatLE(value, bytes.length - 4);
  writeFileSync(path, bytes);
}

function fail(code: string): never {
  throw Object.assign(new Error(`${code}: injected`), { code });
}

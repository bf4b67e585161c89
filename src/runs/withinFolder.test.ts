// Run folders that somebody else has made: names that lead elsewhere, and files that are a person's own.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { writeResult } from "../tasks/writeResult.js";
import { resumeTiny, trainTiny } from "../training/testing/tiny.js";
import {
  appendLog,
  cleanCheckpoints,
  cutLog,
  diskFileSystem,
  openRun,
  type RunFolder,
  readCheckpoint,
  readEnvironment,
  readLog,
  removeCheckpoints,
  saveCheckpoint,
  writeRenamed,
} from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-within-"));
afterAll(() => rmSync(folder, { recursive: true }));

let trained = "";
beforeAll(async () => {
  trained = (await trainTiny(folder, { commands: { 3: [{ kind: "stop" }] } })).run.path;
}, 60_000);

let place = "";
let path = "";
let made = 0;
/** A run with a checkpoint of step 3, and beside it a folder `elsewhere` that nothing may touch. */
beforeEach(() => {
  place = join(folder, String(++made));
  mkdirSync(join(place, "elsewhere"), { recursive: true });
  writeFileSync(join(place, "elsewhere", "precious"), "precious\n");
  path = another("run");
});
/** A copy of the run, beside it. */
function another(name: string): string {
  cpSync(trained, join(place, name), { recursive: true });
  return join(place, name);
}
const elsewhere = (...names: string[]): string => join(place, "elsewhere", ...names);
const open = (): RunFolder => openRun(diskFileSystem, path);
const isUntouched = (): void => {
  expect(readdirSync(elsewhere())).toEqual(["precious"]);
  expect(readFileSync(elsewhere("precious"), "utf8")).toBe("precious\n");
};
const link = (name: string, to: string): void => {
  rmSync(join(path, name), { recursive: true, force: true });
  symlinkSync(to, join(path, name));
};
const isLink = "is a link, and nothing in a run folder is followed out of it";

function mistake(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const epoch = (run: RunFolder) => readLog(run, "metrics.jsonl")[0] ?? expect.fail("there is no epoch");

describe("a run folder with links", () => {
  it.each(["metrics.jsonl", "timing.jsonl", "interventions.jsonl"] as const)(
    "%s elsewhere is neither read, cut nor added to",
    (name) => {
      const run = open();
      const record = epoch(run);
      link(name, elsewhere("precious"));
      const at = join(path, name);
      expect(mistake(() => readLog(run, name))).toMatchObject({ at, message: isLink });
      expect(mistake(() => cutLog(run, name, 0))).toMatchObject({ at, message: isLink });
      expect(mistake(() => appendLog(run, name, record as never))).toMatchObject({ at, message: isLink });
      isUntouched();
    },
  );

  it.each(["metrics.jsonl", "timing.jsonl", "interventions.jsonl", "checkpoints", "checkpoints/last.json"])(
    "%s elsewhere keeps it from going on, and what is there stays",
    async (name) => {
      link(name, name === "checkpoints" ? elsewhere() : elsewhere("precious"));
      await expect(resumeTiny(path)).rejects.toMatchObject({ at: join(path, name), message: isLink });
      isUntouched();
    },
  );

  it("a dangling link does not make a file where it points", async () => {
    link("metrics.jsonl", elsewhere("made"));
    await expect(resumeTiny(path)).rejects.toThrow(isLink);
    isUntouched();
  });

  it("checkpoints in another run are neither read nor removed", () => {
    const other = another("other");
    const before = readdirSync(join(other, "checkpoints"));
    link("checkpoints", join(other, "checkpoints"));
    expect(mistake(() => readCheckpoint(open(), "last")).message).toBe(isLink);
    expect(mistake(() => removeCheckpoints(open())).message).toBe(isLink);
    expect(mistake(() => cleanCheckpoints(open())).message).toBe(isLink);
    expect(readdirSync(join(other, "checkpoints"))).toEqual(before);
  });

  it("images and exports elsewhere are written to by nothing", () => {
    for (const name of ["images", "exports"]) {
      link(name, elsewhere());
      const at = join(path, name);
      expect(mistake(() => writeResult(join(path, name, "precious"), "x"))).toMatchObject({ at, message: isLink });
      const run = open();
      expect(mistake(() => run.files.makeFolder(at))).toMatchObject({ at, message: isLink });
      expect(mistake(() => run.files.write(join(at, "precious"), Uint8Array.of(1))).message).toBe(isLink);
      expect(mistake(() => run.files.remove(join(at, "precious"))).message).toBe(isLink);
    }
    isUntouched();
  });

  it("images in another run are not written to either", () => {
    const other = another("other");
    link("images", other);
    expect(mistake(() => writeResult(join(path, "images", "summary.txt"), "x")).message).toBe(isLink);
    expect(readFileSync(join(other, "summary.txt"), "utf8")).toBe("");
  });

  it("a picture that is a link is replaced and not followed", () => {
    mkdirSync(join(path, "images"));
    symlinkSync(elsewhere("precious"), join(path, "images", "curves.png"));
    symlinkSync(elsewhere("precious"), join(path, "images", ".curves.png"));
    writeRenamed(open().files, join(path, "images"), "curves.png", Uint8Array.of(1, 2));
    expect([...readFileSync(join(path, "images", "curves.png"))]).toEqual([1, 2]);
    expect(readdirSync(join(path, "images"))).toEqual(["curves.png"]);
    isUntouched();
  });

  it("experiment.yaml, environment.json and a state elsewhere are not read", () => {
    for (const name of ["environment.json", "checkpoints/3/state.json", "experiment.yaml"]) {
      link(name, elsewhere("precious"));
      const at = join(path, name);
      const read = (): unknown => [readEnvironment(open()), readCheckpoint(open(), "last")];
      expect(mistake(read)).toMatchObject({ at, message: isLink });
      rmSync(at);
      if (name === "environment.json") writeFileSync(at, JSON.stringify(environment));
      else if (name !== "experiment.yaml") saveAgain();
    }
  });

  it("may itself be reached by a link of one's own", async () => {
    symlinkSync(path, join(place, "mine"));
    const { result } = await resumeTiny(join(place, "mine"));
    expect(result.reason).toBe("done");
    writeResult(join(place, "mine", "images", "a.txt"), "a");
    expect(existsSync(join(path, "images", "a.txt"))).toBe(true);
  });
});

const environment = {
  ...{ format: 1, isthmus: "0", node: "v20", platform: "test", started: "" },
  engine: { name: "reference", library: "test", threads: 1 },
  data: { name: "tiny", checksums: {} },
};
function saveAgain(): void {
  const step = join(path, "checkpoints", "3");
  const saved = mistake(() => readCheckpoint(open(), "last"));
  expect(saved.at).toBe(join(step, "state.json"));
  rmSync(join(path, "checkpoints"), { recursive: true });
  mkdirSync(join(path, "checkpoints"));
}

describe("a file with a name elsewhere (a hard link)", () => {
  it.each(["metrics.jsonl", "timing.jsonl", "interventions.jsonl"] as const)(
    "%s is copied before it is cut or added to",
    (name) => {
      const run = open();
      const record = epoch(run);
      rmSync(join(path, name));
      linkSync(elsewhere("precious"), join(path, name));
      appendLog(run, name, record as never);
      isUntouched();
      rmSync(join(path, name));
      linkSync(elsewhere("precious"), join(path, name));
      cutLog(run, name, 0);
      expect(readFileSync(join(path, name), "utf8")).toBe("");
      isUntouched();
    },
  );

  it("under a temporary name is not written into", () => {
    linkSync(elsewhere("precious"), join(path, "checkpoints", ".last.json"));
    mkdirSync(join(path, "checkpoints", ".4"));
    for (const name of ["state.json", "model.safetensors"])
      linkSync(elsewhere("precious"), join(path, "checkpoints", ".4", name));
    const last = readCheckpoint(open(), "last") ?? expect.fail("there is no checkpoint");
    saveCheckpoint(open(), { ...last, state: { ...last.state, step: 4 } });
    expect(readCheckpoint(open(), "last")?.state.step).toBe(4);
    isUntouched();
  });
});

describe.skipIf(process.platform === "win32")("what is no regular file", () => {
  it.each([
    "metrics.jsonl",
    "environment.json",
    "experiment.yaml",
    "checkpoints/last.json",
    "checkpoints/3/state.json",
  ])("%s as a FIFO is named, and not waited for", (name) => {
    rmSync(join(path, name));
    execFileSync("mkfifo", [join(path, name)]);
    const read = () => [readLog(open(), "metrics.jsonl"), readEnvironment(open()), readCheckpoint(open(), "last")];
    expect(mistake(read)).toMatchObject({
      at: join(path, name),
      message: "is neither a file nor a folder, expected a file",
    });
  });

  it("checkpoints as a file is named", async () => {
    rmSync(join(path, "checkpoints"), { recursive: true });
    writeFileSync(join(path, "checkpoints"), "");
    await expect(resumeTiny(path)).rejects.toMatchObject({
      at: join(path, "checkpoints"),
      message: "is a file, expected a folder",
    });
  });
});

describe("a person's own files in checkpoints/", () => {
  /** What people leave there. */
  const own = [
    "notes.txt",
    "backup/state.json",
    "2024/photo.png",
    "7/notes.txt",
    "500/state.json",
    ".hidden/a",
    "90/x/y",
  ];
  const leave = (): void => {
    for (const name of own) {
      const file = join(path, "checkpoints", name);
      mkdirSync(join(file, ".."), { recursive: true });
      // A copy of a checkpoint under another number is a person's too.
      writeFileSync(file, name.endsWith("state.json") ? '{"step":3}' : "mine");
    }
  };
  const kept = (): readonly string[] => own.filter((name) => existsSync(join(path, "checkpoints", name)));

  it("stay when the run goes on to its end", async () => {
    leave();
    await resumeTiny(path);
    expect(kept()).toEqual(own);
  });

  it("stay when the run begins again from nothing", () => {
    leave();
    removeCheckpoints(open());
    expect(kept()).toEqual(own);
    expect(readdirSync(join(path, "checkpoints"))).not.toContain("last.json");
    expect(readdirSync(join(path, "checkpoints"))).not.toContain("3");
  });

  it("get another name beside it where a checkpoint needs their place", () => {
    mkdirSync(join(path, "checkpoints", "4"));
    writeFileSync(join(path, "checkpoints", "4", "notes.txt"), "mine");
    const last = readCheckpoint(open(), "last") ?? expect.fail("there is no checkpoint");
    saveCheckpoint(open(), { ...last, state: { ...last.state, step: 4 } });
    expect(readFileSync(join(path, "checkpoints", "4-not-of-isthmus", "notes.txt"), "utf8")).toBe("mine");
    expect(readdirSync(join(path, "checkpoints"))).toEqual(["3", "4", "4-not-of-isthmus", "best.json", "last.json"]);
  });

  it("while what a killed process left is removed", () => {
    const checkpoints = join(path, "checkpoints");
    mkdirSync(join(checkpoints, ".6"));
    writeFileSync(join(checkpoints, ".6", "model.safetensors"), "half");
    writeFileSync(join(checkpoints, ".last.json"), "{");
    mkdirSync(join(checkpoints, "2"));
    writeFileSync(join(checkpoints, "2", "state.json"), '{"step":2}');
    cleanCheckpoints(open());
    expect(readdirSync(checkpoints)).toEqual(["3", "best.json", "last.json"]);
    renameSync(join(checkpoints, "3"), join(checkpoints, "30"));
    cleanCheckpoints(open());
    expect(readdirSync(checkpoints)).toEqual(["30", "best.json", "last.json"]);
  });
});

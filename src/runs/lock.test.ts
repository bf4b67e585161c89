// One training at a time in a run folder.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { diskFileSystem, lockRun, type Processes, type RunFolder, thisProcess } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

let run: RunFolder;
let made = 0;
beforeEach(() => {
  const path = join(folder, String(++made));
  diskFileSystem.makeFolder(path);
  run = { path, files: diskFileSystem };
});
const lockFile = (): string => join(run.path, "lock.json");

/** A machine on which process 7 runs since moment 100, and this is process 8. */
const machine: Processes = { host: "here", id: 8, started: (id) => ({ 7: "100", 8: "200" })[id] };
const held = (change: object): void =>
  writeFileSync(lockFile(), JSON.stringify({ process: 7, started: "100", host: "here", ...change }));

function refusal(): UserError {
  try {
    lockRun(run, machine);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("the lock was taken");
}

describe("the lock of a run folder", () => {
  it("names the process, and is gone when it is given back", () => {
    const unlock = lockRun(run, machine);
    expect(JSON.parse(readFileSync(lockFile(), "utf8"))).toEqual({ process: 8, started: "200", host: "here" });
    unlock();
    unlock();
    expect(readdirSync(run.path)).toEqual([]);
  });

  it("of a process that runs is refused, of this one too", () => {
    held({});
    expect(refusal()).toMatchObject({
      at: run.path,
      message: "process 7 trains this run at this moment",
      hint: "Wait until it is done, or stop it with: kill -INT 7",
    });
    rmSync(lockFile());
    lockRun(run, machine);
    expect(refusal().message).toBe("process 8 trains this run at this moment");
  });

  it("of another machine is refused, for nobody can know whether its process runs", () => {
    held({ host: "there" });
    expect(refusal()).toMatchObject({
      message: "process 7 on there trains this run",
      hint: `If that training is over, delete ${lockFile()}.`,
    });
  });

  it("is taken over from a process that is gone, whose number another has, or that was killed while writing it", () => {
    for (const text of [{ process: 6 }, { started: "99" }, undefined]) {
      if (text === undefined) writeFileSync(lockFile(), '{"process":7,"st');
      else held(text);
      lockRun(run, machine)();
      expect(readdirSync(run.path)).toEqual([]);
    }
  });

  it("of another is not taken away with the own one", () => {
    const unlock = lockRun(run, machine);
    held({});
    unlock();
    expect(existsSync(lockFile())).toBe(true);
  });

  it("says when the folder can't be written", () => {
    const files = {
      ...diskFileSystem,
      create: () => {
        throw Object.assign(new Error("injected"), { code: "EROFS" });
      },
    };
    expect(() => lockRun({ ...run, files }, machine)).toThrow(
      "the run can't be trained here: the file system is read-only",
    );
  });

  it("knows this machine's processes", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    expect(thisProcess.started(pid)).toBeUndefined();
    expect(thisProcess.started(process.pid)).toBe(thisProcess.started(process.pid));
    if (process.platform === "linux") expect(thisProcess.started(process.pid)).toMatch(/^\d+$/);
  });
});

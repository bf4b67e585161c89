// One training at a time in a run folder.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { diskFileSystem, keepLock, lockRun, type Processes, type RunFolder, thisProcess } from "./index.js";
import { psOf } from "./thisProcess.js";

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
      hint: `Its last sign of life is 0 s old; the run is free when that is 180 s. If that training is over, delete ${lockFile()}.`,
    });
  });

  it("of another machine is taken over when it was not renewed for the lease, by the file system's clock", () => {
    const age = (seconds: number): void => {
      const time = Date.now() / 1000 - seconds;
      utimesSync(lockFile(), time, time);
    };
    held({ host: "there" });
    age(170);
    expect(refusal().hint).toMatch(/^Its last sign of life is 1(69|70|71) s old; /);
    age(190);
    lockRun(run, machine)();
    expect(readdirSync(run.path)).toEqual([]);
    // A machine whose clock is wrong by hours: what counts is the clock that gave both files their times.
    const hours = 3 * 3600;
    const skewed = { ...diskFileSystem, modified: (path: string) => diskFileSystem.modified(path) + 1000 * hours };
    held({ host: "there" });
    expect(() => lockRun({ ...run, files: skewed }, machine)).toThrow("process 7 on there trains this run");
    // Far ahead of that clock: it was set back since.
    age(-hours);
    lockRun(run, machine)();
    expect(readdirSync(run.path)).toEqual([]);
  });

  it("of another container of this host counts while it is renewed, though its process can't be seen", () => {
    const inContainer: Processes = { ...machine, namespace: "pid:[1]" };
    held({ process: 6, namespace: "pid:[2]" });
    expect(() => lockRun(run, inContainer)).toThrow("process 6 on here, in another container, trains this run");
    const old = Date.now() / 1000 - 200;
    utimesSync(lockFile(), old, old);
    lockRun(run, inContainer)();
    // In the same one the process itself is asked for, however new the lock is.
    held({ process: 6, namespace: "pid:[1]" });
    lockRun(run, inContainer)();
    expect(readdirSync(run.path)).toEqual([]);
  });

  it("is renewed while it is kept, and nothing is written where another has taken it", () => {
    let now = 0;
    lockRun(run, machine);
    const keeper = keepLock(run, machine, () => now);
    const old = Date.now() / 1000 - 100;
    utimesSync(lockFile(), old, old);
    now = 14_999;
    keeper.renew();
    expect(diskFileSystem.modified(lockFile())).toBeLessThan(1000 * (old + 1));
    now = 15_000;
    keeper.renew();
    expect(diskFileSystem.modified(lockFile())).toBeGreaterThan(1000 * (old + 50));
    expect(readdirSync(run.path)).toEqual(["lock.json"]);
    held({ host: "there" });
    const message = "process 7 on there has taken this run over, for this one gave no sign of life for 180 s";
    expect(() => keeper.expectHeld()).toThrow(message);
    now = 30_000;
    expect(() => keeper.renew()).toThrow(message);
    expect(JSON.parse(readFileSync(lockFile(), "utf8")).process).toBe(7);
  });

  it("does not take away what is no lock", () => {
    mkdirSync(lockFile());
    writeFileSync(join(lockFile(), "mine"), "");
    expect(refusal()).toMatchObject({ at: lockFile(), message: "is a folder, expected the run's lock" });
    expect(readdirSync(lockFile())).toEqual(["mine"]);
  });

  it.runIf(process.platform === "linux")("is free where its process is a zombie", async () => {
    // The shell that had started it has become another program, which never asks how it ended.
    const parent = spawn(
      "sh",
      ["-c", '(while [ "$(cat /proc/$$/comm)" != sleep ]; do :; done) & echo $!; exec sleep 60'],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    try {
      const [text] = (await once(parent.stdout, "data")) as [Buffer];
      const zombie = Number(text);
      const stat = (): string => readFileSync(`/proc/${zombie}/stat`, "utf8");
      while (!/\) Z /.test(stat())) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(thisProcess.started(zombie)).toBeUndefined();
      const started = stat().split(") ")[1]?.split(" ")[19];
      held({ process: zombie, started, host: thisProcess.host });
      lockRun(run, thisProcess)();
      expect(readdirSync(run.path)).toEqual([]);
    } finally {
      parent.kill("SIGKILL");
    }
  });

  it.skipIf(process.platform === "win32")("knows a process by ps where there is no /proc", () => {
    const own = psOf(process.pid);
    expect(own).toEqual(psOf(process.pid));
    expect(own?.isZombie).toBe(false);
    expect(own?.started).toMatch(/ \d{4}$/);
    expect(psOf(spawnSync(process.execPath, ["--version"]).pid)).toBeUndefined();
  });

  it.skipIf(process.platform === "win32")(
    "goes to one of many processes that find the same old one",
    { timeout: 120_000 },
    async () => {
      const loader = new URL("../../scripts/register-typescript.mjs", import.meta.url).href;
      const index = new URL("./index.ts", import.meta.url).href;
      // Each tries 20 folders, at the same moments as the others, and keeps what it gets until all are done.
      const source = `
      import { diskFileSystem, lockRun, thisProcess } from ${JSON.stringify(index)};
      const [root, start] = process.argv.slice(1);
      const won = [];
      for (let i = 0; i < 20; i++) {
        while (Date.now() < Number(start) + 100 * i) {}
        try { lockRun({ path: root + "/" + i, files: diskFileSystem }, thisProcess); won.push(i); } catch {}
      }
      console.log(JSON.stringify(won));
      process.stdin.resume().on("end", () => process.exit());
    `;
      for (let i = 0; i < 20; i++) {
        mkdirSync(join(run.path, String(i)));
        writeFileSync(
          join(run.path, String(i), "lock.json"),
          JSON.stringify({ process: 999_999, started: "1", host: thisProcess.host }),
        );
      }
      const words = ["--import", loader, "--input-type=module", "--eval", source, run.path, String(Date.now() + 5000)];
      const children = Array.from({ length: 4 }, () =>
        spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] }),
      );
      const won = await Promise.all(
        children.map(async (child) => {
          const [text] = (await once(child.stdout, "data")) as [Buffer];
          return JSON.parse(String(text)) as number[];
        }),
      );
      for (const child of children) child.kill("SIGKILL");
      expect(won.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    },
  );

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

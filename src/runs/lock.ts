// One training at a time in a run folder: lock.json says which process has it. A lock whose process is gone is taken over; where
// nobody here can know, because it runs on another machine or in another container, the lock counts while it is renewed.
import { z } from "zod";
import { escapeName } from "../base/controls.js";
import { UserError } from "../base/errors.js";
import { withFileErrors } from "./fileSystem.js";
import { type RunFolder, writeRenamed } from "./runFolder.js";

/** What a lock needs to know of the machine's processes. */
export interface Processes {
  readonly host: string;
  /** What numbers processes: a container's differ from its host's. Absent where that is not known. */
  readonly namespace?: string;
  /** Of this process. */
  readonly id: number;
  /** When a process started, as text that no other process of that number has; undefined if there is none that runs. */
  started(id: number): string | undefined;
}

/** How often a training renews its lock, and how long after the last time a lock of elsewhere is free: seconds. */
export const lockLease = { renewed: 15, free: 180 } as const;

const lockSchema = z.object({
  process: z.int().positive(),
  started: z.string().max(200),
  host: z.string().max(300),
  namespace: z.string().max(200).optional(),
});
type Lock = z.output<typeof lockSchema>;

/**
 * Takes the run folder for this process.
 * @returns gives it back; safe to call twice
 * @throws UserError if another training has it, and if the folder can't be written
 */
export function lockRun(run: RunFolder, processes: Processes): () => void {
  const { files, path: at } = run;
  const path = lockPath(run);
  const bytes = lockBytes(processes);
  return withFileErrors(
    { at, what: "the run can't be trained here", hint: "Check that the folder may be written to." },
    () => {
      for (let attempt = 0; attempt < 20; attempt++) {
        if (files.create(path, bytes)) return () => release(run, path, bytes);
        expectFile(run, path);
        const old = readBytes(run, path);
        if (old === undefined) continue;
        const held = lockOf(old);
        if (held !== undefined) expectGone(held, processes, run, path);
        if (takeOver(run, old, bytes, processes)) return () => release(run, path, bytes);
      }
      throw new UserError(`the run's lock can't be taken: others take it again and again`, {
        at: path,
        hint: "If no training of this run goes on, delete it.",
      });
    },
  );
}

/**
 * Puts this process' lock in the place of one whose process is gone. Of many that find the same, one may: who makes the file that has
 * the old lock's checksum in its name. There is a lock at every moment, so that nobody takes the folder in between.
 * @returns false where another was first
 */
function takeOver(run: RunFolder, old: Uint8Array, own: Uint8Array, processes: Processes): boolean {
  const { files } = run;
  const path = lockPath(run);
  const claim = files.join(run.path, `.lock-${files.checksum(old).slice(0, 16)}.json`);
  if (!files.create(claim, own)) {
    const claimant = lockOf(readBytes(run, claim) ?? new Uint8Array());
    // One that was ended while it took the lock over leaves its claim behind.
    const isHere = claimant?.host === processes.host && claimant.namespace === processes.namespace;
    if (claimant !== undefined && isHere && processes.started(claimant.process) !== claimant.started)
      files.remove(claim);
    return false;
  }
  try {
    const now = readBytes(run, path);
    if (now === undefined || !isSame(now, old)) return false;
    writeRenamed(files, run.path, "lock.json", own);
    return true;
  } finally {
    files.remove(claim);
  }
}

/** @throws UserError where something else is in the lock's place, which stays there */
function expectFile({ files }: RunFolder, path: string): void {
  const kind = files.kind(path);
  if (kind === undefined || kind === "file") return;
  throw new UserError(`is a ${kind === "other" ? "special file" : kind}, expected the run's lock`, {
    at: path,
    hint: "Move it out of the run folder.",
  });
}

/** What keeps a lock that was taken. */
export interface LockKeeper {
  /** Renews the lock where that is due. @throws UserError as `expectHeld` */
  renew(): void;
  /** @throws UserError where another process has the run now, because this one was stopped for longer than the lease */
  expectHeld(): void;
}

/** @param milliseconds a clock that never goes back */
export function keepLock(
  run: RunFolder,
  processes: Processes,
  milliseconds: () => number = () => performance.now(),
): LockKeeper {
  const path = lockPath(run);
  const bytes = lockBytes(processes);
  const own = JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)));
  let renewed = milliseconds();
  const expectHeld = (): void => {
    const found = lockOf(readBytes(run, path) ?? new Uint8Array());
    if (found === undefined || JSON.stringify(found) === own) return;
    throw new UserError(
      `process ${found.process} on ${escapeName(found.host)} has taken this run over, for this one gave no sign of life for ${lockLease.free} s`,
      { at: run.path, hint: "This training ends here. The other one goes on from the last checkpoint." },
    );
  };
  return {
    expectHeld,
    renew() {
      if (milliseconds() - renewed < 1000 * lockLease.renewed) return;
      expectHeld();
      renewed = milliseconds();
      try {
        // Renamed over the old one, so that there is a lock at every moment; the file system gives it its time.
        writeRenamed(run.files, run.path, "lock.json", bytes);
      } catch {
        // A disk that is full for a moment ends no training.
      }
    },
  };
}

function lockPath({ files, path }: RunFolder): string {
  return files.join(path, "lock.json");
}

function lockBytes({ id, host, namespace, started }: Processes): Uint8Array {
  const own: Lock = {
    process: id,
    started: started(id) ?? "",
    host,
    ...(namespace === undefined ? {} : { namespace }),
  };
  return new TextEncoder().encode(`${JSON.stringify(own)}\n`);
}

function release({ files }: RunFolder, path: string, own: Uint8Array): void {
  try {
    const found = files.read(path);
    if (isSame(found, own)) files.remove(path);
  } catch {
    // What is gone is free; what can't be removed is taken over, for its process ends.
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Undefined for what was removed in between. */
function readBytes({ files }: RunFolder, path: string): Uint8Array | undefined {
  try {
    return files.read(path);
  } catch {
    return undefined;
  }
}

/** Undefined for what is no lock: half written by a process that was killed. */
function lockOf(bytes: Uint8Array): Lock | undefined {
  try {
    return lockSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

function expectGone(held: Lock, processes: Processes, run: RunFolder, path: string): void {
  const { path: at } = run;
  const isOtherHost = held.host !== processes.host;
  const isOtherSpace = (held.namespace ?? processes.namespace) !== (processes.namespace ?? held.namespace);
  if (isOtherHost || isOtherSpace) {
    const seconds = secondsSince(run, path, processes);
    // Ahead of the clock that is the file system's own means that the clock was set: as good as old.
    if (Math.abs(seconds) > lockLease.free) return;
    const host = escapeName(held.host);
    const where = isOtherHost ? host : `${host}, in another container,`;
    throw new UserError(`process ${held.process} on ${where} trains this run`, {
      at,
      hint: `Its last sign of life is ${Math.max(0, Math.round(seconds))} s old; the run is free when that is ${lockLease.free} s. If that training is over, delete ${path}.`,
    });
  }
  const started = processes.started(held.process);
  if (started === undefined || started !== held.started) return;
  throw new UserError(`process ${held.process} trains this run at this moment`, {
    at,
    hint: `Wait until it is done, or stop it with: kill -INT ${held.process}`,
  });
}

/** By the clock that gave the lock its time: a file that is written now is held against it. */
function secondsSince({ files, path }: RunFolder, lock: string, { id }: Processes): number {
  const probe = files.join(path, `.lock-${id}.json`);
  try {
    files.write(probe, new Uint8Array());
    return (files.modified(probe) - files.modified(lock)) / 1000;
  } finally {
    files.remove(probe);
  }
}

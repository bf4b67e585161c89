// One training at a time in a run folder: lock.json says which process has it. A lock whose process is gone is taken over.
import { z } from "zod";
import { InternalError, UserError } from "../base/errors.js";
import { withFileErrors } from "./fileSystem.js";
import type { RunFolder } from "./runFolder.js";

/** What a lock needs to know of the machine's processes. */
export interface Processes {
  readonly host: string;
  /** Of this process. */
  readonly id: number;
  /** When a process started, as text that no other process of that number has; undefined if there is none. */
  started(id: number): string | undefined;
}

const lockSchema = z.object({ process: z.int().positive(), started: z.string(), host: z.string() });
type Lock = z.output<typeof lockSchema>;

/**
 * Takes the run folder for this process.
 * @returns gives it back; safe to call twice
 * @throws UserError if another training has it, and if the folder can't be written
 */
export function lockRun(run: RunFolder, processes: Processes): () => void {
  const { files, path: at } = run;
  const path = files.join(at, "lock.json");
  const own: Lock = { process: processes.id, started: processes.started(processes.id) ?? "", host: processes.host };
  const bytes = new TextEncoder().encode(`${JSON.stringify(own)}\n`);
  return withFileErrors(
    { at, what: "the run can't be trained here", hint: "Check that the folder may be written to." },
    () => {
      for (let attempt = 0; attempt < 3; attempt++) {
        if (files.create(path, bytes)) return () => release(run, path, bytes);
        const held = readLock(run, path);
        if (held !== undefined) expectGone(held, processes, run, path);
        const taken = files.join(at, `.lock-${processes.id}.json`);
        try {
          files.rename(path, taken);
        } catch {
          // Another process was first.
          continue;
        }
        // Two may find the same old lock: what was renamed can be the first one's new lock, which goes back.
        if (JSON.stringify(readLock(run, taken)) === JSON.stringify(held)) files.remove(taken);
        else files.rename(taken, path);
      }
      throw new InternalError(`${path} could not be taken`);
    },
  );
}

function release({ files }: RunFolder, path: string, own: Uint8Array): void {
  try {
    const found = files.read(path);
    if (found.length === own.length && found.every((byte, i) => byte === own[i])) files.remove(path);
  } catch {
    // What is gone is free; what can't be removed is taken over, for its process ends.
  }
}

/** Undefined for what is no lock: half written by a process that was killed, or removed in between. */
function readLock({ files }: RunFolder, path: string): Lock | undefined {
  try {
    return lockSchema.parse(JSON.parse(new TextDecoder().decode(files.read(path))));
  } catch {
    return undefined;
  }
}

function expectGone(held: Lock, processes: Processes, { path: at }: RunFolder, path: string): void {
  if (held.host !== processes.host) {
    throw new UserError(`process ${held.process} on ${held.host} trains this run`, {
      at,
      hint: `If that training is over, delete ${path}.`,
    });
  }
  const started = processes.started(held.process);
  if (started === undefined || started !== held.started) return;
  throw new UserError(`process ${held.process} trains this run at this moment`, {
    at,
    hint: `Wait until it is done, or stop it with: kill -INT ${held.process}`,
  });
}

// Files that a person names, read whole: regular files only, their size looked at first. A FIFO would wait for ever and a
// device never end.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import { readError } from "./readError.js";

/** What a file may have at most, and what it is called in the sentence that refuses more. */
export interface FileBound {
  /** In bytes. */
  readonly bytes: number;
  /** `an experiment file` */
  readonly of: string;
}

/** The longest array that every supported Node can hold: 4 GiB. */
export const longestArray = 2 ** 32;

/**
 * The bytes of a regular file; links to one are followed.
 * @param options.bound default 4 GiB
 * @param options.isShared in shared memory, so that other threads see it without a copy. Default false
 * @throws UserError where there is none, it is a folder, a FIFO, a socket or a device, larger than its bound, or can't be read
 */
export function readRegularFile(
  path: string,
  options: { readonly bound?: FileBound; readonly isShared?: boolean } = {},
): Uint8Array {
  return withRegularFile(path, (file, size) => {
    const { bytes: most, of } = options.bound ?? { bytes: longestArray, of: "a file that is read whole" };
    if (size > most) {
      throw new UserError(`has ${withThousands(size)} bytes; ${of} may have at most ${withThousands(most)}`, {
        at: path,
        hint: "Is it the right file?",
      });
    }
    const bytes = new Uint8Array(options.isShared === true ? new SharedArrayBuffer(size) : new ArrayBuffer(size));
    return fill(file, bytes);
  });
}

/** The first bytes of a regular file, at most `length`, and its size. @throws UserError as `readRegularFile` */
export function readFileStart(path: string, length: number): { readonly start: Uint8Array; readonly size: number } {
  return withRegularFile(path, (file, size) => ({
    start: fill(file, new Uint8Array(Math.min(length, size))),
    size,
  }));
}

/** What a path is where it is no regular file, for a sentence: `a FIFO`. Undefined for a regular file. */
export function specialKind(facts: Stats): string | undefined {
  if (facts.isFile()) return undefined;
  if (facts.isDirectory()) return "a folder";
  if (facts.isFIFO()) return "a FIFO";
  if (facts.isSocket()) return "a socket";
  return "a device";
}

function withRegularFile<Result>(path: string, work: (file: number, size: number) => Result): Result {
  let file: number | undefined;
  try {
    // Before it is opened: opening alone can set a device going, or wait for a FIFO's writer.
    refuseSpecial(statSync(path), path);
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const facts = fstatSync(file);
    refuseSpecial(facts, path);
    return work(file, facts.size);
  } catch (cause) {
    throw readError(cause, path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function refuseSpecial(facts: Stats, path: string): void {
  const kind = specialKind(facts);
  if (kind === undefined) return;
  throw new UserError(`is ${kind}, not a file`, {
    at: path,
    hint:
      kind === "a folder"
        ? "Name a file in it."
        : "Name a file on a disk; what is to come out of it must be saved first.",
  });
}

/** As many bytes as there are; fewer where the file has become shorter meanwhile. */
function fill(file: number, bytes: Uint8Array): Uint8Array {
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(file, bytes, done, bytes.length - done, done);
    if (count === 0) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}

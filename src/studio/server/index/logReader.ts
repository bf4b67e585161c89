// A log of a run (one JSON object a line) read as it grows: only what is new, never more than a piece at a time, and what is
// damaged is named and passed over.
import { readPart, readSmall, UnreadableFile } from "./safeFiles.js";

const pieceBytes = 2 ** 18;
/** A record has some hundred bytes; one of an experiment with very many figures some thousand. */
const longestLine = 2 ** 20;
const newline = 10;
/** Shared: ten thousand empty arrays are much for a garbage collector. */
const nothing = new Uint8Array();
const decoder = new TextDecoder();

export interface LogLine<Record> {
  readonly record: Record;
  /** Among the lines that could be read, from 0. */
  readonly place: number;
}

export interface LogReader {
  /** Lines that could be read so far. */
  readonly count: number;
  /** Sentences about the others. */
  readonly problems: readonly string[];
  /** The log ends within a line, which a training may be writing. */
  readonly isOpenEnded: boolean;
  /** What the file looked like when it was last read; empty where there is none. */
  readonly mark: string;
  /** When it was last written, by the file system's clock; 0 where there is none. */
  readonly modified: number;
  /**
   * Reads what has come since, at most `pieces` pieces of 256 KB.
   * @returns whether there is more to read now
   */
  read(pieces: number): boolean;
}

/**
 * @param path of the file
 * @param name for problems
 * @param take is handed each whole line as JSON; false where it is no such record
 * @param forget called where the file was cut, exchanged or can't be read any more: everything before is void
 */
export function openLog(
  path: () => string | undefined,
  name: string,
  take: (value: unknown, place: number) => boolean,
  forget: () => void = () => {},
): LogReader {
  let offset = 0;
  let inode = 0;
  let line = 0;
  let count = 0;
  let rest: Uint8Array<ArrayBuffer> = nothing;
  let isGivenUp = false;
  let mark = "";
  let modified = 0;
  let problems: string[] = [];
  /** Why the file can't be opened now. */
  let unreadable: string | undefined;
  const note = (sentence: string): void => {
    if (problems.length < 5 && !problems.includes(sentence)) problems.push(sentence);
  };
  const begin = (): void => {
    if (offset > 0) forget();
    offset = 0;
    line = 0;
    count = 0;
    rest = nothing;
    isGivenUp = false;
    problems = [];
  };

  function takeLine(bytes: Uint8Array): void {
    line += 1;
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(bytes));
    } catch {
      note(`line ${line} of ${name} is not JSON`);
      return;
    }
    if (take(value, count)) count += 1;
    else note(`line ${line} of ${name} is no such record`);
  }

  return {
    get count() {
      return count;
    },
    get problems() {
      return unreadable === undefined ? problems : [unreadable, ...problems];
    },
    get isOpenEnded() {
      return rest.length > 0;
    },
    get mark() {
      return mark;
    },
    get modified() {
      return modified;
    },
    read(pieces) {
      for (let piece = 0; piece < pieces; piece++) {
        const at = path();
        let part: ReturnType<typeof readPart>;
        try {
          part = at === undefined ? undefined : readPart(at, pieceBytes, offset);
        } catch (error) {
          if (!(error instanceof UnreadableFile)) throw error;
          begin();
          inode = 0;
          unreadable = `${name} ${error.message}`;
          return false;
        }
        unreadable = undefined;
        mark = part === undefined ? "" : markOfFile(part.inode, part.modified, part.size);
        modified = part?.modified ?? 0;
        if (part === undefined || part.size < offset || (inode !== 0 && part.inode !== inode)) {
          const hadSome = offset > 0;
          begin();
          inode = part?.inode ?? 0;
          if (part === undefined) return false;
          // What was read of it began where the old one ended.
          if (hadSome) continue;
        }
        inode = part.inode;
        if (isGivenUp) return false;
        offset += part.bytes.length;
        let from = 0;
        for (let end = part.bytes.indexOf(newline); end >= 0; end = part.bytes.indexOf(newline, from)) {
          const bytes = part.bytes.subarray(from, end);
          takeLine(rest.length === 0 ? bytes : joined(rest, bytes));
          rest = nothing;
          from = end + 1;
        }
        const left = part.bytes.subarray(from);
        rest = left.length === 0 && rest.length === 0 ? nothing : joined(rest, left);
        if (rest.length > longestLine) {
          note(`line ${line + 1} of ${name} is longer than a million bytes; nothing after it is read`);
          rest = nothing;
          isGivenUp = true;
          return false;
        }
        if (offset >= part.size) return false;
      }
      return true;
    },
  };
}

/** What the last line of a log says. */
export interface LogEnd<Record> {
  readonly record: Record;
  /** As of a reader. */
  readonly mark: string;
  readonly modified: number;
}

/** Most last lines lie in so many bytes. */
const endBytes = 4096;

/**
 * The last line of a log, and nothing before it.
 * @returns undefined where it is not whole, no such record, long, or there is none: a reader says why
 */
export function endOfLog<Record>(path: string, is: (value: unknown) => value is Record): LogEnd<Record> | undefined {
  try {
    const part = readSmall(path, endBytes, -1);
    if (part === undefined || part.bytes.at(-1) !== newline) return undefined;
    const { bytes } = part;
    const before = bytes.lastIndexOf(newline, bytes.length - 2);
    if (before < 0 && part.size > bytes.length) return undefined;
    const record: unknown = JSON.parse(decoder.decode(bytes.subarray(before + 1, -1)));
    if (!is(record)) return undefined;
    return { record, mark: markOfFile(part.inode, part.modified, part.size), modified: part.modified };
  } catch {
    return undefined;
  }
}

/** By which it shows that a file has changed. */
export function markOfFile(inode: number, modified: number, size: number): string {
  return `${inode}:${modified}:${size}`;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

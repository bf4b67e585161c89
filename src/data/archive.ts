// Unpacks .tar.gz archives of data sets into a folder, whole or not at all. Files only: what leaves the folder is refused.
// Format: POSIX.1-1988 ustar, with the long names of GNU tar and of POSIX.1-2001 (pax).
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { UserError } from "../base/errors.js";
import type { OpenContext } from "./define.js";

const blockSize = 512;
/** Bytes of a long name, and of what POSIX lets stand beside it. */
const longestName = 2 ** 20;

/**
 * Unpacks an archive into a new folder.
 * @param folder appears when all is unpacked; must not exist
 * @returns number of files
 * @throws UserError where the archive is damaged, cut off or no archive, holds a link, a device or a path that leads out of
 *   the folder, or cannot be written
 */
export async function unpackTarGzip(archive: string, folder: string, { progress }: OpenContext = {}): Promise<number> {
  const part = `${folder}.part`;
  const damaged = (what: string, cause?: unknown): UserError =>
    new UserError(`the archive ${what}`, { at: archive, hint: "Remove it and get it again.", cause });
  const { size: of } = await stat(archive);
  const packed = createReadStream(archive);
  let files = 0;
  let file: FileHandle | undefined;
  try {
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    const bytes = blocks(packed.pipe(createGunzip()));
    let longName: string | undefined;
    for (;;) {
      const header = await bytes.take(blockSize);
      if (header === undefined) throw damaged("ends before its end mark");
      if (header.every((byte) => byte === 0)) break;
      const { name, size, type } = readHeader(header, damaged);
      const padded = Math.ceil(size / blockSize) * blockSize;
      if (type === "L" || type === "x" || type === "g") {
        if (size > longestName) throw damaged("is damaged: it has a name longer than a file system takes");
        const text = await bytes.take(padded);
        if (text === undefined) throw damaged("is cut off");
        const words = new TextDecoder().decode(text.subarray(0, size));
        if (type === "L") longName = words.replace(/\0.*$/s, "");
        else if (type === "x") longName = /\d+ path=([^\n]*)\n/.exec(words)?.[1] ?? longName;
        continue;
      }
      const wanted = longName ?? name;
      longName = undefined;
      const path = join(part, safePath(wanted, archive));
      if (type === "5") {
        await mkdir(path, { recursive: true });
      } else if (type === "0" || type === "\0") {
        await mkdir(dirname(path), { recursive: true });
        file = await open(path, "w");
        for (let left = size; left > 0; ) {
          const piece = await bytes.some(left);
          if (piece === undefined) throw damaged("is cut off");
          for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten;
          left -= piece.length;
        }
        await file.close();
        file = undefined;
        if (padded > size && (await bytes.take(padded - size)) === undefined) throw damaged("is cut off");
        files++;
        if (files % 100 === 0) progress?.({ done: packed.bytesRead, of, what: "unpacking" });
      } else {
        throw new UserError(`the archive holds ${wanted}, which is neither file nor folder`, {
          at: archive,
          hint: "Unpack it by hand if you trust it.",
        });
      }
    }
    await rename(part, folder);
    progress?.({ done: of, of, what: "unpacking" });
    return files;
  } catch (cause) {
    await file?.close().catch(() => {});
    await rm(part, { recursive: true, force: true });
    if (cause instanceof UserError) throw cause;
    const code = String((cause as NodeJS.ErrnoException).code);
    if (code.startsWith("Z_")) throw damaged("is damaged or cut off", cause);
    throw new UserError(code === "ENOSPC" ? "the disk is full; nothing was unpacked" : `cannot be unpacked (${code})`, {
      at: folder,
      hint: "Check that the folder may be written to and that the disk has room.",
      cause,
    });
  } finally {
    packed.destroy();
  }
}

function readHeader(
  header: Uint8Array,
  damaged: (what: string) => UserError,
): { name: string; size: number; type: string } {
  const text = (from: number, length: number): string =>
    new TextDecoder().decode(header.subarray(from, from + length)).replace(/\0.*$/s, "");
  const octal = (from: number, length: number): number => Number.parseInt(text(from, length).trim() || "0", 8);
  // The sum of all bytes, those of the sum itself taken as spaces.
  let sum = 8 * 32;
  for (let i = 0; i < blockSize; i++) if (i < 148 || i >= 156) sum += header[i] as number;
  const size = octal(124, 12);
  if (octal(148, 8) !== sum || !Number.isSafeInteger(size)) throw damaged("is damaged, or no tar archive");
  const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
  return {
    name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    size,
    type: String.fromCharCode(header[156] as number),
  };
}

/** @throws UserError for a path that is absolute or leads upwards */
function safePath(name: string, archive: string): string {
  const parts = name.split(/[/\\]/);
  if (/^([/\\]|[A-Za-z]:)/.test(name) || parts.includes("..") || name.includes("\0")) {
    throw new UserError(
      `the archive holds ${JSON.stringify(name)}, which leads out of its folder; nothing was unpacked`,
      {
        at: archive,
        hint: "Do not use this archive; get it from its origin.",
      },
    );
  }
  return parts.filter((part) => part !== "." && part !== "").join("/");
}

/** Takes a stream apart into pieces of wanted lengths. */
function blocks(stream: AsyncIterable<unknown>) {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  const fill = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    rest = next.value as Uint8Array;
    return true;
  };
  /** At most `length` bytes and at least one; undefined at the end. */
  const some = async (length: number): Promise<Uint8Array | undefined> => {
    while (rest.length === 0) if (!(await fill())) return undefined;
    const piece = rest.subarray(0, length);
    rest = rest.subarray(piece.length);
    return piece;
  };
  /** Exactly `length` bytes; undefined where there are fewer. */
  const take = async (length: number): Promise<Uint8Array | undefined> => {
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const piece = await some(length - done);
      if (piece === undefined) return undefined;
      out.set(piece, done);
      done += piece.length;
    }
    return out;
  };
  return { some, take };
}

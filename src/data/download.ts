// Files from the network: whole and right, or not at all. What is there already is kept; what was cut off is gone on with.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { createGunzip } from "node:zlib";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { OpenContext } from "./define.js";

export interface Download {
  readonly url: string;
  /** Where the file is to lie. Its folder is made. */
  readonly path: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  /** The file is compressed by gzip and the checksum is that of its contents, which do not change with the packing. */
  readonly isPacked?: boolean;
  /** What a person may do instead, as a sentence: where to put the file by hand. */
  readonly byHand: string;
}

/** The outside of a download; other values than the default are for tests. */
export interface DownloadOutside {
  readonly fetch: typeof fetch;
  /** Writes all bytes at the end of an open file. */
  write(file: FileHandle, bytes: Uint8Array): Promise<void>;
}

const usualOutside: DownloadOutside = {
  fetch: (...request) => fetch(...request),
  async write(file, bytes) {
    for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
  },
};

/**
 * Fetches a file, unless it lies there already. It is written to `PATH.part`, checked, flushed to the disk and only then
 * given its name. A part that an earlier call has left is gone on with where the server can, else begun again; a part of
 * wrong contents is removed.
 * @throws UserError when there is no network, the server refuses, the transfer is cut off, the checksum is wrong or the disk
 *   is full; the sentence says what to do by hand
 */
export async function download(
  { url, path, sha256, isPacked = false, byHand }: Download,
  { progress }: OpenContext = {},
  outside: DownloadOutside = usualOutside,
): Promise<void> {
  if (await isThere(path)) return;
  const part = `${path}.part`;
  let file: FileHandle | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    const had = await stat(part).then(
      ({ size }) => size,
      () => 0,
    );
    const response = await request(url, had, byHand, outside);
    // 206 goes on; with 200 the server sends all once more; with 416 the part is whole already.
    const isWhole = response.status === 416;
    const start = response.status === 206 || isWhole ? had : 0;
    file = await open(part, start === 0 ? "w" : "a");
    if (isWhole) await response.body?.cancel();
    else await receive(response, file, start, { url, path, byHand, progress, outside });
    await file.sync();
    await file.close();
    file = undefined;
    const found = await hashOf(part, isPacked);
    if (found !== sha256) {
      await rm(part, { force: true });
      throw new UserError(`the downloaded file has the SHA-256 ${found}, expected ${sha256}`, {
        at: url,
        hint: `It was changed on its way, or at its source; nothing was kept. ${byHand}`,
      });
    }
    await rename(part, path);
    await flushFolder(dirname(path));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOSPC") {
      await file?.close().catch(() => {});
      file = undefined;
      await rm(part, { force: true });
      throw new UserError("the disk is full; nothing of the download was kept", {
        at: path,
        hint: "Make room, or choose another folder by ISTHMUS_CACHE.",
        cause,
      });
    }
    throw new UserError(`the download cannot be written (${code ?? String(cause)})`, {
      at: path,
      hint: "Check that the folder may be written to, or choose another by ISTHMUS_CACHE.",
      cause,
    });
  } finally {
    await file?.close().catch(() => {});
  }
}

async function request(url: string, had: number, byHand: string, outside: DownloadOutside): Promise<Response> {
  let response: Response;
  try {
    response = await outside.fetch(url, { headers: had > 0 ? { range: `bytes=${had}-` } : {} });
  } catch (cause) {
    const reason = (cause as { cause?: NodeJS.ErrnoException }).cause?.code ?? String(cause);
    throw new UserError(`the server cannot be reached (${reason})`, { at: url, hint: byHand, cause });
  }
  if (response.ok || (response.status === 416 && had > 0)) return response;
  await response.body?.cancel();
  throw new UserError(`the server answers ${response.status} ${response.statusText}`.trim(), { at: url, hint: byHand });
}

async function receive(
  response: Response,
  file: FileHandle,
  start: number,
  details: Pick<Download, "url" | "path" | "byHand"> & { progress: OpenContext["progress"]; outside: DownloadOutside },
): Promise<void> {
  const { url, path, byHand, progress, outside } = details;
  const promised = Number(response.headers.get("content-length") ?? Number.NaN);
  const of = start + promised;
  const what = `downloading ${basename(path)}`;
  let done = start;
  const cutOff = (cause?: unknown): UserError =>
    new UserError(
      `the download was cut off after ${withThousands(done)}${Number.isFinite(of) ? ` of ${withThousands(of)}` : ""} bytes`,
      { at: url, hint: `Run it again: it goes on from there. ${byHand}`, cause },
    );
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read().catch((cause) => Promise.reject(cutOff(cause)));
    if (next === undefined || next.done) break;
    await outside.write(file, next.value).catch(async (cause) => {
      await reader?.cancel().catch(() => {});
      throw cause;
    });
    done += next.value.length;
    progress?.({ done, of: Number.isFinite(of) ? of : done, what });
  }
  if (Number.isFinite(of) && done !== of) throw cutOff();
}

/** Something that is no checksum where the file cannot be unpacked. */
async function hashOf(path: string, isPacked: boolean): Promise<string> {
  const file = createReadStream(path);
  try {
    return await sha256Of(isPacked ? file.pipe(createGunzip()) : file);
  } catch (cause) {
    if (String((cause as NodeJS.ErrnoException).code).startsWith("Z_")) return "of no whole gzip file";
    throw cause;
  } finally {
    file.destroy();
  }
}

/** In hexadecimal. */
export async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest("hex");
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

/** Waits until a folder's names are on the disk. Where a system cannot, the file itself was flushed all the same. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

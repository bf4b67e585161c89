import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { download } from "./download.js";

const contents = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251);
const sha256 = createHash("sha256").update(contents).digest("hex");
const byHand = "Or put data.bin into the folder.";

let folder = "";
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-download-"));
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
  await rm(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/data.bin`;
}
const path = () => join(folder, "cache", "data.bin");
const names = () => readdir(join(folder, "cache"));
const whole: RequestListener = (_, response) => response.setHeader("content-length", contents.length).end(contents);

describe("download", () => {
  it("fetches a file with progress, once, and leaves nothing beside it", async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      requests++;
      whole(request, response);
    });
    const seen: number[] = [];
    const progress = ({ done, of }: { done: number; of: number }) => {
      expect(of).toBe(300_000);
      seen.push(done);
    };
    await download({ url, path: path(), sha256, byHand }, { progress });
    await download({ url, path: path(), sha256, byHand });
    expect(Buffer.compare(await readFile(path()), contents)).toBe(0);
    expect([await names(), requests, seen.at(-1)]).toEqual([["data.bin"], 1, 300_000]);
  });

  it("is cut off with a sentence, and goes on from there when it is run again", async () => {
    let isBroken = true;
    const ranges: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      ranges.push(request.headers.range);
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, { "content-length": contents.length - start });
      if (isBroken) response.write(contents.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
      else response.end(contents.subarray(start));
    });
    const wanted = { url, path: path(), sha256, byHand };
    await expect(download(wanted)).rejects.toMatchObject({
      name: "UserError",
      at: url,
      message: "the download was cut off after 100,000 of 300,000 bytes",
      hint: `Run it again: it goes on from there. ${byHand}`,
    });
    expect(await names()).toEqual(["data.bin.part"]);
    isBroken = false;
    await download(wanted);
    expect(ranges).toEqual([undefined, "bytes=100000-"]);
    expect(Buffer.compare(await readFile(path()), contents)).toBe(0);
    expect(await names()).toEqual(["data.bin"]);
  });

  it("begins again where the server cannot go on, and ends where the part was whole", async () => {
    const url = await serve((request, response) => {
      if (request.headers.range === "bytes=300000-") response.writeHead(416).end();
      else whole(request, response);
    });
    const wanted = { url, path: path(), sha256, byHand };
    await download(wanted);
    for (const part of [contents.subarray(0, 999), contents]) {
      await rm(path());
      await writeFile(`${path()}.part`, part);
      await download(wanted);
      expect(Buffer.compare(await readFile(path()), contents)).toBe(0);
    }
  });

  it("refuses a wrong checksum and keeps nothing", async () => {
    const url = await serve(whole);
    const wrong = "0".repeat(64);
    await expect(download({ url, path: path(), sha256: wrong, byHand })).rejects.toMatchObject({
      name: "UserError",
      at: url,
      message: `the downloaded file has the SHA-256 ${sha256}, expected ${wrong}`,
      hint: `It was changed on its way, or at its source; nothing was kept. ${byHand}`,
    });
    expect(await names()).toEqual([]);
  });

  it("checks the contents of a packed file, however it was packed", async () => {
    const url = await serve((_, response) => response.end(gzipSync(contents, { level: 1 })));
    await download({ url, path: path(), sha256, isPacked: true, byHand });
    expect(existsSync(path())).toBe(true);
    await rm(path());
    const plain = await serve(whole);
    await expect(download({ url: plain, path: path(), sha256, isPacked: true, byHand })).rejects.toMatchObject({
      message: `the downloaded file has the SHA-256 of no whole gzip file, expected ${sha256}`,
    });
  });

  it("says that the disk is full, and keeps nothing", async () => {
    const url = await serve(whole);
    const write = async (): Promise<void> => {
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    };
    await expect(download({ url, path: path(), sha256, byHand }, {}, { fetch, write })).rejects.toMatchObject({
      name: "UserError",
      at: path(),
      message: "the disk is full; nothing of the download was kept",
      hint: "Make room, or choose another folder by ISTHMUS_CACHE.",
    });
    expect(await names()).toEqual([]);
  });

  it("says without a network where to put the file by hand", async () => {
    // A port that was free a moment ago: nobody listens.
    const url = await serve(whole);
    await new Promise((resolve) => server?.close(resolve));
    await expect(download({ url, path: path(), sha256, byHand })).rejects.toMatchObject({
      name: "UserError",
      at: url,
      message: "the server cannot be reached (ECONNREFUSED)",
      hint: byHand,
    });
  });

  it("tells what the server answers", async () => {
    const url = await serve((_, response) => response.writeHead(404).end("gone"));
    await expect(download({ url, path: path(), sha256, byHand })).rejects.toMatchObject({
      message: "the server answers 404 Not Found",
      hint: byHand,
    });
  });
});

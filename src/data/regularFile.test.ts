import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFileStart, readRegularFile } from "./regularFile.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-regular-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a file that is read whole", () => {
  it("is read by its own path and by a link, into shared memory where that is asked for", () => {
    writeFileSync(join(folder, "a"), Uint8Array.of(1, 2, 3));
    symlinkSync("a", join(folder, "link"));
    expect([...readRegularFile(join(folder, "link"))]).toEqual([1, 2, 3]);
    expect(readRegularFile(join(folder, "a"), { isShared: true }).buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(readFileStart(join(folder, "a"), 2)).toEqual({ start: Uint8Array.of(1, 2), size: 3 });
  });

  it("is no device, whose end never comes", () => {
    expect(() => readRegularFile("/dev/zero")).toThrow("is a device, not a file");
    expect(() => readFileStart("/dev/zero", 4)).toThrow("is a device, not a file");
  });

  it("is no FIFO, which would be waited for", () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    symlinkSync("pipe", join(folder, "link"));
    expect(() => readRegularFile(join(folder, "pipe"))).toThrow("is a FIFO, not a file");
    expect(() => readRegularFile(join(folder, "link"))).toThrow("is a FIFO, not a file");
  });

  it("is no socket and no folder", async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(join(folder, "socket"), listening));
    try {
      expect(() => readRegularFile(join(folder, "socket"))).toThrow("is a socket, not a file");
    } finally {
      server.close();
    }
    mkdirSync(join(folder, "folder"));
    expect(() => readRegularFile(join(folder, "folder"))).toThrow("is a folder, not a file");
  });

  it("is looked at before memory is taken for it", () => {
    writeFileSync(join(folder, "large"), "");
    truncateSync(join(folder, "large"), 2 ** 40);
    const bound = { bytes: 1000, of: "an experiment file" };
    expect(() => readRegularFile(join(folder, "large"), { bound })).toThrow(
      "has 1,099,511,627,776 bytes; an experiment file may have at most 1,000",
    );
    expect(() => readRegularFile(join(folder, "large"))).toThrow("may have at most 4,294,967,296");
  });

  it("has a name that a file can have", () => {
    expect(() => readRegularFile(join(folder, "a\0b"))).toThrow("is no name that a file can have");
    expect(() => readRegularFile(join(folder, "missing"))).toThrow("there is no such file or folder");
    symlinkSync("loop", join(folder, "loop"));
    expect(() => readRegularFile(join(folder, "loop"))).toThrow("is a link that leads back to itself");
  });
});

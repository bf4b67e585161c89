// What a walk through folders takes and leaves out, on the disk and on one that is made up.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodePicture } from "./decode.js";
import { type FileFacts, type FolderDisk, folderDisk, mostFileBytes, readPictureFile } from "./folderDisk.js";
import { findPictures } from "./pictureFolder.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-walk-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const put = (name: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), "a picture by its name");
};
const names = async (...given: Parameters<typeof findPictures>) => {
  const { pictures, skipped } = await findPictures(...given);
  return { pictures: pictures.map(({ name }) => name), skipped };
};

/** A disk of folders on devices; what is in no list is a file. */
function madeUp(
  folders: Readonly<Record<string, readonly string[]>>,
  about: Readonly<Record<string, Partial<FileFacts>>>,
) {
  const numbers = new Map(Object.keys(folders).map((path, number) => [path, number]));
  const disk: FolderDisk = {
    ...folderDisk,
    list: async (path) => folders[path] ?? [],
    facts: async (path) => ({
      ...{ kind: folders[path] === undefined ? ("file" as const) : ("folder" as const), isLink: false, bytes: 1 },
      ...{ modified: 0, changed: 0, device: 1, number: numbers.get(path) ?? 1000, ...about[path] },
    }),
    isPseudo: async (path) => path.includes("proc"),
  };
  return disk;
}

describe.runIf(process.platform !== "win32")("a walk on the disk", () => {
  it("takes regular files alone: no FIFO, no socket, no device, and waits for none", async () => {
    put("a.png");
    execFileSync("mkfifo", [join(folder, "fifo.png"), join(folder, "without ending")]);
    symlinkSync("/dev/zero", join(folder, "zero.png"));
    const server = createServer();
    await new Promise<void>((listening) => void server.listen(join(folder, "socket.jpg"), listening));
    try {
      expect(await names(folder)).toEqual({
        pictures: ["a.png"],
        skipped: [
          { name: "fifo.png", reason: "is a FIFO, not a file" },
          { name: "socket.jpg", reason: "is a socket, not a file" },
          { name: "zero.png", reason: "is a device, not a file" },
        ],
      });
      for (const name of ["fifo.png", "zero.png", "socket.jpg"]) {
        await expect(decodePicture(join(folder, name))).rejects.toMatchObject({
          name: "UserError",
          message: expect.stringMatching(/^is a (FIFO|device|socket), not a file$/),
        });
      }
    } finally {
      server.close();
    }
  });

  it("leaves out links that lead nowhere, to themselves and back, each with its reason", async () => {
    put("a/one.png");
    put("b/two.png");
    symlinkSync("gone.png", join(folder, "dangling.png"));
    symlinkSync("self", join(folder, "self"));
    symlinkSync("..", join(folder, "a/up"));
    symlinkSync(join(folder, "b"), join(folder, "a/to b"));
    expect(await names(folder)).toEqual({
      pictures: ["a/one.png", "a/to b/two.png", "b/two.png"],
      skipped: [
        { name: "a/up", reason: "this link leads back to a folder that it lies in" },
        { name: "dangling.png", reason: "is a link to what is not there" },
        { name: "self", reason: "is a link that leads back to itself" },
      ],
    });
    await expect(findPictures(folder, { strict: true })).rejects.toMatchObject({ name: "UserError" });
  });

  it("shows control characters of names escaped", async () => {
    symlinkSync("gone", join(folder, "\u001b[2Jclear\nline.png"));
    expect((await findPictures(folder)).skipped).toEqual([
      { name: "\\u001b[2Jclear\\u000aline.png", reason: "is a link to what is not there" },
    ]);
  });

  it("says of a name with a character of code 0, a FIFO and /proc that they are no folders of pictures", async () => {
    await expect(findPictures(`${folder}/a\0b`)).rejects.toMatchObject({
      name: "UserError",
      message: "is no name that a file can have",
    });
    execFileSync("mkfifo", [join(folder, "fifo")]);
    await expect(findPictures(join(folder, "fifo"))).rejects.toMatchObject({ message: "is a FIFO, not a folder" });
    if (process.platform === "linux") {
      await expect(findPictures("/proc")).rejects.toMatchObject({ message: "shows the system itself, not files" });
    }
  });

  it("looks at the size of a file before it is read", () => {
    put("large.png");
    truncateSync(join(folder, "large.png"), mostFileBytes + 1);
    expect(() => readPictureFile(join(folder, "large.png"))).toThrow(
      expect.objectContaining({
        name: "UserError",
        at: join(folder, "large.png"),
        message: "has 1,000,000,001 bytes; a picture's file may have at most 1,000,000,000",
      }),
    );
  });
});

describe("a walk on a made-up disk", () => {
  it("stays on the file system, but follows a link to another one that holds files", async () => {
    const disk = madeUp(
      {
        "/top": ["a.png", "mounted", "linked", "to proc"],
        "/top/mounted": ["hidden.png"],
        "/top/linked": ["b.png", "further"],
        "/top/linked/further": ["c.png"],
        "/top/to proc": ["d.png"],
      },
      {
        "/top/mounted": { device: 2 },
        "/top/linked": { device: 3, isLink: true },
        "/top/linked/b.png": { device: 3 },
        "/top/linked/further": { device: 3 },
        "/top/to proc": { device: 4, isLink: true },
      },
    );
    expect(await names("/top", { disk })).toEqual({
      pictures: ["a.png", "linked/b.png", "linked/further/c.png"],
      skipped: [
        { name: "mounted", reason: "another file system is mounted here" },
        { name: "to proc", reason: "this link leads to the system itself, not to files" },
      ],
    });
  });

  it("stops at a stated count of names, and tells what it walks through when it takes long", async () => {
    const list = Array.from({ length: 50 }, (_, i) => `${i}.png`);
    const disk = madeUp({ "/top": list }, {});
    await expect(findPictures("/top", { disk, most: 49 })).rejects.toMatchObject({
      name: "UserError",
      at: "/top",
      message: "there are more than 49 files and folders in this folder",
    });
    let now = 0;
    const told: unknown[] = [];
    const clock = () => (now += 26);
    await findPictures("/top", { disk, most: 50, clock, progress: (step) => void told.push(step) });
    // A name each 26 ms: after 500 ms, the 20th of 26 ms, it is told.
    expect(told[0]).toEqual({ done: 20, of: 0, what: "looking through /top" });
  });

  it("of folders linked a million ways into one another ends at that count", async () => {
    // Each level has two links to the next one: 2^30 ways to the last.
    const disk: FolderDisk = {
      ...madeUp({}, {}),
      list: async (path) => (path.split("/").length > 30 ? [] : ["a", "b"]),
      facts: async (path) => ({
        ...{ kind: "folder", isLink: path !== "/top", bytes: 1, modified: 0, changed: 0, device: 1 },
        number: path.split("/").length,
      }),
    };
    await expect(findPictures("/top", { disk, most: 10_000 })).rejects.toMatchObject({
      message: "there are more than 10,000 files and folders in this folder",
    });
  });

  it("hears that it is aborted", async () => {
    const disk: FolderDisk = { ...madeUp({}, {}), list: async () => ["a"], facts: madeUp({ "/top": [] }, {}).facts };
    const endless: FolderDisk = { ...disk, facts: async () => await disk.facts("/top") };
    const aborted = new AbortController();
    setTimeout(() => aborted.abort(), 50);
    await expect(
      findPictures("/top", { disk: endless, most: Number.POSITIVE_INFINITY, signal: aborted.signal }),
    ).rejects.toMatchObject({ name: "AbortError" });
  });
});

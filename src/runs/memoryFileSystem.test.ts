import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diskFileSystem } from "./diskFileSystem.js";
import type { FileSystem } from "./fileSystem.js";
import { memoryFileSystem, memoryRoot } from "./memoryFileSystem.js";

const bytes = (text: string) => new TextEncoder().encode(text);

/** What a run folder's life does, and everything that can be seen of it. */
function life(files: FileSystem, root: string): unknown[] {
  const at = (...names: string[]) => join(root, ...names);
  const text = (path: string) => new TextDecoder().decode(files.read(path));
  const refused = (work: () => unknown) => {
    try {
      return work();
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };
  const seen: unknown[] = [];
  seen.push(files.makeFolder(at("a", "b")), files.makeFolder(at("a", "b")), files.exists(at("a")));
  files.write(at("a", "b", "log"), bytes("one"));
  files.append(at("a", "b", "log"), bytes("two"));
  files.append(at("a", "b", "new"), bytes("x"));
  seen.push(text(at("a", "b", "log")), files.size(at("a", "b", "log")), files.list(at("a", "b")));
  files.truncate(at("a", "b", "log"), 4);
  seen.push(text(at("a", "b", "log")));
  seen.push(
    files.create(at("a", "lock"), bytes("1")),
    files.create(at("a", "lock"), bytes("2")),
    text(at("a", "lock")),
  );
  files.rename(at("a", "lock"), at("a", "b", "lock"));
  files.rename(at("a", "b"), at("a", "c"));
  files.syncFolder(at("a"));
  seen.push(files.list(at("a")), files.list(at("a", "c")), files.exists(at("a", "b", "log")));
  seen.push(refused(() => files.read(at("a", "b", "log"))));
  seen.push(refused(() => files.write(at("none", "log"), bytes(""))));
  seen.push(refused(() => files.list(at("none"))));
  seen.push(refused(() => files.rename(at("none"), at("some"))));
  files.remove(at("a", "c"));
  files.remove(at("a", "c"));
  seen.push(files.list(at("a")), files.exists(at("a", "c", "log")));
  return seen;
}

describe("the file system in memory", () => {
  it("does what the disk does", () => {
    const folder = mkdtempSync(join(tmpdir(), "isthmus-memory-"));
    try {
      expect(life(memoryFileSystem(diskFileSystem), memoryRoot)).toEqual(life(diskFileSystem, folder));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leaves paths elsewhere to the file system below, and keeps bytes of its own", () => {
    const folder = mkdtempSync(join(tmpdir(), "isthmus-memory-"));
    try {
      const files = memoryFileSystem(diskFileSystem);
      files.write(join(folder, "a"), bytes("disk"));
      expect(readFileSync(join(folder, "a"), "utf8")).toBe("disk");
      const given = bytes("kept");
      files.write(join(memoryRoot, "a"), given);
      given.fill(0);
      expect(new TextDecoder().decode(files.read(join(memoryRoot, "a")))).toBe("kept");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

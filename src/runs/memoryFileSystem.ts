// Run folders that are kept in memory: paths below a root are held here, all others go to another file system.
import type { FileSystem } from "./fileSystem.js";

/** What `memoryFileSystem` keeps below. No disk has a folder of this name. */
export const memoryRoot = "memory:";

/**
 * Files below `memory:` in memory, everything else on `below`. Writing is done when the call returns, so that a checkpoint's
 * commit means the same as on a disk.
 */
export function memoryFileSystem(below: FileSystem): FileSystem {
  const files = new Map<string, Uint8Array>();
  const folders = new Set<string>([memoryRoot]);
  const placed = (path: string): string | undefined => {
    const plain = path.replaceAll("\\", "/").replace(/\/+$/, "");
    return plain === memoryRoot || plain.startsWith(`${memoryRoot}/`) ? plain : undefined;
  };
  const bytesOf = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw missing(path);
    return bytes;
  };
  const put = (path: string, bytes: Uint8Array): void => {
    if (!folders.has(folderOf(path))) throw missing(path);
    files.set(path, bytes);
  };
  const inside = (path: string, name: string): boolean => name.startsWith(`${path}/`);

  return {
    read: (path) => {
      const own = placed(path);
      return own === undefined ? below.read(path) : bytesOf(own);
    },
    write(path, bytes, within) {
      const own = placed(path);
      if (own === undefined) return below.write(path, bytes, within);
      within?.();
      put(own, bytes.slice());
    },
    create(path, bytes) {
      const own = placed(path);
      if (own === undefined) return below.create(path, bytes);
      if (files.has(own)) return false;
      put(own, bytes.slice());
      return true;
    },
    append(path, bytes, within) {
      const own = placed(path);
      if (own === undefined) return below.append(path, bytes, within);
      within?.();
      const before = files.get(own) ?? new Uint8Array();
      const after = new Uint8Array(before.length + bytes.length);
      after.set(before);
      after.set(bytes, before.length);
      put(own, after);
    },
    truncate(path, bytes) {
      const own = placed(path);
      if (own === undefined) return below.truncate(path, bytes);
      put(own, bytesOf(own).slice(0, bytes));
    },
    rename(from, to) {
      const [source, target] = [placed(from), placed(to)];
      if (source === undefined || target === undefined) return below.rename(from, to);
      const moved = files.get(source);
      if (moved !== undefined) {
        files.delete(source);
        put(target, moved);
        return;
      }
      if (!folders.has(source)) throw missing(from);
      for (const [name, bytes] of [...files]) {
        if (!inside(source, name)) continue;
        files.delete(name);
        files.set(target + name.slice(source.length), bytes);
      }
      for (const name of [...folders]) {
        if (name !== source && !inside(source, name)) continue;
        folders.delete(name);
        folders.add(target + name.slice(source.length));
      }
    },
    syncFolder(path) {
      if (placed(path) === undefined) below.syncFolder(path);
    },
    makeFolder(path) {
      const own = placed(path);
      if (own === undefined) return below.makeFolder(path);
      if (folders.has(own)) return false;
      for (let folder = own; !folders.has(folder); folder = folderOf(folder)) folders.add(folder);
      return true;
    },
    remove(path) {
      const own = placed(path);
      if (own === undefined) return below.remove(path);
      for (const name of [...files.keys()]) if (name === own || inside(own, name)) files.delete(name);
      for (const name of [...folders]) if (name === own || inside(own, name)) folders.delete(name);
    },
    list(path) {
      const own = placed(path);
      if (own === undefined) return below.list(path);
      if (!folders.has(own)) throw missing(path);
      return [...files.keys(), ...folders]
        .filter((name) => name !== own && folderOf(name) === own)
        .map((name) => name.slice(own.length + 1))
        .sort();
    },
    exists(path) {
      const own = placed(path);
      return own === undefined ? below.exists(path) : files.has(own) || folders.has(own);
    },
    kind(path) {
      const own = placed(path);
      if (own === undefined) return below.kind(path);
      return folders.has(own) ? "folder" : files.has(own) ? "file" : undefined;
    },
    size(path) {
      const own = placed(path);
      return own === undefined ? below.size(path) : bytesOf(own).length;
    },
    modified(path) {
      const own = placed(path);
      if (own === undefined) return below.modified(path);
      bytesOf(own);
      // Nobody else sees it, so nobody asks for how old it is.
      return 0;
    },
    join: (...parts) => below.join(...parts),
    checksum: (bytes) => below.checksum(bytes),
    reached: (moment) => below.reached?.(moment),
  };
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? path : path.slice(0, slash);
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or folder in memory, ${path}`), { code: "ENOENT" });
}

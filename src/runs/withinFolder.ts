// Nothing in a run folder leads out of it: a run may come from somebody else, and its names may be links to files elsewhere.
import { UserError } from "../base/errors.js";
import type { FileKind, FileSystem } from "./fileSystem.js";

const separators = /[/\\]+/;

/**
 * Looks at every name of `path` below `root`: none is a link, all but the last are folders.
 * @param root is not looked at itself: a person may reach their run by a link of their own
 * @param path below `root`, absolute or relative as `root` is
 * @returns what the last name is, undefined where there is nothing
 * @throws UserError that names the link, or what is in a folder's place
 */
export function kindWithin(files: FileSystem, root: string, path: string): FileKind | undefined {
  let kind: FileKind | undefined = "folder";
  let at = root;
  for (const name of namesBelow(files, root, path) ?? []) {
    if (kind === undefined) return undefined;
    if (kind !== "folder") throw wrongKind(at, kind, "folder");
    at = files.join(at, name);
    kind = files.kind(at);
    if (kind === "link") throw linkError(at);
  }
  return kind;
}

/**
 * A file system that goes nowhere from a folder: below it no link is followed, only regular files are read, and what is in the
 * place of a file or folder is named. Paths elsewhere go to `files` as they are.
 */
export function withinFolder(files: FileSystem, root: string): FileSystem {
  const expect = (path: string, wanted: "file" | "folder"): void => {
    if (namesBelow(files, root, path) === undefined) return;
    const kind = kindWithin(files, root, path);
    if (kind !== undefined && kind !== wanted) throw wrongKind(path, kind, wanted);
  };
  /** That the way to it is one; what it is itself does not matter. */
  const expectPlace = (path: string): void => {
    const names = namesBelow(files, root, path);
    if (names === undefined || names.length === 0) return;
    kindWithin(files, root, files.join(root, ...names.slice(0, -1)));
  };
  return {
    ...files,
    read(path) {
      expect(path, "file");
      return files.read(path);
    },
    write(path, bytes, within) {
      expectPlace(path);
      files.write(path, bytes, within);
    },
    create(path, bytes) {
      expectPlace(path);
      return files.create(path, bytes);
    },
    append(path, bytes, within) {
      expect(path, "file");
      files.append(path, bytes, within);
    },
    truncate(path, bytes) {
      expect(path, "file");
      files.truncate(path, bytes);
    },
    rename(from, to) {
      expectPlace(from);
      expectPlace(to);
      files.rename(from, to);
    },
    syncFolder(path) {
      expect(path, "folder");
      files.syncFolder(path);
    },
    makeFolder(path) {
      expect(path, "folder");
      return files.makeFolder(path);
    },
    remove(path) {
      expectPlace(path);
      files.remove(path);
    },
    list(path) {
      expect(path, "folder");
      return files.list(path);
    },
    exists: (path) =>
      namesBelow(files, root, path) === undefined ? files.exists(path) : kindWithin(files, root, path) !== undefined,
    size(path) {
      expect(path, "file");
      return files.size(path);
    },
  };
}

/** The names that lead from `root` to `path`; undefined where `path` is not below it. */
function namesBelow(files: FileSystem, root: string, path: string): readonly string[] | undefined {
  // Joined, so that `.` and `..` are gone.
  const [folder, place] = [files.join(root), files.join(path)];
  if (separators.test(folder.charAt(0)) !== separators.test(place.charAt(0))) return undefined;
  const above = folder.split(separators).filter(isName);
  const names = place.split(separators).filter(isName);
  if (above.some((name, i) => name !== names[i]) || names[above.length] === "..") return undefined;
  return names.slice(above.length);
}

function isName(part: string): boolean {
  return part !== "" && part !== ".";
}

const kinds: Readonly<Record<FileKind, string>> = {
  file: "a file",
  folder: "a folder",
  link: "a link",
  other: "neither a file nor a folder",
};

function wrongKind(at: string, found: FileKind, wanted: "file" | "folder"): UserError {
  return new UserError(`is ${kinds[found]}, expected a ${wanted}`, {
    at,
    hint: "Move it out of the run folder.",
  });
}

function linkError(at: string): UserError {
  return new UserError("is a link, and nothing in a run folder is followed out of it", {
    at,
    hint: "Put what it leads to in its place, if that is yours; else remove the link.",
  });
}

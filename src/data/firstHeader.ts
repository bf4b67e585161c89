// The first picture of a folder, for a look at its size: found without walking through the whole folder, not decoded.
import { join } from "node:path";
import { type PictureHeader, readError, readPictureHeader } from "./decode.js";
import type { FolderDisk } from "./folderDisk.js";

/** Files that are tried before it is given up: a folder may hold others than pictures. */
const mostFiles = 20;
/** Names that are looked at in all: a look is to take no time. */
const mostNames = 5000;
/** Folders below one another; links may lead in a circle. */
const deepest = 8;

/**
 * Size and colours of a folder's first picture, by the order of names within each folder; undefined where none of the first
 * files is one.
 * @throws UserError where the folder cannot be read
 */
export async function firstHeader(
  root: string,
  { disk, limitPixels }: { readonly disk: FolderDisk; readonly limitPixels: number },
): Promise<PictureHeader | undefined> {
  let left = mostFiles;
  let names = 0;
  const visit = async (path: string, depth: number): Promise<PictureHeader | undefined> => {
    const listed = await disk.list(path).catch((cause) => Promise.reject(readError(cause, path)));
    for (const name of [...listed].sort()) {
      if (left === 0 || depth > deepest || names++ > mostNames) return undefined;
      if (name.startsWith(".") || name === "__MACOSX") continue;
      const here = join(path, name);
      const { kind } = await disk.facts(here).catch(() => ({ kind: "special" as const }));
      if (kind === "folder") {
        const found = await visit(here, depth + 1);
        if (found !== undefined) return found;
      } else if (kind === "file") {
        left--;
        try {
          return await readPictureHeader(await disk.read(here), { limitPixels });
        } catch {
          // No picture: the next one may be.
        }
      }
    }
    return undefined;
  };
  return await visit(root, 0);
}

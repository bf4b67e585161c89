// The first bytes of a file, for a look at its header.
import { constants, gunzipSync } from "node:zlib";
import { UserError } from "../base/errors.js";
import { readFileStart } from "./regularFile.js";

/** Longer than the headers that are looked for: NPY's first version has up to 65,545 bytes. */
const startBytes = 2 ** 17;

export interface FileStart {
  /** At most 2¹⁷ bytes of the file; of one that ends in `.gz`, what its first 2¹⁷ unpack to. */
  readonly start: Uint8Array;
  /** Of the file as it lies on the disk, in bytes. */
  readonly size: number;
  readonly isPacked: boolean;
}

/** @throws UserError where it is no regular file, can't be read, or is called .gz and is not compressed by gzip */
export function readStart(path: string): FileStart {
  const { start, size } = readFileStart(path, startBytes);
  if (!path.endsWith(".gz")) return { start, size, isPacked: false };
  try {
    // A cut file is no error here: only its beginning is wanted.
    return { start: gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }), size, isPacked: true };
  } catch (cause) {
    throw new UserError("the compressed file is damaged or cut off", { at: path, hint: "Get it again.", cause });
  }
}

// The first bytes of a file, for a look at its header.
import { open } from "node:fs/promises";
import { constants, gunzipSync } from "node:zlib";
import { readError } from "./decode.js";

/** Longer than the headers that are looked for. */
const startBytes = 4096;

/** The first bytes of a file, at most 4096; of one that ends in `.gz`, what the first 4096 unpack to. @throws UserError */
export async function readStart(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(startBytes), 0, startBytes, 0);
      const start = buffer.subarray(0, bytesRead);
      // A cut file is no error here: only its beginning is wanted.
      return path.endsWith(".gz") ? gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }) : start;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readError(cause, path);
  }
}

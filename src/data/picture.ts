// Writes pictures to files. What is in them is made elsewhere.
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../base/errors.js";
import type { Picture } from "../pixels/index.js";
import { sharp } from "./codec.js";

/** The bytes of a PNG file. The same picture gives the same bytes. */
export function encodePng({ width, height, channels, bytes }: Picture): Promise<Uint8Array> {
  return sharp(bytes, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/**
 * Writes a PNG file, with its folder where that is missing. The file appears whole or not at all.
 * @throws UserError when it cannot be written
 */
export async function writePng(path: string, picture: Picture): Promise<void> {
  const bytes = await encodePng(picture);
  const temporary = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new UserError(`the picture cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      at: path,
      hint: "Check that the folder may be written to and that the disk has room.",
      cause: error,
    });
  }
}

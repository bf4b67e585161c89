// Writes a file that a person asked for.
import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { withFileErrors } from "../runs/index.js";

/**
 * A file with its folder, whole or not at all.
 * @param hint what helps where it can't be written
 * @throws UserError where it can't be written
 */
export function writeResult(
  path: string,
  bytes: Uint8Array | string,
  hint = "Choose another place with --out, or make room.",
): void {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.part`;
  const failure = { at: path, what: "can't be written", hint };
  withFileErrors(failure, () => {
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(temporary, bytes);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

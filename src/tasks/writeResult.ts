// Writes a file that a person asked for.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { diskFileSystem, kindWithin, withFileErrors } from "../runs/index.js";

/**
 * A file with its folder, whole or not at all. In a run folder no link is followed out of it.
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
    expectWithinRun(path);
    diskFileSystem.makeFolder(dirname(path));
    try {
      writeFileSync(temporary, bytes, { flag: "wx" });
      diskFileSystem.rename(temporary, path);
    } catch (error) {
      diskFileSystem.remove(temporary);
      throw error;
    }
  });
}

/** Where a path lies in a run folder: that nothing between them is a link. The outermost run counts: a link may lead to another. */
function expectWithinRun(path: string): void {
  const runs: string[] = [];
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if (isRun(folder)) runs.push(folder);
    if (dirname(folder) === folder) break;
  }
  const run = runs.at(-1);
  if (run !== undefined) kindWithin(diskFileSystem, run, dirname(resolve(path)));
}

function isRun(folder: string): boolean {
  return ["experiment.yaml", "environment.json"].every((name) => diskFileSystem.kind(join(folder, name)) !== undefined);
}

// Tells a training of another process something through its run folder: a line in commands.jsonl, which it looks for.
import { type FileSystem, withFileErrors } from "../../runs/fileSystem.js";
import { withinFolder } from "../../runs/withinFolder.js";
import type { RunCommand } from "../api.js";

/**
 * @param id new for each command
 * @throws UserError where the folder can't be written, or a link is in the file's place
 */
export function tellThroughFolder(files: FileSystem, run: string, id: string, { kind, ...values }: RunCommand): void {
  const at = files.join(run, "commands.jsonl");
  withFileErrors(
    { at, what: "the training can't be told anything here", hint: "Check that you may write to the run folder." },
    () =>
      withinFolder(files, run).append(
        at,
        new TextEncoder().encode(`${JSON.stringify({ id, command: kind, ...values })}\n`),
      ),
  );
}

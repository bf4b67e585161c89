// Why something that a person named cannot be read, as a sentence.
import { UserError } from "../base/errors.js";

const known: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOENT: ["there is no such file or folder", "Check the path."],
  EACCES: ["cannot be read: permission denied", "Make it readable for this user (chmod u+r)."],
  EPERM: ["cannot be read: permission denied", "Make it readable for this user (chmod u+r)."],
  EISDIR: ["is a folder, not a file", "Name a file in it."],
  ENOTDIR: ["is a file, not a folder", "Name the folder that it lies in."],
  ELOOP: ["is a link that leads back to itself", "Remove the link."],
  ENAMETOOLONG: ["the name is longer than a file system takes", "Check the path."],
  EMFILE: ["cannot be read: too many files are open", "Raise the limit (ulimit -n 1024)."],
  ENFILE: ["cannot be read: too many files are open on this machine", "Close some programs."],
  ERR_INVALID_ARG_VALUE: ["is no path: it has a NUL character in it", "Check the path."],
};

/** @param cause what Node threw */
export function readError(cause: unknown, path: string): UserError {
  const code = (cause as NodeJS.ErrnoException).code;
  const [message, hint] = known[code ?? ""] ?? [`cannot be read (${code ?? String(cause)})`, "Check the disk."];
  return new UserError(message, { at: path, hint, cause });
}

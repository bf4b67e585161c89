// What is wrong with a file that cannot be read, for pictures and other data alike.
import { UserError } from "../base/errors.js";

/** What is wrong with a file that cannot be opened or read, for pictures and other data alike. */
export function readError(cause: unknown, path: string): UserError {
  if (cause instanceof UserError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  const known: Readonly<Record<string, readonly [string, string]>> = {
    ENOENT: ["there is no such file or folder", "Check the path."],
    EACCES: ["cannot be read: permission denied", "Make it readable for this user (chmod u+r)."],
    EPERM: ["cannot be read: permission denied", "Make it readable for this user (chmod u+r)."],
    EISDIR: ["is a folder, not a file", "Name a file in it."],
    ENOTDIR: ["is a file, not a folder", "Name the folder that it lies in."],
    ELOOP: ["is a link that leads back to itself", "Remove the link."],
    ENAMETOOLONG: ["has too long a name", "Shorten it."],
    ERR_INVALID_ARG_VALUE: ["is no name that a file can have", "Check the path: a character of code 0 is in it."],
    EMFILE: [
      "cannot be opened: this process may not have more files open",
      "Raise the limit, for example by ulimit -n 1024.",
    ],
    ENFILE: ["cannot be opened: this system may not have more files open", "End other programs."],
  };
  const [message, hint] = known[code ?? ""] ?? [`cannot be read (${code ?? String(cause)})`, "Check the disk."];
  return new UserError(message, { at: path, hint, cause });
}

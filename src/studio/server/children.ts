// Processes of their own for what computes: a crash in an engine or a picture codec ends one of them and not the studio, and memory
// that native code has taken comes back with its end.
import { type ChildProcess, fork } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Child<In, Out> {
  readonly id: number | undefined;
  send(message: In): void;
  /** Ends it at once. */
  kill(): void;
  /** Resolves when it has ended, with what it last wrote to stderr where that was not wanted. */
  readonly ended: Promise<Ended>;
  /** Takes what the child says. */
  onMessage(take: (message: Out) => void): void;
  /** The child may outlive this process, and this process need not wait for it. */
  release(): void;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly words: string;
}

/**
 * @param file of this folder: `./workChild.js`
 * @param isOwn the child goes on when this process and its terminal end
 * @param nice 0 to 19: how much others go before it
 */
export function startChild<In, Out>(
  file: string,
  { isOwn = false, nice = 0 }: { readonly isOwn?: boolean; readonly nice?: number } = {},
): Child<In, Out> {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-studio-child-"));
  const errors = join(folder, "stderr.txt");
  // A file and no pipe: nobody reads a pipe any more when this process has ended, and writing into it would end the child.
  const handle = openSync(errors, "w", 0o600);
  const child: ChildProcess = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    serialization: "advanced",
    detached: isOwn,
    stdio: ["ignore", "ignore", handle, "ipc"],
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
  });
  closeSync(handle);
  const takers: ((message: Out) => void)[] = [];
  child.on("message", (message) => {
    for (const take of takers) take(message as Out);
  });
  if (nice > 0 && child.pid !== undefined) {
    try {
      setPriority(child.pid, nice);
    } catch {
      // It then computes like any other.
    }
  }
  const ended = new Promise<Ended>((resolve) => {
    const end = (code: number | null, signal: string | null): void => {
      let words = "";
      try {
        words = readFileSync(errors, "utf8").slice(-4000).trim();
        rmSync(folder, { recursive: true, force: true });
      } catch {
        // Somebody has tidied up; then there are no words.
      }
      resolve({ code, signal, words });
    };
    child.on("exit", end);
    child.on("error", (error) => {
      if (child.pid === undefined) end(null, error.message);
    });
  });
  return {
    id: child.pid,
    send(message) {
      if (child.connected) child.send(message as never, () => {});
    },
    kill: () => void child.kill("SIGKILL"),
    ended,
    onMessage: (take) => void takers.push(take),
    release() {
      if (child.connected) child.disconnect();
      child.unref();
    },
  };
}

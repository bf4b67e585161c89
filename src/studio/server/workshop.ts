// Pieces of work that a page waits for: a process for each, one at a time, with a bound on how long it takes and on how many wait.
import { UserError } from "../../base/errors.js";
import { unpackError } from "../../training/protocol.js";
import { startChild } from "./children.js";
import type { FromWork, ToWork, Work } from "./work.js";

export interface Workshop {
  /**
   * What the work comes to.
   * @param prepare called right before it begins
   * @throws UserError (by rejection) where it can't be done, its process has ended, or too many wait
   */
  ask(work: Work, prepare?: () => void): Promise<unknown>;
  close(): void;
}

const mostWaiting = 16;
/** What takes longer hangs. */
const mostMilliseconds = 5 * 60_000;

export function openWorkshop(): Workshop {
  let before: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let end = (): void => {};
  let isClosed = false;

  async function done(work: Work): Promise<unknown> {
    const child = startChild<ToWork, FromWork>("./workChild.js", { nice: 10 });
    end = child.kill;
    const late = setTimeout(child.kill, mostMilliseconds);
    let last: Extract<FromWork, { kind: "result" | "error" }> | undefined;
    child.onMessage((message) => {
      if (message.kind === "result" || message.kind === "error") last = message;
    });
    child.send({ kind: "work", work });
    const { signal, code } = await child.ended;
    clearTimeout(late);
    end = () => {};
    if (last?.kind === "error") throw unpackError(last.error);
    if (last !== undefined) return last.result;
    throw new UserError(`its process has ended without a word (${signal ?? `exit code ${code}`})`, {
      hint: "Ask again; if it happens again, this is a bug.",
    });
  }

  return {
    async ask(work, prepare = () => {}) {
      if (waiting >= mostWaiting) {
        throw new UserError(`${mostWaiting} such questions wait already`, { hint: "Ask again soon." });
      }
      waiting += 1;
      const result = before.then(async () => {
        if (isClosed) throw new UserError("the studio ends");
        prepare();
        return await done(work);
      });
      before = result
        .catch(() => {})
        .then(() => {
          waiting -= 1;
        });
      return await result;
    },
    close() {
      isClosed = true;
      end();
    },
  };
}

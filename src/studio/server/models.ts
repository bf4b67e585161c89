// The server's side of the process that has models open: started when it is first asked, ended when nobody has asked for a while.
import { UserError } from "../../base/errors.js";
import { unpackError } from "../../training/protocol.js";
import { type Child, startChild } from "./children.js";
import type { FromModels, ModelCall, ToModels } from "./modelCalls.js";

export interface Models {
  /** @throws UserError (by rejection) for what a person can mend, also where the process has ended meanwhile or is too busy */
  ask(call: ModelCall): Promise<{ readonly pack: Uint8Array<ArrayBuffer> } | { readonly value: unknown }>;
  close(): void;
}

/** Questions that wait; more are turned away, so that a page that drags a slider does not pile them up. */
const mostWaiting = 64;
const idleMilliseconds = 5 * 60_000;

export function openModels(): Models {
  let child: Child<ToModels, FromModels> | undefined;
  let next = 0;
  let idle: NodeJS.Timeout | undefined;
  const waiting = new Map<number, { resolve(reply: FromModels): void; reject(error: Error): void }>();

  function start(): Child<ToModels, FromModels> {
    const started = startChild<ToModels, FromModels>("./modelChild.js");
    started.onMessage((reply) => {
      waiting.get(reply.id)?.resolve(reply);
      waiting.delete(reply.id);
      if (waiting.size > 0) return;
      idle = setTimeout(() => started.kill(), idleMilliseconds);
      idle.unref();
    });
    void started.ended.then(({ signal, code }) => {
      if (child === started) child = undefined;
      for (const { reject } of waiting.values()) {
        reject(
          new UserError(`the process that has the model open has ended (${signal ?? code})`, {
            hint: "Ask again: a new one is started.",
          }),
        );
      }
      waiting.clear();
    });
    return started;
  }

  return {
    async ask(call) {
      if (waiting.size >= mostWaiting)
        throw new UserError("too many questions wait for the model", { hint: "Ask again soon." });
      clearTimeout(idle);
      child ??= start();
      next += 1;
      const id = next;
      const asked = child;
      const reply = await new Promise<FromModels>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        asked.send({ id, call });
      });
      if ("error" in reply) throw unpackError(reply.error);
      if ("pack" in reply) return { pack: reply.pack };
      return { value: (reply.value as { readonly value: unknown }).value };
    },
    close() {
      clearTimeout(idle);
      child?.kill();
    },
  };
}

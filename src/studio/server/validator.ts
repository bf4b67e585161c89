// The server's side of the thread that looks at experiments: started when it is first asked, ended where one takes too long.
import { Worker } from "node:worker_threads";

export interface ValidateCall {
  readonly id: number;
  readonly ask: "validate" | "schema" | "presets" | "collections";
  readonly text: string;
}
export type ValidateReply = { readonly id: number } & ({ readonly json: string } | { readonly error: string });

export interface Validator {
  /** The answer as JSON text. @throws Error (by rejection) where it takes more than its time */
  ask(ask: ValidateCall["ask"], text?: string): Promise<string>;
  close(): Promise<void>;
}

const mostMilliseconds = 20_000;

export function openValidator(): Validator {
  let worker: Worker | undefined;
  let next = 0;
  const waiting = new Map<number, { resolve(text: string): void; reject(error: Error): void }>();
  const fail = (thread: Worker, error: Error): void => {
    if (worker !== thread) return;
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = (): Worker => {
    const thread = new Worker(new URL("./validateThread.js", import.meta.url));
    thread.unref();
    thread.on("message", (reply: ValidateReply) => {
      const asked = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ("json" in reply) asked?.resolve(reply.json);
      else asked?.reject(new Error(reply.error));
    });
    thread.on("error", (error) => fail(thread, error));
    thread.on("exit", () => fail(thread, new Error("the thread that looks at experiments has ended")));
    return thread;
  };
  return {
    ask(ask, text = "") {
      worker ??= start();
      const thread = worker;
      next += 1;
      const id = next;
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          reject(new Error("looking at this experiment takes too long"));
          waiting.delete(id);
          void thread.terminate();
        }, mostMilliseconds);
        waiting.set(id, {
          resolve(answer) {
            clearTimeout(late);
            resolve(answer);
          },
          reject(error) {
            clearTimeout(late);
            reject(error);
          },
        });
        thread.postMessage({ id, ask, text } satisfies ValidateCall);
      });
    },
    async close() {
      await worker?.terminate();
    },
  };
}

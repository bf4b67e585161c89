// The near side of the library's thread: starts it, hears its events, asks it and waits for its answers. A thread that nobody
// waits for does not keep the process alive.
import { MessageChannel, Worker } from "node:worker_threads";
import { InternalError, UserError } from "../base/errors.js";
import { abortError, throwIfAborted } from "../base/turns.js";
import { definitionsForThread } from "../data/ownModules.js";
import type { TrainingCommand, TrainingEvent } from "../training/events.js";
import { unpackError } from "../training/protocol.js";
import type { CallMessage, CallName, Calls, Job, Opened, ThreadMessage } from "./protocol.js";

export interface LibraryThread {
  /** Resolves when the model is trained or open; rejects with what keeps it from being. */
  readonly opened: Promise<Opened>;
  command(command: TrainingCommand): void;
  /**
   * Asks the open model. Arrays that are handed over in `transfer` are gone from this thread.
   * @throws AbortError (by rejection) at once where the signal is aborted; the thread ends the work soon
   */
  call<Name extends CallName>(
    name: Name,
    values: Parameters<Calls[Name]>,
    how?: { readonly transfer?: readonly ArrayBuffer[]; readonly signal?: AbortSignal | undefined },
  ): Promise<ReturnType<Calls[Name]>>;
  /** Ends the thread. Safe to call twice. */
  end(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export function startThread(
  job: Job,
  options: { readonly allowCode?: boolean; readonly onEvent?: (event: TrainingEvent) => void } = {},
): LibraryThread {
  const { port1: port, port2: far } = new MessageChannel();
  const { port1: commands, port2: farCommands } = new MessageChannel();
  commands.unref();
  const own = definitionsForThread();
  // For the thread, which could set it for the process only with help.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: {
      job,
      port: far,
      commands: farCommands,
      own: { ...own, allowsCode: options.allowCode ?? own.allowsCode },
    },
    transferList: [far, farCommands],
  });
  const waiting = new Map<number, Waiting>();
  let ended: Error | undefined;
  let last = 0;
  const awaited = (): void => {
    const isAwaited = waiting.size > 0;
    if (isAwaited) {
      worker.ref();
      port.ref();
    } else {
      worker.unref();
      port.unref();
    }
  };
  const wait = <Value>(id: number): Promise<Value> =>
    new Promise<Value>((resolve, reject) => {
      waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      awaited();
    });
  const settle = (id: number, how: (one: Waiting) => void): void => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one !== undefined) how(one);
    awaited();
  };
  const fail = (error: Error): void => {
    ended ??= error;
    for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(error));
  };
  const send = (message: CallMessage, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, [...transfer]);
  const opened = wait<Opened>(last);
  port.on("message", (message: ThreadMessage) => {
    if (message.kind === "event") options.onEvent?.(message.event);
    else if (message.kind === "opened") settle(0, ({ resolve }) => resolve(message.opened as never));
    else if (message.kind === "failed") settle(0, ({ reject }) => reject(unpackError(message.error)));
    else if (message.kind === "answer") settle(message.id, ({ resolve }) => resolve(message.value as never));
    else settle(message.id, ({ reject }) => reject(unpackError(message.error)));
  });
  worker.on("error", fail);
  worker.on("exit", (code) => {
    // What it said last may still be on its way.
    setImmediate(() => fail(new InternalError(`the library's thread ended (exit code ${code})`)));
  });
  return {
    opened,
    command: (command) => commands.postMessage(command),
    async call(name, values, { transfer = [], signal } = {}) {
      throwIfAborted(signal);
      if (ended !== undefined) throw ended;
      const id = ++last;
      const answer = wait<ReturnType<Calls[typeof name]>>(id);
      send({ kind: "call", id, name, values }, transfer);
      const abort = (): void => {
        send({ kind: "abort", id });
        settle(id, ({ reject }) => reject(abortError(signal)));
      };
      signal?.addEventListener("abort", abort, { once: true });
      try {
        return await answer;
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },
    async end() {
      ended ??= new UserError("this model was disposed of", { hint: "Open it again." });
      fail(ended);
      await worker.terminate();
      port.close();
      commands.close();
    },
  };
}

// Starts a training in a thread of its own: events come out, commands go in.
import { MessageChannel, Worker } from "node:worker_threads";
import { InternalError } from "../base/errors.js";
import { definitionsForThread } from "../data/ownModules.js";
import type { TrainingCommand, TrainingEvent } from "./events.js";
import { unpackError, type WorkerMessage } from "./protocol.js";
import type { TrainingRequest, TrainingResult } from "./run.js";

/** A training that runs. */
export interface Training {
  /** Takes effect before the next step. After the end it does nothing. */
  command(command: TrainingCommand): void;
  /** Resolves when done or stopped and saved; rejects with a UserError for what a person can mend. */
  readonly finished: Promise<TrainingResult>;
}

/**
 * Starts a training in a worker thread.
 * @param onEvent called in this thread with everything that happens, in order
 */
export function startTraining(request: TrainingRequest, onEvent: (event: TrainingEvent) => void = () => {}): Training {
  const { port1: port, port2: far } = new MessageChannel();
  const worker = new Worker(new URL("./trainingWorker.js", import.meta.url), {
    workerData: { request, port: far, own: definitionsForThread() },
    transferList: [far],
  });
  const finished = new Promise<TrainingResult>((resolve, reject) => {
    let outcome: Extract<WorkerMessage, { kind: "result" | "error" }> | undefined;
    port.on("message", (message: WorkerMessage) => {
      if (message.kind === "event") onEvent(message.event);
      else outcome = message;
    });
    worker.on("error", reject);
    // The port closes by itself after its last message; the worker's exit may be seen before that.
    let hasExited: number | undefined;
    let hasClosed = false;
    const settle = (): void => {
      if (!hasClosed || hasExited === undefined) return;
      if (outcome?.kind === "result") resolve(outcome.result);
      else if (outcome?.kind === "error") reject(unpackError(outcome.error));
      else reject(new InternalError(`the training thread ended without a result (exit code ${hasExited})`));
    };
    port.on("close", () => {
      hasClosed = true;
      settle();
    });
    worker.on("exit", (code) => {
      hasExited = code;
      settle();
    });
  });
  return { command: (command) => port.postMessage(command), finished };
}

/** Takes up a run that was stopped or killed, with the engine and threads it was begun with. */
export function resumeTraining(run: string, onEvent?: (event: TrainingEvent) => void): Training {
  return startTraining({ kind: "resume", run }, onEvent);
}

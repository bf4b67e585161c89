// Starts a training in a thread of its own: events come out, commands go in.
import { MessageChannel, Worker } from "node:worker_threads";
import { InternalError } from "../base/errors.js";
import { definitionsForThread } from "../data/ownModules.js";
import type { TrainingCommand, TrainingEvent } from "./events.js";
import { type ThreadMessage, unpackError } from "./protocol.js";
import type { TrainingRequest, TrainingResult } from "./run.js";

/** A thread that trains. */
export interface TrainingThread<Result> {
  /** Takes effect before the next step. After the end it does nothing. */
  command(command: TrainingCommand): void;
  /** Resolves when done or stopped and saved; rejects with a UserError for what a person can mend. */
  readonly finished: Promise<Result>;
}

/** A training that runs. */
export type Training = TrainingThread<TrainingResult>;

/**
 * Starts a training in a worker thread.
 * @param onEvent called in this thread with everything that happens, in order
 */
export function startTraining(request: TrainingRequest, onEvent?: (event: TrainingEvent) => void): Training {
  return startThread(new URL("./trainingWorker.js", import.meta.url), request, { onEvent });
}

/** How long a thread that has said its last may take to end by itself. */
const graceMilliseconds = 2000;

/**
 * Starts the thread of a file that calls `serveThread`.
 * @param request plain data
 * @param heard called in this thread with events, and with the news that its work tells, in order
 */
export function startThread<Request, Result, News = never>(
  file: URL,
  request: Request,
  {
    onEvent = () => {},
    onNews = () => {},
  }: { readonly onEvent?: ((event: TrainingEvent) => void) | undefined; readonly onNews?: (news: News) => void },
): TrainingThread<Result> {
  const { port1: port, port2: far } = new MessageChannel();
  // For the thread, which could set it for the process only with help.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  const worker = new Worker(file, {
    workerData: { request, port: far, own: definitionsForThread() },
    transferList: [far],
  });
  const finished = new Promise<Result>((resolve, reject) => {
    let outcome: Extract<ThreadMessage<Result, News>, { kind: "result" | "error" }> | undefined;
    port.on("message", (message: ThreadMessage<Result, News>) => {
      if (message.kind === "event") onEvent(message.event);
      else if (message.kind === "news") onNews(message.news);
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
      // What a library has left running in the thread is waited for by nobody.
      if (hasExited === undefined) setTimeout(() => void worker.terminate(), graceMilliseconds).unref();
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

// A thread that makes batches. Whatever ends it, the consumer hears of it through its slots, for it may be blocked.
import { workerData } from "node:worker_threads";
import { type BatchJob, failureBytes, failureLengthCell, slotCell, slotState } from "./batchRing.js";
import { makeBatches } from "./makeBatches.js";
import { type ThreadDefinitions, takeDefinitions } from "./ownModules.js";

/** What a thread is started with. */
export interface BatchThreadData {
  readonly job: BatchJob;
  /** Its number, from 0. */
  readonly thread: number;
  /** Own transforms that its pictures may need. */
  readonly own: ThreadDefinitions;
}
const { job, thread, own } = workerData as BatchThreadData;

process.on("exit", () => {
  for (let slot = thread; slot < job.slots; slot += job.threads) {
    Atomics.compareExchange(job.control, slotCell(slot), slotState.empty, slotState.broken);
    Atomics.notify(job.control, slotCell(slot));
  }
});

try {
  takeDefinitions(own);
  makeBatches(job, thread);
} catch (error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const bytes = new TextEncoder().encode(text.slice(0, 8_000));
  job.failure.set(bytes, thread * failureBytes);
  Atomics.store(job.control, failureLengthCell(job, thread), bytes.length);
}

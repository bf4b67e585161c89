// The thread that makes batches. Whatever ends it, the consumer hears of it through the slots, for it may be blocked.
import { workerData } from "node:worker_threads";
import { type BatchJob, failureLengthCell, slotCell, slotState } from "./batchRing.js";
import { makeBatches } from "./makeBatches.js";

const job = workerData as BatchJob;

process.on("exit", () => {
  for (let slot = 0; slot < job.slots; slot++) {
    Atomics.compareExchange(job.control, slotCell(slot), slotState.empty, slotState.broken);
    Atomics.notify(job.control, slotCell(slot));
  }
});

try {
  makeBatches(job);
} catch (error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const bytes = new TextEncoder().encode(text.slice(0, 8_000));
  job.failure.set(bytes);
  Atomics.store(job.control, failureLengthCell, bytes.length);
}

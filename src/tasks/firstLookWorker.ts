// The thread that draws what a training shows while it runs. A picture is written beside its place and renamed, so that whoever looks
// sees a whole one.
import { type MessagePort, workerData } from "node:worker_threads";
import { renderReconstructions } from "../report/reconstructions.js";
import type { LookAnswer, LookJob } from "./firstLook.js";
import { writeResult } from "./writeResult.js";

const { port } = workerData as { readonly port: MessagePort };

port.on("message", (job: LookJob | "end") => {
  if (job === "end") {
    port.close();
    return;
  }
  const { step, epoch, path } = job;
  const began = performance.now();
  try {
    writeResult(path, renderReconstructions(job));
    answer({ step, epoch, path, milliseconds: performance.now() - began });
  } catch (error) {
    answer({ step, epoch, path, failure: error instanceof Error ? error.message : String(error) });
  }
});

function answer(message: LookAnswer): void {
  port.postMessage(message);
}

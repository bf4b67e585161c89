// The thread of a train command: reads the experiment, trains, and looks back on the run with the model, the engine and the
// data that it has open.
import { summaryText } from "../nn/summary.js";
import { diskFileSystem, openRun } from "../runs/index.js";
import type { Surroundings } from "../training/loop.js";
import { trainRead } from "../training/run.js";
import { serveThread } from "../training/serve.js";
import { openLook } from "./firstLook.js";
import { readTraining } from "./readTraining.js";
import type { TrainNews, TrainRequest, TrainResult } from "./trainOptions.js";

await serveThread(trainAndLookBack);

async function trainAndLookBack(
  { options, begun }: TrainRequest,
  surroundings: Surroundings,
  tell: (news: TrainNews) => void,
): Promise<TrainResult> {
  const { request, quick, notes: chosen } = readTraining(options, performance.timeOrigin + performance.now() - begun);
  const notes = [...chosen];
  const { name } = request.experiment.experiment;
  const onModel: NonNullable<Parameters<typeof trainRead>[2]>["onModel"] = ({ model, loss }) =>
    tell({ kind: "plan", plan: { name, summary: summaryText(model), figure: loss.figure, quick, notes } });
  const context = {
    report: (progress: Extract<TrainNews, { kind: "progress" }>["progress"]) => tell({ kind: "progress", progress }),
    onEvent: surroundings.emit,
  };
  if (request.kind === "resume") {
    const { lookBack, openUnseen } = await import("./lookBack.js");
    const run = openRun(diskFileSystem, request.run);
    const unseen = await openUnseen(run, request.experiment, onModel, (sentence) => notes.push(sentence));
    if (unseen !== undefined) {
      const done = { reason: "done", run: request.run, name, quick, step: unseen.step, seconds: 0 } as const;
      return { ...done, ...(await lookBack(unseen.open, context, true)) };
    }
  }
  const { result, open } = await trainRead(request, surroundings, { onModel, openLook });
  const { run, reason, step, seconds } = result;
  const trained = { reason, run, name, quick, step, seconds };
  if (reason === "stopped") return trained;
  // Loaded when it is needed: the first step is not to wait for what draws.
  const { lookBack } = await import("./lookBack.js");
  return { ...trained, ...(await lookBack(open, context)) };
}

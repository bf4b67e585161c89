// The thread of a train command: reads the experiment, trains, and looks back on the run with the model, the engine and the
// data that it has open.
import { UserError } from "../base/errors.js";
import { AbortError } from "../base/turns.js";
import { summaryText } from "../nn/summary.js";
import { diskFileSystem, openRun } from "../runs/index.js";
import type { TrainingCommand } from "../training/events.js";
import type { Surroundings } from "../training/loop.js";
import { trainRead } from "../training/run.js";
import { serveThread } from "../training/serve.js";
import { boardBeside } from "./boardBeside.js";
import type { TaskContext } from "./define.js";
import { openLook } from "./firstLook.js";
import { isPictures } from "./picturesNamed.js";
import { readTraining } from "./readTraining.js";
import type { TrainNews, TrainOptions, TrainRequest, TrainResult } from "./trainOptions.js";
import { refuseWishes } from "./wishes.js";

/** Milliseconds between two looks for commands while nothing is trained yet. */
const betweenLooks = 100;

await serveThread(trainAndLookBack);

async function trainAndLookBack(
  { options, begun }: TrainRequest,
  given: Surroundings,
  tell: (news: TrainNews) => void,
): Promise<TrainResult> {
  const report = (progress: Extract<TrainNews, { kind: "progress" }>["progress"]) =>
    tell({ kind: "progress", progress });
  const board = options.tensorboard ? await boardBeside(given) : undefined;
  const heard: Surroundings = board === undefined ? given : { ...given, emit: board.emit };
  const { surroundings, forPictures } = await beforehand(heard, (signal) => made(options, report, signal));
  const spent = performance.timeOrigin + performance.now() - begun;
  const { request, quick, notes: chosen } = readTraining(options, spent, forPictures);
  const notes = [...chosen];
  const { name } = request.experiment.experiment;
  const onModel: NonNullable<Parameters<typeof trainRead>[2]>["onModel"] = ({ model, loss }) =>
    tell({ kind: "plan", plan: { name, summary: summaryText(model), figure: loss.figure, quick, notes } });
  const context = {
    report,
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
  const { result, open } = await trainRead(request, surroundings, { onModel, openLook, early: {} }).finally(() =>
    board?.close(),
  );
  const { run, reason, step, seconds } = result;
  const trained = { reason, run, name, quick, step, seconds };
  if (reason === "stopped") return trained;
  // Loaded when it is needed: the first step is not to wait for what draws.
  const { lookBack } = await import("./lookBack.js");
  return { ...trained, ...(await lookBack(open, context)) };
}

/**
 * Does what comes before a training, and hears meanwhile whether it is to stop: there is nothing to save yet, so that it ends at once.
 * Other commands wait for the training.
 */
async function beforehand<Result>(given: Surroundings, work: (signal: AbortSignal) => Promise<Result>) {
  const heard: TrainingCommand[] = [];
  const stopping = new AbortController();
  const hear = (): void => {
    heard.push(...given.poll());
    if (heard.some(({ kind }) => kind === "stop")) stopping.abort(new AbortError("stopped before the training began"));
  };
  const looking = setInterval(hear, betweenLooks);
  try {
    const forPictures = await work(stopping.signal);
    return { forPictures, surroundings: { ...given, poll: () => [...heard.splice(0), ...given.poll()] } };
  } finally {
    clearInterval(looking);
  }
}

/** The experiment for pictures that were named in place of one. */
async function made(options: TrainOptions, report: TaskContext["report"], signal: AbortSignal) {
  const { experiment, data } = options;
  if (options.resume) return undefined;
  const { madeExperiment } = await import("./madeToMeasure.js");
  if (!isPictures(experiment)) {
    refuseWishes(options, experiment);
    return undefined;
  }
  if (data !== undefined) {
    throw new UserError(`names other pictures than ${experiment}`, { at: "--data", hint: "Leave one of them out." });
  }
  const { engine, threads, for: purpose, code, size, grey, minutes } = options;
  const who = { engine, threads: typeof threads === "number" ? threads : undefined };
  return await madeExperiment(experiment, "SPEC", { for: purpose, code, size, grey, minutes }, who, { report, signal });
}

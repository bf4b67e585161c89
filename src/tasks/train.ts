// Trains an autoencoder from an experiment, or goes on with a training, and ends with figures and pictures. All of it is done
// in a thread of its own (trainThread.ts); here it is started, heard and stopped.
import type { TrainingCommand } from "../training/events.js";
import { startThread } from "../training/start.js";
import { defineTask, type TaskContext } from "./define.js";
import {
  type TrainingPlan,
  type TrainNews,
  type TrainOptions,
  type TrainRequest,
  type TrainResult,
  trainOptions,
} from "./trainOptions.js";

export { type TrainingPlan, type TrainOptions, type TrainResult, trainOptions } from "./trainOptions.js";

export const train = defineTask({
  name: "train",
  summary: "Train an autoencoder, or go on with a training.",
  options: trainOptions,
  run: (options, context) => trainPlanned(options, context),
});

/**
 * Makes a run folder, trains, and at the end measures the mean-image baseline and draws the pictures. Aborting the
 * signal finishes the step, saves and returns with `reason: "stopped"`.
 * @param onPlan told what is trained before anything that takes its time
 * @param begun when the command began that a time counts from, in milliseconds as `performance.timeOrigin`; default now
 * @param onBegun handed what tells the training commands
 * @throws UserError for everything that a person can mend
 */
export async function trainPlanned(
  options: TrainOptions,
  { signal, report, onEvent }: TaskContext,
  onPlan: (plan: TrainingPlan) => void = () => {},
  begun = performance.timeOrigin + performance.now(),
  onBegun: (command: (command: TrainingCommand) => void) => void = () => {},
): Promise<TrainResult> {
  const thread = startThread<TrainRequest, TrainResult, TrainNews>(
    new URL("./trainThread.js", import.meta.url),
    { options, begun },
    {
      onEvent(event) {
        // What is left is not asked to stop: it is done with what is saved.
        if (event.kind === "finished") signal.removeEventListener("abort", stop);
        onEvent?.(event);
      },
      onNews(news) {
        if (news.kind === "plan") onPlan(news.plan);
        else report(news.progress);
      },
    },
  );
  onBegun(thread.command);
  const stop = () => thread.command({ kind: "stop" });
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await thread.finished;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

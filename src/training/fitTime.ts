// Fits an experiment to a time: some steps and evaluations of the true programs are timed, on weights that nobody keeps.
import { durationText } from "../base/text.js";
import type { OpenSource } from "../data/define.js";
import { someImages } from "../data/imageStore.js";
import { limited } from "../data/limit.js";
import { evaluationBatchSize } from "../engines/byBatchSize.js";
import type { Engine } from "../engines/engine.js";
import { fitTime } from "../experiment/fitTime.js";
import { type ResolvedExperiment, readDocument, resolve } from "../experiment/resolved.js";
import type { Surroundings } from "./loop.js";
import { lookBackMilliseconds, type MeasuredCosts, type TimeLimit } from "./pace.js";
import { type PlannedPhase, planPhases } from "./plan.js";
import { batchesOfStep, openSteps } from "./steps.js";

/** Steps that are taken before any is timed, and the most that are timed. */
const warmSteps = 2;
const mostSteps = 60;
/** Part of the whole time that is given to timed steps of all phases, in bounds of milliseconds. */
const timedPart = 0.02;
const timedBounds = [300, 3000] as const;

export interface FittedTraining {
  readonly resolved: ResolvedExperiment;
  readonly source: OpenSource;
  readonly costs: MeasuredCosts;
}

/**
 * @param endsAt when the whole command is to have ended, on the training's clock
 * @param threads that make batches
 */
export async function fitToTime(
  {
    resolved,
    source,
    engine,
  }: { readonly resolved: ResolvedExperiment; readonly source: OpenSource; readonly engine: Engine },
  time: TimeLimit,
  endsAt: number,
  { milliseconds, emit }: Pick<Surroundings, "milliseconds" | "emit">,
  dataThreads?: number,
): Promise<FittedTraining> {
  const { minutes, atMost } = time;
  const total = minutes * 60_000;
  const plan = planPhases(resolved, source);
  const perPhase = Math.min(timedBounds[1], Math.max(timedBounds[0], timedPart * total)) / plan.length;
  const timed: { step: number; evaluation: number }[] = [];
  for (const planned of plan) {
    timed.push(await timePhase({ resolved, source, engine, dataThreads }, planned, perPhase, milliseconds));
  }
  const { train, test, validation } = source.splits;
  const evaluationMilliseconds = timed[0]?.evaluation ?? 0;
  const left = endsAt - milliseconds();
  const fitted = fitTime(resolved.experiment, {
    milliseconds: left,
    atMost,
    phases: plan.map(({ images, steps }, index) => ({ images, steps, stepMilliseconds: timed[index]?.step ?? 0 })),
    evaluationMilliseconds,
    images: { train: train.count, test: test.count, validation: validation?.count ?? 0 },
    lookBackMilliseconds: lookBackMilliseconds(time),
  });
  const perEvaluation = ({ splits }: OpenSource): number =>
    (splits.test.count +
      (splits.validation?.count ?? 0) +
      (fitted.experiment.evaluateTrain === true ? splits.train.count : 0)) *
    evaluationMilliseconds;
  const step = timed.map((phase) => phase.step);
  if (fitted.sentence === undefined) return { resolved, source, costs: { step, evaluation: perEvaluation(source) } };
  const chosen = limitedTo(fitted.experiment, fitted.limit, source);
  const speed =
    plan[0] === undefined ? 0 : (plan[0].images / plan[0].steps / Math.max(1e-9, timed[0]?.step ?? 0)) * 1000;
  emit({
    kind: "note",
    message: `${atMost ? "at most " : ""}${durationText(60 * minutes)}, ${durationText(Math.max(0, left / 1000))} of them left, at ${Math.round(speed)} images/s: ${fitted.sentence}`,
  });
  return {
    resolved: resolve(readDocument(chosen.experiment), source.splits.train.shape),
    source: chosen.source,
    costs: { step, evaluation: perEvaluation(chosen.source) },
  };
}

function limitedTo(
  experiment: ResolvedExperiment["experiment"],
  limit: ReturnType<typeof fitTime>["limit"],
  source: OpenSource,
): { readonly experiment: ResolvedExperiment["experiment"]; readonly source: OpenSource } {
  if (limit === undefined) return { experiment, source };
  const data = typeof experiment.data === "string" ? { source: experiment.data } : experiment.data;
  const before = typeof data.limit === "object" && data.limit !== null ? data.limit : {};
  return {
    experiment: { ...experiment, data: { ...data, limit: { ...before, ...limit } } },
    source: limited(source, limit),
  };
}

/** @returns milliseconds of a step, its wait for data included, and of an evaluated image */
async function timePhase(
  options: Parameters<typeof openSteps>[0],
  planned: PlannedPhase,
  most: number,
  milliseconds: () => number,
): Promise<{ step: number; evaluation: number }> {
  const steps = await openSteps(options, planned, undefined, { epoch: 1, stepInEpoch: 0, step: 0 });
  try {
    const { ready, stream } = steps;
    const rate = ready.learningRate(0, ready.schedule.schedule.start ?? {});
    const take = async (step: number): Promise<void> => {
      const batches = batchesOfStep(stream, ready, planned.phase, planned.images, step % planned.steps);
      await ready.trainer.step(batches, { step: step + 1, learningRate: rate });
    };
    let taken = 0;
    let began = milliseconds();
    let first = 0;
    let now = began;
    while (taken < warmSteps + mostSteps && (taken <= warmSteps || now - began < most)) {
      await take(taken++);
      now = milliseconds();
      // The first steps fill caches and wait for the first batches; one that takes all of the time is enough.
      if (taken === 1 && now - began >= most) return { step: now - began, evaluation: await timeEvaluation() };
      if (taken === warmSteps) {
        first = taken;
        began = now;
      }
    }
    return { step: (now - began) / (taken - first), evaluation: await timeEvaluation() };

    async function timeEvaluation(): Promise<number> {
      const { test } = options.source.splits;
      const some = someImages(test, 0, Math.min(test.count, 2 * evaluationBatchSize(test.count)));
      await ready.evaluate(some);
      const evaluationBegan = milliseconds();
      await ready.evaluate(some);
      return (milliseconds() - evaluationBegan) / some.count;
    }
  } finally {
    await steps.close();
  }
}

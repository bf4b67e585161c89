// Where a checkpoint says that its training stands, held against the run's logs and against what its experiment asks for:
// state.json may be damaged, edited, or somebody else's.

import { UserError } from "../base/errors.js";
import { sum } from "../base/numbers.js";
import { countText } from "../base/text.js";
import { otherCheckpoint } from "../runs/checkpoint.js";
import type { EpochRecord, TrainingState } from "../runs/records.js";
import { expectLogBytes, type RunFolder, readLogStart } from "../runs/runFolder.js";

/**
 * Holds a state against the epochs in metrics.jsonl and the lines of interventions.jsonl.
 * @throws UserError that names the file which is shorter than the state says, or state.json where it says something else
 */
export function expectLogged(run: RunFolder, state: TrainingState): void {
  expectLogBytes(run, "metrics.jsonl", state.metricsBytes);
  const records = readLogStart(run, "metrics.jsonl", state.metricsBytes);
  const last = records.at(-1);
  const refuse = (message: string): never => {
    throw refusal(run, state, message);
  };
  for (const [i, { epoch, step, phase }] of records.entries()) {
    const before = records[i - 1];
    if (epoch === i + 1 && (before === undefined || (before.step < step && before.phase <= phase))) continue;
    throw new UserError(`is damaged: line ${i + 1} is of epoch ${epoch} at step ${step}`, {
      at: run.files.join(run.path, "metrics.jsonl"),
      hint: "Put the file back from a copy, or delete checkpoints/ to begin this run again.",
    });
  }
  const logged = last === undefined ? "no epoch" : `${countText(last.epoch, "epoch")} and step ${last.step}`;
  if (state.epoch !== records.length + 1) {
    refuse(`is in epoch ${state.epoch}, but metrics.jsonl has ${logged} at that time`);
  }
  if (state.step !== (last?.step ?? 0) + state.stepInEpoch) {
    refuse(`is at step ${state.step}, step ${state.stepInEpoch} of its epoch, but metrics.jsonl has ${logged} before`);
  }
  const phaseBegan = records.findLast(({ phase }) => phase < state.phase)?.step ?? 0;
  const isInPhase = state.finished ? state.stepInPhase === 0 : state.stepInPhase === state.step - phaseBegan;
  if (!isInPhase || (last !== undefined && last.phase > state.phase)) {
    refuse(`is at step ${state.stepInPhase} of phase ${state.phase}, but metrics.jsonl has ${phaseText(last)}`);
  }
  if (state.sums.images > 0 !== state.stepInEpoch > 0) {
    refuse(`has sums of ${countText(state.sums.images, "image")} at step ${state.stepInEpoch} of its epoch`);
  }
  if (state.optimizerStep > state.step || (state.best !== null && state.best.step > state.step)) {
    refuse(`names a step after its own, which is ${state.step}`);
  }
  const lines = readLogStart(run, "interventions.jsonl", Number.POSITIVE_INFINITY).length;
  if (lines < state.interventions) {
    const has = `it has ${countText(lines, "line")}, the checkpoint was saved after ${state.interventions}`;
    throw new UserError(`lines are missing: ${has}`, {
      at: run.files.join(run.path, "interventions.jsonl"),
      hint: "Put the file back from a copy, or delete checkpoints/ to begin this run again.",
    });
  }
}

/**
 * Holds a state against what is to be trained.
 * @param plan of every phase of the experiment, the steps of an epoch and of the whole phase
 * @throws UserError where it stands outside of that
 */
export function expectPlanned(
  run: RunFolder,
  state: TrainingState,
  plan: readonly { readonly epochSteps: number; readonly steps: number }[],
): void {
  const refuse = (message: string): never => {
    throw refusal(run, state, message);
  };
  const here = plan[state.phase];
  if (here === undefined) {
    throw refusal(run, state, `is in phase ${state.phase}, but the experiment has phases 0 to ${plan.length - 1}`);
  }
  if (state.stepInEpoch >= here.epochSteps) {
    refuse(`is at step ${state.stepInEpoch} of an epoch, which has ${countText(here.epochSteps, "step")}`);
  }
  const total = sum(plan.map(({ steps }) => steps));
  if (state.finished !== (state.step === total)) {
    const says = state.finished ? "says that it is finished" : "says that it is not finished";
    refuse(`${says} at step ${state.step}, but the training has ${countText(total, "step")}`);
  }
  const before = sum(plan.slice(0, state.phase).map(({ steps }) => steps));
  if (!state.finished && (state.stepInPhase >= here.steps || state.step !== before + state.stepInPhase)) {
    refuse(
      `is at step ${state.step}, step ${state.stepInPhase} of phase ${state.phase}, which has steps ${before} to ${before + here.steps - 1}`,
    );
  }
}

function refusal({ path, files }: RunFolder, { step }: TrainingState, message: string): UserError {
  return new UserError(message, {
    at: files.join(path, "checkpoints", String(step), "state.json"),
    hint: otherCheckpoint,
  });
}

function phaseText(last: EpochRecord | undefined): string {
  return last === undefined ? "no epoch" : `its last epoch in phase ${last.phase} at step ${last.step}`;
}

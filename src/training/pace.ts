// Keeps a training to a time: measures its steps and evaluations and wants other epochs where the end would come too soon or late.
import { epochsText } from "../base/text.js";
import { type PlannedPhase, phaseSteps } from "./plan.js";
import type { OpenWatch } from "./watch.js";

/** A time that a training is to keep to. */
export interface TimeLimit {
  /** Of the whole command, from its start to its end. Above 0. */
  readonly minutes: number;
  /** Of these, what was spent before the training was asked for, in milliseconds. */
  readonly spent: number;
  /** End sooner where the training as it is written does; else it is lengthened to fill the time. */
  readonly atMost: boolean;
}

/** What was measured before the first step. Milliseconds. */
export interface MeasuredCosts {
  /** A step of each phase. */
  readonly step: readonly number[];
  /** What is done after an epoch. */
  readonly evaluation: number;
}

/** Parts of the whole time: how far off the end may be before epochs are changed, between two changes, and of the memory for step times. */
const parts = { tolerance: 0.05, between: 0.06, memory: 0.12 } as const;
/** How much of what a new evaluation took is believed, for it may have been held up. */
const evaluationWeight = 0.3;

/**
 * Milliseconds after the last epoch that are kept for baselines, pictures and exports: three seconds; more where it took long to begin,
 * which is work of the same kind.
 */
export function lookBackMilliseconds({ minutes, spent }: Pick<TimeLimit, "minutes" | "spent">): number {
  return Math.min(0.08 * 60_000 * minutes, Math.max(3000, 3 * spent));
}

/** Training images that are evaluated at the end for each image that is after every epoch; 0 where they are among these. */
function trainByEvaluated(
  { train, validation, test }: Parameters<OpenWatch>[0]["source"]["splits"],
  evaluateTrain: boolean | "never",
): number {
  return evaluateTrain !== false ? 0 : train.count / Math.max(1, test.count + (validation?.count ?? 0));
}

/**
 * The watch that keeps to a time: what is left of all phases is lengthened or shortened in the same proportion, whenever the end would
 * be off by more than a twentieth of the time.
 * @param endsAt on the training's clock
 * @param total the whole time, in milliseconds
 */
export function pace(options: {
  readonly endsAt: number;
  readonly total: number;
  readonly atMost: boolean;
  /** What is kept for after the last epoch, in milliseconds. */
  readonly lookBack: number;
  readonly evaluateTrain: boolean | "never";
  /** Where nothing was measured, the training's own first steps tell. */
  readonly costs?: MeasuredCosts | undefined;
}): OpenWatch {
  const { total, atMost, costs } = options;
  const tolerance = parts.tolerance * total;
  return ({ plan, source, lengths, began }) => {
    let { endsAt } = options;
    let evaluation = costs?.evaluation ?? 0;
    const byEvaluated = trainByEvaluated(source.splits, options.evaluateTrain);
    // What was measured first counts as a second of the memory.
    const recent = plan.map((_, index) => {
      const first = costs?.step[index];
      return first === undefined ? { milliseconds: 0, steps: 0 } : { milliseconds: 1000, steps: 1000 / first };
    });
    let lastChange = began;
    let lastPhase = 0;
    /** Of a step of each phase: what was seen of it, or what was measured first, by as much slower as the phase that runs is. */
    const stepMilliseconds = (index: number): number => {
      const seen = recent[index];
      const own = seen === undefined || seen.steps === 0 ? undefined : seen.milliseconds / seen.steps;
      const [first, firstOfLast] = [costs?.step[index], costs?.step[lastPhase]];
      if (index === lastPhase) return own ?? 0;
      if (first === undefined || firstOfLast === undefined || firstOfLast === 0) {
        // By images, where the phase was never measured.
        const [here, last] = [plan[index], plan[lastPhase]];
        if (here === undefined || last === undefined) return 0;
        return (stepMilliseconds(lastPhase) * (here.images / here.steps)) / (last.images / last.steps);
      }
      return (first * stepMilliseconds(lastPhase)) / firstOfLast;
    };
    return {
      stepped({ phase, milliseconds }) {
        lastPhase = phase;
        const seen = recent[phase];
        if (seen === undefined) return;
        const kept = Math.exp(-milliseconds / Math.max(1000, parts.memory * total));
        seen.milliseconds = seen.milliseconds * kept + milliseconds;
        seen.steps = seen.steps * kept + 1;
      },
      epochEnded(milliseconds) {
        evaluation = evaluation === 0 ? milliseconds : evaluation + evaluationWeight * (milliseconds - evaluation);
      },
      paused(milliseconds) {
        endsAt += milliseconds;
        lastChange += milliseconds;
      },
      wanted({ phase, stepInPhase, epochs }, now) {
        const seen = recent[phase];
        if (phase !== lastPhase || seen === undefined || now - lastChange < parts.between * total) return [];
        // Before some steps were taken, their time is not known.
        if (seen.steps < 5 && now - lastChange < 4 * parts.between * total) return [];
        const left = plan.map((planned, index) => leftOf(planned, index, { phase, stepInPhase, epochs }));
        const needed = left.reduce(
          (sum, { steps, evaluations }, index) => sum + steps * stepMilliseconds(index) + evaluations * evaluation,
          0,
        );
        const available = endsAt - now - options.lookBack - evaluation * byEvaluated;
        if (needed <= 0 || Math.abs(needed - available) <= tolerance) return [];
        const factor = Math.max(0, available) / needed;
        const wanted = plan.map((planned, index) => {
          const { steps, done } = left[index] ?? { steps: 0, done: 0 };
          if (index < phase) return epochs?.[index] ?? planned.phase.epochs;
          const most = atMost ? (lengths[index] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
          const exact = Math.min(most, done + Math.max(1, Math.round(steps * factor)));
          const whole = Math.round(exact / planned.steps) * planned.steps;
          // A whole last epoch is easier to read, where it costs little.
          const isNear = Math.abs(whole - exact) * stepMilliseconds(index) < tolerance / 2;
          return (whole > done && isNear ? whole : exact) / planned.steps;
        });
        const before = plan.map(({ phase: { epochs: written } }, index) => epochs?.[index] ?? written);
        if (wanted.every((value, index) => value === before[index])) return [];
        lastChange = now;
        const why = `${needed > available ? "slower" : "faster"} than it was; ${epochsText(before)} would end ${off(needed - available)}`;
        return [{ command: { kind: "setEpochs", epochs: wanted }, why }];
      },
    };
  };
}

function leftOf(
  planned: PlannedPhase,
  index: number,
  state: { readonly phase: number; readonly stepInPhase: number; readonly epochs?: readonly number[] | undefined },
): { readonly steps: number; readonly done: number; readonly evaluations: number } {
  if (index < state.phase) return { steps: 0, done: 0, evaluations: 0 };
  const done = index === state.phase ? state.stepInPhase : 0;
  const end = phaseSteps(planned, state.epochs?.[index]);
  const epochsDone = Math.floor(done / planned.steps);
  return { steps: end - done, done, evaluations: Math.ceil(end / planned.steps) - epochsDone };
}

function off(milliseconds: number): string {
  const seconds = Math.abs(milliseconds) / 1000;
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s too ${milliseconds > 0 ? "late" : "soon"}`;
}

// Sees when other work takes the processors that a training computes on, and finds the number of threads that is fastest beside it.
import { countText } from "../base/text.js";
import type { TrainingEvent } from "./events.js";
import type { OpenWatch, WantedCommand } from "./watch.js";

/** Time of processors so far, in milliseconds: what one second of one processor adds is 1,000. */
export interface Load {
  readonly processors: number;
  /** Used by this process, all of its threads. */
  readonly own: number;
  /** Used by all processes, this one included. */
  readonly all: number;
  readonly idle: number;
  /** In which threads of this process could have run and had no processor; systems that cannot tell leave it out. */
  readonly waited?: number;
}

/** Milliseconds, unless they say otherwise. */
const limits = {
  /** Between two looks at the load. */
  window: 2000,
  /** Looks in a row that see other work before it is told. */
  looks: 2,
  /** Processors that other work takes, and that idle, from which on the processors count as shared. */
  others: 0.3,
  idle: 0.25,
  /** Threads of this process that wait for a processor, on average. */
  waiting: 0.3,
  /** Steps count as slow when they take this many times the run's best. */
  slow: 1.5,
  /** A number of threads is measured for so long, and for so many steps after the first ones. */
  trial: 1500,
  trialSteps: 5,
  warmSteps: 2,
  /** What it must gain to be kept. */
  gain: 1.1,
  /** Until it is tried again after it was no gain; doubled each time. */
  again: 30_000,
  mostAgain: 600_000,
} as const;

/** How much of the processors others have had between two looks. */
export function sharing(
  before: Load,
  after: Load,
  milliseconds: number,
): { readonly isShared: boolean; readonly others: number; readonly idle: number } {
  const others = Math.max(0, after.all - before.all - (after.own - before.own)) / milliseconds;
  const idle = Math.max(0, after.idle - before.idle) / milliseconds;
  const waiting =
    after.waited === undefined || before.waited === undefined ? 0 : (after.waited - before.waited) / milliseconds;
  const isShared = (others >= limits.others && idle < limits.idle) || (waiting >= limits.waiting && idle < limits.idle);
  return { isShared, others, idle };
}

/**
 * The watch that warns once where the processors are shared and steps are slow for it, and that changes the threads where it may.
 * @param options.most threads that it begins with and never exceeds
 * @param options.isAuto whether it may change them
 */
export function sharingWatch(options: {
  readonly load: () => Load | undefined;
  readonly emit: (event: Extract<TrainingEvent, { kind: "warning" }>) => void;
  readonly threads: number;
  readonly isAuto: boolean;
}): OpenWatch {
  const { load, emit, isAuto } = options;
  return ({ began }) => {
    const most = options.threads;
    let before = load();
    let looked = began;
    let sharedLooks = 0;
    let hasQuiet = false;
    let hasWarned = false;
    let seen: ReturnType<typeof sharing> | undefined;
    /** Of the steps since the last look. */
    let steps = { count: 0, milliseconds: 0 };
    /** Milliseconds of a step at best, by phase. */
    const best = new Map<number, number>();
    let phase = 0;
    let rested = 0;
    let trial: { readonly from: number; readonly to: number; readonly step: number; skipped: number } | undefined;
    let measured = { count: 0, milliseconds: 0 };
    /** Of the last look: it holds for the load that was seen then. */
    let recent: number | undefined;
    const wait = { down: { until: 0, next: limits.again as number }, up: { until: 0, next: limits.again as number } };

    const look = (now: number): void => {
      const after = load();
      const passed = now - looked - rested;
      rested = 0;
      looked = now;
      seen = before === undefined || after === undefined || passed <= 0 ? undefined : sharing(before, after, passed);
      before = after;
      if (seen === undefined) return;
      sharedLooks = seen.isShared ? sharedLooks + 1 : 0;
      if (!seen.isShared) hasQuiet = true;
      const step = steps.count === 0 ? undefined : steps.milliseconds / steps.count;
      steps = { count: 0, milliseconds: 0 };
      recent = step;
      if (step === undefined) return;
      const known = best.get(phase);
      const factor = known === undefined ? undefined : step / known;
      if (known === undefined || step < known) best.set(phase, step);
      if (sharedLooks < limits.looks || hasWarned) return;
      // A run that was never alone does not know its best.
      if (hasQuiet && (factor === undefined || factor < limits.slow)) return;
      hasWarned = true;
      emit(warning(seen.others, before?.processors ?? 0, hasQuiet ? factor : undefined, { threads: most, isAuto }));
    };

    const change = (from: number, to: number, why: string): readonly WantedCommand[] => {
      trial = undefined;
      measured = { count: 0, milliseconds: 0 };
      // What the last look saw was of other threads.
      recent = undefined;
      return from === to ? [] : [{ command: { kind: "setThreads", threads: to }, why }];
    };

    return {
      stepped(taken) {
        if (taken.phase !== phase) {
          phase = taken.phase;
          trial = undefined;
          steps = { count: 0, milliseconds: 0 };
          measured = { count: 0, milliseconds: 0 };
        }
        steps.count += 1;
        steps.milliseconds += taken.milliseconds;
        if (trial !== undefined && trial.skipped < limits.warmSteps) trial.skipped += 1;
        else if (trial !== undefined) {
          measured.count += 1;
          measured.milliseconds += taken.milliseconds;
        }
        if (taken.now - looked >= limits.window) look(taken.now);
      },
      epochEnded() {},
      paused(milliseconds) {
        rested += milliseconds;
      },
      wanted({ threads: set }, now) {
        if (!isAuto || most === 1) return [];
        const threads = set ?? most;
        if (trial !== undefined) {
          if (measured.milliseconds < limits.trial || measured.count < limits.trialSteps) return [];
          const step = measured.milliseconds / measured.count;
          const { from, to, step: stepBefore } = trial;
          const way = to < from ? wait.down : wait.up;
          const gain = stepBefore / step;
          if (gain >= limits.gain) {
            way.next = limits.again;
            // Once fewer threads are faster, more are when the processors are free again.
            way.until = now + limits.window;
            trial = undefined;
            return [];
          }
          way.until = now + way.next;
          way.next = Math.min(limits.mostAgain, 2 * way.next);
          return change(to, from, `${countText(to, "thread")} took ${timesText(1 / gain)} the time of a step`);
        }
        const step = recent;
        if (seen === undefined || step === undefined) return [];
        const isDown = sharedLooks >= limits.looks && threads > 1 && now >= wait.down.until;
        const isUp = !seen.isShared && seen.idle >= 1 - limits.idle && threads < most && now >= wait.up.until;
        if (!isDown && !isUp) return [];
        const to = isDown
          ? threads > 4
            ? Math.ceil(threads / 2)
            : threads - 1
          : Math.min(most, threads >= 4 ? 2 * threads : threads + 1);
        const wanted = change(
          threads,
          to,
          isDown ? "the processors are shared; measured" : "a processor is free again; measured",
        );
        trial = { from: threads, to, step, skipped: 0 };
        return wanted;
      },
    };
  };
}

function timesText(times: number): string {
  return `${times.toFixed(times < 10 ? 1 : 0)} times`;
}

function warning(
  others: number,
  processors: number,
  factor: number | undefined,
  { threads, isAuto }: { readonly threads: number; readonly isAuto: boolean },
): Extract<TrainingEvent, { kind: "warning" }> {
  const slower = factor === undefined ? "" : `, and a step takes ${timesText(factor)} as long as at best`;
  const fewer = isAuto
    ? "Fewer threads are tried and kept where they are faster."
    : threads > 1
      ? "--threads auto keeps as few threads as are fastest, --threads 1 computes in one: threads that share a processor wait for each other."
      : "End the other work, or make it give way (nice).";
  return {
    kind: "warning",
    message: `other work takes ${others.toFixed(1)} of ${countText(processors, "processor")}${slower}`,
    hint: fewer,
  };
}

// A busy machine, as loads that are handed in: what is told, and which threads are tried and kept.
import { describe, expect, it } from "vitest";
import type { TrainingEvent } from "./events.js";
import { type Load, sharing, sharingWatch } from "./sharing.js";
import { tinySource } from "./testing/tiny.js";

const processors = 2;

/** A training on two processors beside so many loops that never rest. @param stepOf milliseconds by threads */
function machine(isAuto: boolean, stepOf: (threads: number, others: number) => number) {
  const warnings: Extract<TrainingEvent, { kind: "warning" }>[] = [];
  const changes: [from: number, to: number, others: number][] = [];
  const load = { own: 0, all: 0, idle: 0 };
  let now = 0;
  let threads = 2;
  const watch = sharingWatch({
    load: (): Load => ({ processors, ...load }),
    emit: (event) => void warnings.push(event),
    threads,
    isAuto,
  })({ plan: [], source: tinySource, lengths: [1_000_000], began: 0 });
  return {
    warnings,
    changes,
    threads: () => threads,
    run(seconds: number, others: number): void {
      for (const end = now + 1000 * seconds; now < end; ) {
        for (const { command } of watch.wanted({ phase: 0, stepInPhase: 0, threads }, now)) {
          if (command.kind !== "setThreads") continue;
          changes.push([threads, command.threads, others]);
          threads = command.threads;
        }
        const milliseconds = stepOf(threads, others);
        now += milliseconds;
        const own = (milliseconds * processors * threads) / Math.max(processors, threads + others);
        const all = milliseconds * Math.min(processors, threads + others);
        load.own += own;
        load.all += all;
        load.idle += milliseconds * processors - all;
        watch.stepped({ phase: 0, milliseconds, now });
      }
    },
  };
}

/** Two threads wait for each other where others have the processors. */
const waiting = (threads: number, others: number): number => {
  if (others === 0) return threads === 2 ? 10 : 18;
  return threads === 2 ? 200 : 30;
};

describe("processors are shared", () => {
  it("where others take them and none is idle, or where own threads wait for one", () => {
    const earlier = { processors, own: 0, all: 0, idle: 0, waited: 0 };
    const later = (own: number, all: number, waited: number) => ({
      ...{ processors, own, all, idle: 2000 - all, waited },
    });
    expect(sharing(earlier, later(1000, 2000, 0), 1000)).toMatchObject({ isShared: true, others: 1, idle: 0 });
    expect(sharing(earlier, later(2000, 2000, 0), 1000).isShared).toBe(false);
    expect(sharing(earlier, later(500, 1000, 0), 1000).isShared).toBe(false);
    // Of a container, whose processors the rest of the machine is not seen on.
    expect(sharing(earlier, later(2000, 2000, 600), 1000).isShared).toBe(true);
  });
});

describe("a training beside other work", () => {
  it("says once that steps are slow, with the factor and what helps", () => {
    const { run, warnings } = machine(false, waiting);
    run(20, 0);
    expect(warnings).toEqual([]);
    run(20, 2);
    run(20, 0);
    run(20, 2);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toBe(
      "other work takes 1.0 of 2 processors, and a step takes 20 times as long as at best",
    );
    expect(warnings[0]?.hint).toContain("--threads auto");
  });

  it("says so too where it was never alone, and nothing where steps are as fast as ever", () => {
    const busy = machine(false, waiting);
    busy.run(20, 2);
    expect(busy.warnings.map(({ message }) => message)).toEqual(["other work takes 1.0 of 2 processors"]);
    const fast = machine(false, () => 10);
    fast.run(10, 0);
    fast.run(30, 2);
    expect(fast.warnings).toEqual([]);
  });

  it("leaves the threads as they are unless it may change them", () => {
    const { run, changes } = machine(false, waiting);
    run(60, 2);
    expect(changes).toEqual([]);
  });

  it("takes fewer threads where that is faster, and more again when the processors are free", () => {
    const { run, changes, threads } = machine(true, waiting);
    run(20, 0);
    expect(threads()).toBe(2);
    run(60, 2);
    expect(threads()).toBe(1);
    run(60, 0);
    expect(threads()).toBe(2);
    expect(changes.filter(([, , others]) => others === 2)).toEqual([[2, 1, 2]]);
    expect(changes.filter(([, , others]) => others === 0)).toEqual([[1, 2, 0]]);
  });

  it("goes back where fewer are no gain, and tries more and more seldom", () => {
    const { run, changes, threads } = machine(true, (count, others) => (others === 0 ? 10 : 20) * (3 - count));
    run(10, 0);
    run(600, 2);
    expect(threads()).toBe(2);
    const tries = changes.filter(([from, to]) => from === 2 && to === 1).length;
    expect(changes).toHaveLength(2 * tries);
    // After 30, 60, 120, 240 and 480 s.
    expect(tries).toBeGreaterThanOrEqual(4);
    expect(tries).toBeLessThanOrEqual(5);
  });
});

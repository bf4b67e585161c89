// Keeping to a time, with times that are handed in.
import { describe, expect, it } from "vitest";
import { lookBackMilliseconds, pace } from "./pace.js";
import type { PlannedPhase } from "./plan.js";
import { tinySource } from "./testing/tiny.js";
import type { Watch } from "./watch.js";

/** Phases of 10 steps an epoch. */
function planOf(...epochs: readonly number[]): readonly PlannedPhase[] {
  return epochs.map((own, index) => {
    const phase = { name: `phase-${index}`, epochs: own, batchSize: 4, accumulate: 1 } as PlannedPhase["phase"];
    return { index, phase, resolved: { phase } as PlannedPhase["resolved"], images: 40, batches: 10, steps: 10 };
  });
}

const total = 100_000;
function watching(
  plan: readonly PlannedPhase[],
  changes: Partial<Parameters<typeof pace>[0]> = {},
): { readonly watch: Watch; run(steps: number, milliseconds: number, phase?: number): number } {
  const usual = { endsAt: total, total, atMost: false, lookBack: 0, evaluateTrain: "never" } as const;
  const open = pace({ ...usual, costs: { step: plan.map(() => 100), evaluation: 0 }, ...changes });
  const watch = open({ plan, source: tinySource, lengths: plan.map(({ phase }) => phase.epochs * 10), began: 0 });
  let now = 0;
  return {
    watch,
    run(steps, milliseconds, phase = 0) {
      for (let step = 0; step < steps; step++) {
        now += milliseconds;
        watch.stepped({ phase, milliseconds, now });
      }
      return now;
    },
  };
}

describe("a training that keeps to a time", () => {
  it("is left alone where it will end in time", () => {
    const { watch, run } = watching(planOf(100));
    const now = run(200, 100);
    expect(watch.wanted({ phase: 0, stepInPhase: 200 }, now)).toEqual([]);
  });

  it("gets fewer epochs where steps become slower, and says by how much it would be late", () => {
    const { watch, run } = watching(planOf(100));
    // 300 steps of 200 ms are 60 s; 700 more would take 140 s and 40 are left: for 200 steps, 20 epochs.
    const now = run(300, 200);
    const [wanted] = watch.wanted({ phase: 0, stepInPhase: 300 }, now);
    expect(wanted?.command).toEqual({ kind: "setEpochs", epochs: [50] });
    expect(wanted?.why).toBe("slower than it was; 100 epochs would end 100 s too late");
  });

  it("gets more where they become faster, unless it is not to be lengthened", () => {
    const slow = (atMost: boolean) => {
      const { watch, run } = watching(planOf(100), { atMost, costs: { step: [50], evaluation: 0 } });
      const now = run(500, 50);
      return watch.wanted({ phase: 0, stepInPhase: 500 }, now).map(({ command }) => command);
    };
    // 25 s are spent, 75 left: for 1,500 steps of 50 ms.
    expect(slow(false)).toEqual([{ kind: "setEpochs", epochs: [200] }]);
    expect(slow(true)).toEqual([]);
  });

  it("changes all phases that are left in proportion, by what was measured of those that have not run", () => {
    const { watch, run } = watching(planOf(40, 30), { costs: { step: [100, 200], evaluation: 0 } });
    // At twice the time: the second phase's steps take 400 ms. 200 steps took 40 s; left are 200·0.2 + 300·0.4 = 160 s for 60.
    const now = run(200, 200);
    const [wanted] = watch.wanted({ phase: 0, stepInPhase: 200 }, now);
    const epochs = wanted?.command.kind === "setEpochs" ? wanted.command.epochs : [];
    // 200 and 300 steps by 60/160 are 75 and 112, rounded to whole epochs, which costs less than half the tolerance here.
    expect(epochs).toEqual([28, 11]);
  });

  it("cuts an epoch where not even that fits, but takes one more step", () => {
    const { watch, run } = watching(planOf(2), { costs: undefined });
    const now = run(12, 9000);
    const [wanted] = watch.wanted({ phase: 0, stepInPhase: 12 }, now);
    expect(wanted?.command).toEqual({ kind: "setEpochs", epochs: [1.3] });
  });

  it("counts evaluations and what comes after the last epoch", () => {
    const { watch, run } = watching(planOf(100), {
      costs: { step: [100], evaluation: 1000 },
      evaluateTrain: false,
      lookBack: 10_000,
    });
    const now = run(200, 100);
    // The train images are 40/12 of the test images: 3.3 s at the end. 80 s less 13.3 are left for 80·(1 + 1) s.
    const [wanted] = watch.wanted({ phase: 0, stepInPhase: 200 }, now);
    expect(wanted?.command).toEqual({ kind: "setEpochs", epochs: [53] });
  });

  it("waits between two changes, and does not count a rest", () => {
    const { watch, run } = watching(planOf(100));
    const now = run(300, 200);
    expect(watch.wanted({ phase: 0, stepInPhase: 300 }, now)).toHaveLength(1);
    expect(watch.wanted({ phase: 0, stepInPhase: 300, epochs: [100] }, now + 1000)).toEqual([]);
    watch.paused(50_000);
    // Then 50 s more are left, and the time since the change is the same.
    expect(watch.wanted({ phase: 0, stepInPhase: 300, epochs: [50] }, now + 51_000)).toEqual([]);
    expect(watch.wanted({ phase: 0, stepInPhase: 300, epochs: [100] }, now + 57_000)).toHaveLength(1);
  });

  it("keeps three seconds for pictures and exports, more where it was slow to begin, a twelfth at most", () => {
    expect(lookBackMilliseconds({ minutes: 3, spent: 500 })).toBe(3000);
    expect(lookBackMilliseconds({ minutes: 3, spent: 4000 })).toBe(12_000);
    expect(lookBackMilliseconds({ minutes: 0.1, spent: 500 })).toBe(480);
  });
});

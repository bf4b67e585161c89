import { describe, expect, it } from "vitest";
import { thrownBy } from "../testing/evaluate.js";
import { expectClose, rates } from "../testing/rates.js";
import { readSchedule } from "./index.js";

/** A warm-up with what follows it. */
function warmUp(options: object, then: unknown) {
  return { warmUp: { ...options, then } };
}

describe("warmUp", () => {
  it("rises along a line and then runs the next schedule over the rest of the phase", () => {
    // W = 4: 1/3 + (2/3)·t/4; then a cosine over six steps: (1 + cos(kπ/6))/2 with cosines 1, √3/2, 1/2, 0, −1/2, −√3/2.
    const r = Math.sqrt(3) / 2;
    const expected = [1 / 3, 0.5, 2 / 3, 5 / 6, 1, (1 + r) / 2, 0.75, 0.5, 0.25, (1 - r) / 2];
    expectClose(rates(warmUp({ steps: 4 }, "cosine"), 10), expected);
    expectClose(rates(warmUp({ epochs: 0.8 }, "cosine"), 10, 5), expected);
  });

  it("keeps the full rate where nothing follows, from the part that `from` says", () => {
    expectClose(rates({ warmUp: { steps: 2, from: 0 } }, 4), [0, 0.5, 1, 1]);
  });

  it("lets a schedule that watches go on watching", () => {
    const { schedule, options } = readSchedule(warmUp({ steps: 1 }, { reduceOnPlateau: { patience: 0, factor: 0.5 } }));
    let memory = schedule.start ?? {};
    for (const figure of [1, 1]) memory = schedule.watch?.(options, memory, figure) ?? memory;
    expect(schedule.at(options, { step: 3, steps: 9, stepsPerEpoch: 1 }, 1, memory)).toBe(0.5);
  });

  it("fills in what follows as plain data", () => {
    expect(readSchedule(warmUp({ epochs: 1 }, { step: 3 })).options).toEqual(
      warmUp({ epochs: 1, from: 1 / 3 }, { step: { every: 3, factor: 0.1 } }).warmUp,
    );
  });

  it("says what is wrong with its own length and with what follows", () => {
    const at = "phases[0].schedule";
    expect(thrownBy(() => readSchedule({ warmUp: {} }, at))).toMatchObject({
      at: "phases[0].schedule.warmUp",
      message: "expected either epochs or steps",
    });
    expect(thrownBy(() => readSchedule(warmUp({ steps: 1 }, "cosin"), at))).toMatchObject({
      at: "phases[0].schedule.warmUp.then",
      message: "no schedule is called cosin; did you mean cosine?",
    });
    expect(thrownBy(() => readSchedule(warmUp({ steps: 1 }, { step: { every: 0 } }), at))).toMatchObject({
      at: "phases[0].schedule.warmUp.then.step.every",
      message: "expected a positive whole number, got 0",
    });
  });
});

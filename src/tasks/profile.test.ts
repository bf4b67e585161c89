import { describe, expect, it } from "vitest";
import type { StepTime } from "../engines/engine.js";
import { chromeTrace, median, medianTimes, profileOf, profileTables } from "./profile.js";

const time = (place: string, op: string, milliseconds: number, more: Partial<StepTime> = {}): StepTime => ({
  place,
  op,
  implementation: "jit",
  layouts: [],
  milliseconds,
  ...more,
});
/** Ten milliseconds in all. */
const step: readonly StepTime[] = [
  time("encoder[0] conv2d", "conv2d", 4, { operations: 200e6 }),
  time("encoder[0] conv2d", "conv2d", 1, { implementation: "reorder" }),
  time("encoder[1] relu", "relu", 2),
  time("encoder[0] conv2d", "conv2dWeightGradient", 2.5, { operations: 100e6 }),
  time("", "", 0.5),
];

describe("a profile", () => {
  it("adds times up by layer, the slowest first, with shares of the step and of the peak", () => {
    const { milliseconds, primitives, layers } = profileOf(step, 100);
    expect([milliseconds, primitives]).toEqual([10, 5]);
    // 300 million operations in 6.5 ms are 46.15 GFLOP/s, of a peak of 100; the copy does not count.
    expect(layers).toEqual([
      { place: "encoder[0] conv2d", milliseconds: 7.5, share: 0.75, peakShare: 300 / 6.5 / 100 },
      { place: "encoder[1] relu", milliseconds: 2, share: 0.2 },
      { place: "(copies)", milliseconds: 0.5, share: 0.05 },
    ]);
  });

  it("tells primitives of a layer apart by op and implementation", () => {
    expect(profileTables(profileOf(step, 100))).toEqual({
      layers: [
        ["layer", "ms", "share", "of peak"],
        ["encoder[0] conv2d", "7.500", "75.0%", "46.2%"],
        ["encoder[1] relu", "2.000", "20.0%", ""],
        ["(copies)", "0.500", "5.0%", ""],
      ],
      steps: [
        ["primitive", "layer", "implementation", "ms", "share", "of peak"],
        ["conv2d", "encoder[0] conv2d", "jit", "4.000", "40.0%", "50.0%"],
        ["conv2dWeightGradient", "encoder[0] conv2d", "jit", "2.500", "25.0%", "40.0%"],
        ["relu", "encoder[1] relu", "jit", "2.000", "20.0%", ""],
        ["conv2d", "encoder[0] conv2d", "reorder", "1.000", "10.0%", ""],
        ["copy", "(copies)", "jit", "0.500", "5.0%", ""],
      ],
    });
  });

  it("takes each primitive's median over several runs", () => {
    const runs = [3, 1, 8].map((milliseconds) => [time("a", "relu", milliseconds), time("b", "elu", 2 * milliseconds)]);
    expect(medianTimes(runs).map(({ milliseconds }) => milliseconds)).toEqual([3, 6]);
    expect([median([5]), median([4, 1, 3, 2]), median([])]).toEqual([5, 2.5, Number.NaN]);
  });

  it("becomes a trace of events one after the other, in microseconds", () => {
    const { traceEvents } = JSON.parse(chromeTrace(step, "tiny"));
    expect(traceEvents[0]).toEqual({ name: "process_name", ph: "M", pid: 1, tid: 1, args: { name: "tiny" } });
    expect(
      traceEvents.slice(1).map(({ name, cat, ph, ts, dur }: Record<string, unknown>) => [name, cat, ph, ts, dur]),
    ).toEqual([
      ["conv2d", "encoder[0] conv2d", "X", 0, 4000],
      ["conv2d", "encoder[0] conv2d", "X", 4000, 1000],
      ["relu", "encoder[1] relu", "X", 5000, 2000],
      ["conv2dWeightGradient", "encoder[0] conv2d", "X", 7000, 2500],
      ["copy", "(copies)", "X", 9500, 500],
    ]);
  });
});

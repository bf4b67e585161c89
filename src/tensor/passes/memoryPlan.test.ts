// The memory plan: never two live values in one place, never more than without sharing, and little where little is enough.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { graphBuilder, program } from "../graph.js";
import type { Value } from "../ops/define.js";
import { ops } from "../ops/index.js";
import { type LiveInterval, peakBytes, planMemory } from "./memoryPlan.js";

const interval = fc
  .record({ start: fc.nat(30), length: fc.nat(10), bytes: fc.nat(1000) })
  .map(({ start, length, bytes }): LiveInterval => ({ start, end: start + length, bytes }));

describe("planMemory", () => {
  it("gives no byte to two intervals that live at one step", () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 40 }), fc.constantFrom(1, 16, 64), (intervals, alignment) => {
        const { offsets, bytes } = planMemory(intervals, alignment);
        const rounded = (size: number): number => Math.ceil(size / alignment) * alignment;
        intervals.forEach((a, i) => {
          expect(offsets[i] % alignment).toBe(0);
          expect(offsets[i] + a.bytes).toBeLessThanOrEqual(bytes);
          intervals.slice(0, i).forEach((b, j) => {
            const together = a.start <= b.end && b.start <= a.end && a.bytes > 0 && b.bytes > 0;
            const apart = offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i];
            expect(!together || apart).toBe(true);
          });
        });
        // Between the most that lives at one step and everything side by side.
        const steps = intervals.map(({ start }) => start);
        const alive = steps.map((step) =>
          intervals.filter(({ start, end }) => start <= step && step <= end).reduce((sum, { bytes: b }) => sum + b, 0),
        );
        expect(bytes).toBeGreaterThanOrEqual(Math.max(0, ...alive));
        expect(bytes).toBeLessThanOrEqual(intervals.reduce((sum, { bytes: b }) => sum + rounded(b), 0));
      }),
    );
  });

  it("lets those share that never meet, and puts a small one into the smallest gap", () => {
    expect(
      planMemory([
        { start: 0, end: 1, bytes: 100 },
        { start: 2, end: 3, bytes: 80 },
      ]),
    ).toEqual({
      offsets: [0, 0],
      bytes: 100,
    });
    // Inclusive ends: both live at step 1.
    expect(
      planMemory([
        { start: 0, end: 1, bytes: 64 },
        { start: 1, end: 2, bytes: 64 },
      ]).bytes,
    ).toBe(128);
  });
});

describe("peakBytes", () => {
  it("is two values for a chain: the one that is read and the one that is written", () => {
    const graph = graphBuilder();
    let value: Value = graph.input("x", [16]);
    for (let i = 0; i < 10; i++) value = graph.add(ops.tanh, [value], {});
    expect(peakBytes(program({ name: "p", outputs: { value } }))).toBe(2 * 16 * 4);
  });
});

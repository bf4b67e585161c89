import { expect, it } from "vitest";
import type { EpochRecord } from "../../api.js";
import { addRecords, keepRecords, mostRecords, noRecords } from "./records.js";

const line = (epoch: number): EpochRecord => ({
  ...{ kind: "epoch", phase: 0, epoch, step: epoch * 10, learningRate: 0.1, train: {}, images: 100 },
  test: { mse: 1 / epoch },
});
const lines = (from: number, count: number): EpochRecord[] =>
  Array.from({ length: count }, (_, i) => line(from + i + 1));

it("adds lines in order, the same ones twice too", () => {
  const first = addRecords(noRecords, 0, lines(0, 3), []);
  const again = addRecords(first.kept, 1, lines(1, 4), []);
  expect(again.kept.places).toEqual([0, 1, 2, 3, 4]);
  expect(again.kept.records.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
  expect([again.kept.count, again.missing]).toEqual([5, undefined]);
});

it("says which lines are missing after a gap, and takes them in between", () => {
  const { kept } = addRecords(noRecords, 0, lines(0, 2), []);
  const gap = addRecords(kept, 5, lines(5, 1), []);
  expect(gap.missing).toEqual({ from: 2, to: 5 });
  const filled = addRecords(gap.kept, 2, lines(2, 3), []);
  expect(filled.kept.places).toEqual([0, 1, 2, 3, 4, 5]);
  expect(filled.missing).toBeUndefined();
});

it("goes on from a thinned answer without asking for what was thinned", () => {
  const records = [line(1), line(50), line(100)];
  const kept = keepRecords({ count: 100, places: [0, 49, 99], records, timing: [], problems: [] });
  const next = addRecords(kept, 100, [line(101)], []);
  expect(next.missing).toBeUndefined();
  expect(next.kept.places).toEqual([0, 49, 99, 100]);
});

it("keeps no more than a curve can show, the first and the last always", () => {
  let kept = noRecords;
  const time = { seconds: 1, evaluationSeconds: 0, imagesPerSecond: 1, dataWaitSeconds: 0, peakBytes: 1, time: "" };
  for (let i = 0; i < 10_000; i++) kept = addRecords(kept, i, [line(i + 1)], [{ epoch: i + 1, ...time }]).kept;
  expect(kept.records.length).toBeLessThanOrEqual(mostRecords);
  expect(kept.records.length).toBeGreaterThan(mostRecords / 2);
  expect([kept.records[0]?.epoch, kept.records.at(-1)?.epoch, kept.count]).toEqual([1, 10_000, 10_000]);
  expect(kept.timing.size).toBe(kept.records.length);
  expect(kept.places.every((place, i) => place + 1 === kept.records[i]?.epoch)).toBe(true);
});

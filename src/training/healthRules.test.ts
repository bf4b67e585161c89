// The rules of a training's health, on numbers made by hand.
import { describe, expect, it } from "vitest";
import type { EpochRecord, HealthRecord } from "../runs/records.js";
import { type HealthFacts, isWarning, type Judgement, judge, judgeCurves, newNotes } from "./healthRules.js";

const fine: HealthFacts = { step: 5_000, images: 256, relus: [] };
const states = (judgements: readonly Judgement[]) => judgements.map(({ kind, state }) => `${kind} ${state}`);

describe("dead units", () => {
  const found = (dead: number, images = 256) =>
    states(judge({ ...fine, images, relus: [{ place: "encoder.3", units: 100, dead }] }));

  it("are said from half of a layer on, and taken back below a quarter", () => {
    expect([0, 24, 25, 49, 50, 100].flatMap((dead) => found(dead))).toEqual([
      "deadUnits well",
      "deadUnits well",
      "deadUnits between",
      "deadUnits between",
      "deadUnits ill",
      "deadUnits ill",
    ]);
  });

  it("are not judged by fewer than a hundred images", () => {
    expect([found(100, 99), found(100, 100)]).toEqual([[], ["deadUnits ill"]]);
  });

  it("are named with their layer and how many they are", () => {
    const [note] = judge({ ...fine, relus: [{ place: "encoder.3", units: 8, dead: 1 }] });
    expect(note?.message).toBe("1 of 8 units of encoder.3 is 0 for all of 256 test images");
  });
});

describe("a collapsed code", () => {
  const found = (facts: Partial<HealthFacts>) => states(judge({ ...fine, ...facts }));

  it("shows in reconstructions that hardly vary, once a training has had time to leave the mean image", () => {
    expect(found({ spread: { reconstructions: 0.4, originals: 50 } })).toEqual(["collapsedCode ill"]);
    expect(found({ spread: { reconstructions: 0.75, originals: 50 } })).toEqual(["collapsedCode between"]);
    expect(found({ spread: { reconstructions: 5, originals: 50 } })).toEqual(["collapsedCode well"]);
    expect(found({ step: 999, spread: { reconstructions: 0, originals: 50 } })).toEqual([]);
    expect(judge({ ...fine, spread: { reconstructions: 0.4, originals: 50 } })[0]?.message).toBe(
      "every picture is reconstructed as nearly the same one: they vary 0.8 % as much as the originals",
    );
  });

  it("shows in units that say less than a hundredth of a nat; many of them alone are no illness", () => {
    const units = (silent: number) => Array.from({ length: 20 }, (_, i) => (i < silent ? 0.0099 : 0.01));
    expect(found({ klOfUnits: units(9) })).toEqual(["collapsedCode well", "unusedUnits between"]);
    expect(found({ klOfUnits: units(10) })).toEqual(["collapsedCode well", "unusedUnits ill"]);
    expect(found({ klOfUnits: units(17) })).toEqual(["collapsedCode between", "unusedUnits ill"]);
    expect(found({ klOfUnits: units(18) })).toEqual(["collapsedCode ill", "unusedUnits between"]);
    expect(found({ klOfUnits: units(7) })).toEqual(["collapsedCode well", "unusedUnits well"]);
    expect(found({ step: 500, klOfUnits: units(20) })).toEqual([]);
  });
});

describe("train and test", () => {
  const curve = (points: readonly (readonly [train: number, test: number])[], phase = 0): EpochRecord[] =>
    points.map(([train, test], i) => ({
      ...{ kind: "epoch", phase, epoch: i + 1, step: i + 1, learningRate: 0.1, images: 1 },
      train: { objective: train },
      test: { objective: test },
    }));
  const found = (records: readonly EpochRecord[]) => judgeCurves(records).map(({ state }) => state);
  const apart = curve([
    [1, 1],
    [0.9, 0.8],
    [0.8, 0.85],
    [0.7, 0.86],
    [0.6, 0.87],
  ]);

  it("come apart where test is 5 % above its lowest for three epochs while train falls", () => {
    // 0.85, 0.86 and 0.87 lie 6.25, 7.5 and 8.75 % above 0.8 (8.75 as a double is a little less).
    expect(found(apart.slice(0, 4))).toEqual(["between"]);
    expect(found(apart)).toEqual(["ill"]);
    expect(judgeCurves(apart)[0]?.message).toBe(
      "the test objective is 8.7 % above its lowest (epoch 2) while that of the training images falls",
    );
  });

  it("do not where both rise, as after a step that was too large, nor within 5 %", () => {
    const points = apart.map(({ train, test }): [number, number] => [train.objective ?? 0, test.objective ?? 0]);
    expect(found(curve(points.map(([, test]) => [1.1 * test, test])))).toEqual(["between"]);
    expect(found(curve(points.map(([train, test], i) => [train, i < 2 ? test : 0.83])))).toEqual(["between"]);
    expect(found(curve(points.map(([train], i) => [train, 1 - i / 10])))).toEqual(["well"]);
  });

  it("are not held against another phase, whose pictures may be corrupted otherwise, nor judged by what may be negative", () => {
    const second = curve([[0.9, 1.2]], 1).map((record) => ({ ...record, epoch: 6 }));
    expect(found([...apart.slice(0, 2), ...second])).toEqual(["well"]);
    expect(found(curve([[-1, -1]]))).toEqual([]);
    expect(found([])).toEqual([]);
  });
});

describe("a note", () => {
  const ill = (value: number): Judgement => ({
    ...{ kind: "deadUnits", place: "encoder.3", state: "ill", value },
    ...{ message: "dead", hint: "mend" },
  });
  it("is made once, again when it is worse by half, and when it is over", () => {
    const told: HealthRecord[] = [];
    const said = [0.1, 0.12, 0.149, 0.151, 0.2, 0.3].map((value, i) => {
      const notes = newNotes([ill(value)], told, { epoch: i + 1, step: i });
      told.push(...notes);
      return notes.length;
    });
    expect(said).toEqual([1, 0, 0, 1, 0, 1]);
    const well: Judgement = { ...ill(0.01), state: "well" };
    expect(newNotes([{ ...well, state: "between" }], told, { epoch: 7, step: 7 })).toEqual([]);
    const [over] = newNotes([well], told, { epoch: 8, step: 8 });
    expect(over).toEqual({
      ...{ epoch: 8, step: 8, kind: "deadUnits", place: "encoder.3", value: 0.01, isOver: true },
      ...{ message: "better now: dead", hint: "Nothing is to be done." },
    });
    if (over !== undefined) told.push(over);
    expect(newNotes([well], told, { epoch: 9, step: 9 })).toEqual([]);
    expect(newNotes([ill(0.1)], told, { epoch: 10, step: 10 })).toHaveLength(1);
  });

  it("of one place says nothing of another, and is a warning only where somebody should do something", () => {
    const [note] = newNotes([ill(0.1)], [], { epoch: 1, step: 1 });
    if (note === undefined) throw new Error("nothing was said");
    expect(newNotes([{ ...ill(0.1), place: "encoder.5" }], [note], { epoch: 2, step: 2 })).toHaveLength(1);
    expect([
      isWarning(note),
      isWarning({ ...note, isOver: true }),
      isWarning({ ...note, kind: "unusedUnits" }),
    ]).toEqual([true, false, false]);
  });
});

import { describe, expect, it } from "vitest";
import { concatenated, evenPlaces, joined, sum } from "./numbers.js";

describe("numbers", () => {
  it("are summed, none to nothing", () => {
    expect([sum([1, 2, 3.5]), sum([]), sum(new Set([4, 5]))]).toEqual([6.5, 0, 9]);
  });

  it("are chosen evenly, all where they are few", () => {
    expect(evenPlaces(10, 4)).toEqual([0, 2, 5, 7]);
    expect(evenPlaces(3, 4)).toEqual([0, 1, 2]);
    expect(evenPlaces(0, 4)).toEqual([]);
  });

  it("of several arrays stand one after the other, none in an empty one", () => {
    const all = concatenated([Float32Array.of(1, 2), new Float32Array(), Float32Array.of(3)], Float32Array);
    expect(all).toEqual(Float32Array.of(1, 2, 3));
    expect(concatenated([], Uint8Array)).toEqual(new Uint8Array());
  });

  it("come together in groups, named by their smallest, whatever they were joined by", () => {
    const things = joined(7);
    for (const [one, other] of [
      [6, 2],
      [5, 1],
      [2, 4],
      [4, 6],
    ] as const)
      things.join(one, other);
    expect([0, 1, 2, 3, 4, 5, 6].map(things.leaderOf)).toEqual([0, 1, 2, 3, 2, 1, 2]);
    expect(things.groups()).toEqual([
      [1, 5],
      [2, 4, 6],
    ]);
  });
});

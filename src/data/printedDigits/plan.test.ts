import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import { heights, largestTurn, leastContrast, luma, planDigit } from "./plan.js";

const plans = Array.from({ length: 10_000 }, (_, image) =>
  planDigit(image % 10, randomSequence(0, "sample", 0, image)),
);
/** Four standard deviations of the share of `plans` that something of probability `p` happens to. */
const tolerance = (p: number): number => 4 * Math.sqrt((p * (1 - p)) / plans.length);
const share = (holds: (plan: (typeof plans)[number]) => boolean): number => plans.filter(holds).length / plans.length;

describe("planDigit", () => {
  it("gives the same plan for the same draws", () => {
    expect(planDigit(3, randomSequence(0, "sample", 0, 13))).toEqual(plans[13]);
  });

  it("keeps ink and paper apart by two fifths of the range in luma, whatever the colours", () => {
    const contrasts = plans.map(({ ink, paper }) => Math.abs(luma(ink) - luma(paper)) / 255);
    expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(leastContrast);
    // Even from 0.4 to 1: the mean is 0.7, with a deviation of 0.6/√12/√10,000.
    expect(contrasts.reduce((sum, value) => sum + value, 0) / plans.length).toBeCloseTo(0.7, 1);
    for (const { ink, paper } of plans) {
      for (const value of [...ink, ...paper])
        expect(value === Math.min(255, Math.max(0, Math.round(value)))).toBe(true);
    }
  });

  it("draws light on dark, and textured papers, in their shares", () => {
    expect(Math.abs(share(({ ink, paper }) => luma(ink) > luma(paper)) - 0.3)).toBeLessThan(tolerance(0.3));
    expect(Math.abs(share(({ texture }) => texture !== "plain") - 0.4)).toBeLessThan(tolerance(0.4));
    expect(new Set(plans.map(({ texture }) => texture)).size).toBe(6);
  });

  it("takes every typeface equally often", () => {
    const counts = new Map<string, number>();
    for (const { typeface } of plans) counts.set(typeface.name, (counts.get(typeface.name) ?? 0) + 1);
    expect(counts.size).toBe(30);
    for (const count of counts.values()) {
      expect(Math.abs(count / plans.length - 1 / 30)).toBeLessThan(tolerance(1 / 30));
    }
  });

  it("spreads heights, turns and places evenly over their ranges", () => {
    const { smallest, largest } = heights;
    const outside = plans.filter(
      ({ height, turn, place: [x, y] }) =>
        height < smallest ||
        height >= largest ||
        Math.abs(turn) > largestTurn ||
        Math.min(x, y) < 0 ||
        Math.max(x, y) >= 1,
    );
    expect(outside).toEqual([]);
    const middle = (smallest + largest) / 2;
    for (const below of [
      share(({ height }) => height < middle),
      share(({ turn }) => turn < 0),
      share(({ place }) => place[0] < 0.5),
      share(({ place }) => place[1] < 0.5),
    ]) {
      expect(Math.abs(below - 0.5)).toBeLessThan(tolerance(0.5));
    }
  });
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { rowWindow, scrollToRow } from "./rows.js";

it("draws what is in sight and a few rows beside, of 10,000", () => {
  // 600 pixels at 32 a row are 18.75 rows: those from 100 to 118, and 12 on either side.
  expect(rowWindow(10_000, 32, 3_200, 600)).toEqual({ first: 88, end: 131, above: 2_816, height: 320_000 });
});

it("keeps within the table, whatever is scrolled", () => {
  expect(rowWindow(0, 32, 500, 600)).toEqual({ first: 0, end: 0, above: 0, height: 0 });
  expect(rowWindow(3, 32, 1e9, 600)).toEqual({ first: 0, end: 3, above: 0, height: 96 });
  fc.assert(
    fc.property(fc.nat(20_000), fc.integer({ min: -1_000, max: 1_000_000 }), fc.nat(3_000), (count, scrolled, view) => {
      const { first, end } = rowWindow(count, 32, scrolled, view);
      const top = Math.min(Math.max(0, scrolled), Math.max(0, count * 32 - view));
      expect(first * 32).toBeLessThanOrEqual(top);
      expect(end * 32).toBeGreaterThanOrEqual(Math.min(count * 32, top + view));
      expect(end - first).toBeLessThanOrEqual(Math.ceil(view / 32) + 25);
    }),
  );
});

it("scrolls no further than a row needs", () => {
  expect(scrollToRow(2, 32, 100, 320)).toBe(64);
  expect(scrollToRow(5, 32, 100, 320)).toBe(100);
  expect(scrollToRow(20, 32, 100, 320)).toBe(352);
});

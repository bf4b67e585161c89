import { expect, it } from "vitest";
import { bytesText, numberText, timeText } from "./words.js";

it("writes figures with three significant digits", () => {
  expect([0.0032149, 12.345, 1234.5, 0, -0.5, 1e-7, undefined, null, Number.NaN].map(numberText)).toEqual([
    "0.00321",
    "12.3",
    "1,235",
    "0.00",
    "-0.500",
    "1.00e-7",
    "",
    "",
    "NaN",
  ]);
});

it("writes a time of the reader's own day", () => {
  expect(timeText(new Date(2026, 10, 29, 8, 5).toISOString())).toBe("2026-11-29 08:05");
  expect([timeText(null), timeText("yesterday")]).toEqual(["", ""]);
});

it("writes sizes with their units", () => {
  expect([12, 1_500, 999_600, 123_456_789, 5e15].map(bytesText)).toEqual([
    "12 B",
    "1.5 kB",
    "1.0 MB",
    "123 MB",
    "5000 TB",
  ]);
});

import { expect, it } from "vitest";
import { makeAxis } from "./axis.js";

it("puts round numbers on a linear axis", () => {
  expect(makeAxis(0, 20, "linear", 5).ticks).toEqual([0, 5, 10, 15, 20]);
  expect(makeAxis(0.0031, 0.0289, "linear", 4).ticks).toEqual([0.01, 0.02]);
  expect(makeAxis(0, 20, "linear", 5).place(5)).toBe(0.25);
  expect(makeAxis(3, 3, "linear", 4).ticks.length).toBeGreaterThan(0);
});

it("puts powers of ten on a logarithmic one, and numbers between where there are few", () => {
  expect(makeAxis(0.001, 1, "log", 4).ticks).toEqual([0.001, 0.01, 0.1, 1]);
  expect(makeAxis(0.003, 0.06, "log", 4).ticks).toEqual([0.005, 0.01, 0.02, 0.05]);
  expect(makeAxis(0.11, 0.17, "log", 4).ticks).toEqual([0.12, 0.14, 0.16]);
  expect(makeAxis(0.001, 0.1, "log", 4).place(0.01)).toBeCloseTo(0.5, 12);
});

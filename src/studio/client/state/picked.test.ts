import { expect, it } from "vitest";
import { mostPicked, pickedText, readPicked } from "./picked.js";

it("writes a selection short and reads it again", () => {
  const text = pickedText(new Set([40, 2, 0, 1, 41, 7]));
  expect(text).toBe("0-2,7,40-41");
  expect([...readPicked(text ?? "", 41)]).toEqual([0, 1, 2, 7, 40]);
});

it("writes a bit for each point where that is shorter, and reads the same points again", () => {
  const odd = new Set(Array.from({ length: 5_000 }, (_, i) => 2 * i + 1 + (i % 7 === 0 ? 1 : 0)));
  const text = pickedText(odd) ?? "";
  expect(text).toMatch(/^\.[\w-]+$/);
  expect(text.length).toBeLessThanOrEqual(mostPicked);
  expect(readPicked(text, 10_001)).toEqual(odd);
  expect([...readPicked(text, 3)]).toEqual([2]);
});

it("leaves out what is too long for an address, and what is no selection", () => {
  expect(pickedText(Array.from({ length: 20_000 }, (_, i) => 2 * i))).toBeUndefined();
  expect(pickedText(Array.from({ length: 100_000 }, (_, i) => i))).toBe("0-99999");
  expect([...readPicked("a,-1,3-x,5-3,__proto__,9", 10)]).toEqual([9]);
  expect(readPicked("0-99999999", 10).size).toBe(10);
  expect(readPicked(".x", 10).size).toBe(0);
});

import { expect, it } from "vitest";
import { mostPicked, pickedText, readPicked } from "./picked.js";

it("writes a selection short and reads it again", () => {
  const text = pickedText(new Set([40, 2, 0, 1, 41, 7]));
  expect(text).toBe("0-2,7,40-41");
  expect([...readPicked(text ?? "", 41)]).toEqual([0, 1, 2, 7, 40]);
});

it("leaves out what is too long for an address, and what is no selection", () => {
  expect(pickedText(Array.from({ length: mostPicked }, (_, i) => 2 * i))).toBeUndefined();
  expect(pickedText(Array.from({ length: 100_000 }, (_, i) => i))).toBe("0-99999");
  expect([...readPicked("a,-1,3-x,5-3,__proto__,9", 10)]).toEqual([9]);
  expect(readPicked("0-99999999", 10).size).toBe(10);
});

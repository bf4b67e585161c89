import { expect, it } from "vitest";
import { signedDifference } from "./difference.js";

const difference = (before: readonly number[], after: readonly number[]): number[] => {
  const out = new Uint8ClampedArray(4);
  signedDifference([...before, 255], [...after, 255], out);
  return [...out];
};

it("is white where nothing differs, orange where brighter, blue where darker", () => {
  expect(difference([9, 9, 9], [9, 9, 9])).toEqual([255, 255, 255, 255]);
  expect(difference([0, 0, 0], [255, 255, 255])).toEqual([0xd5, 0x5e, 0, 255]);
  expect(difference([255, 255, 255], [0, 0, 0])).toEqual([0, 0x72, 0xb2, 255]);
});

it("has half of the colour at an eighth of all brightness, by the square root of the difference over a half", () => {
  // 96 of 765: sqrt(0.12549 / 0.5) = 0.50098, so red is 255 − 0.50098 × (255 − 213) = 233.96.
  expect(difference([0, 0, 0], [32, 32, 32])).toEqual([234, 174, 127, 255]);
});

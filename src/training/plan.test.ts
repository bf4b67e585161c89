import { describe, expect, it } from "vitest";
import { imagesUntil } from "./plan.js";

describe("the images that steps take", () => {
  // 500 epochs of 80 steps, then 200 of 10, each epoch of 2,400 images.
  const plan = [
    { phase: { epochs: 500 }, images: 2400, steps: 80 },
    { phase: { epochs: 200 }, images: 2400, steps: 10 },
  ];

  it.each([
    [0, 0],
    [20, 600],
    [40_000, 1_200_000],
    [40_005, 1_201_200],
    [42_000, 1_680_000],
  ])("%i steps: %i", (step, images) => {
    expect(imagesUntil(plan, step)).toBe(images);
  });
});

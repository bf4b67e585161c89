// Mirror images.
import { z } from "zod";
import { defineTransform } from "./define.js";

/** Mirrors left and right, or top and bottom (torchvision's `RandomHorizontalFlip` and `RandomVerticalFlip`), half of the time. */
export const flip = defineTransform({
  name: "flip",
  summary: "Mirrored.",
  keepsRange: true,
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    direction: z
      .enum(["horizontal", "vertical"], "expected horizontal or vertical")
      .default("horizontal")
      .describe("horizontal changes left and right, vertical top and bottom"),
  }),
  shorthand: "direction",
  probability: 0.5,
  prepare({ direction }, { channels, height, width }) {
    const plane = height * width;
    const isHorizontal = direction === "horizontal";
    return (image) => {
      if (isHorizontal) {
        for (let start = 0; start < channels * plane; start += width) reverse(image, start, start + width);
        return;
      }
      // Turned by half a turn, then each row turned back.
      for (let start = 0; start < channels * plane; start += plane) reverse(image, start, start + plane);
      for (let start = 0; start < channels * plane; start += width) reverse(image, start, start + width);
    };
  },
});

/** Values `start` to `end` (without) in the opposite order. */
function reverse(values: Float32Array, start: number, end: number): void {
  for (let i = start, j = end - 1; i < j; i++, j--) {
    const kept = values[i] as number;
    values[i] = values[j] as number;
    values[j] = kept;
  }
}

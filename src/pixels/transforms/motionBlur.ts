// Moved while the picture was taken.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { positiveWholeNumber } from "../../schema/options.js";
import { defineTransform } from "./define.js";
import { mirroredIndices } from "./mirror.js";
import { numberOrRange, rangeOf, within } from "./options.js";

/** Of a pixel: offsets are rounded to it, so that right angles meet pixels exactly. */
const finest = 2 ** -20;

/**
 * Each pixel becomes the mean of `length` points one pixel apart on a line about it, those between pixels blended bilinearly;
 * the image is mirrored at its edges without repeating the edge, as `blur` does. The angle is counter-clockwise from the
 * horizontal: 0 blurs along rows, 90 along columns, 45 from lower left to upper right; a line is the same turned by 180. The
 * motion blur of Hendrycks and Dietterich 2019 has a Gaussian's weights along half a line instead.
 */
export const motionBlur = defineTransform({
  name: "motionBlur",
  summary: "Moved: blurred along a line.",
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    length: positiveWholeNumber().default(5).describe("pixels that a point is drawn out over"),
    angle: numberOrRange()
      .default([0, 180])
      .describe("degrees counter-clockwise from the horizontal; [lowest, highest] draws one between them"),
  }),
  shorthand: "length",
  severities: [{ length: 2 }, { length: 3 }, { length: 5 }, { length: 8 }, { length: 13 }],
  prepare({ length, angle }, { channels, height, width }) {
    const reach = Math.ceil((length - 1) / 2);
    const shorter = Math.min(height, width);
    if (reach >= shorter) {
      throw new UserError(
        `motionBlur with length ${length} reaches over ${reach} pixels, the images have ${height}×${width}`,
        { hint: `Take a length of at most ${2 * shorter - 1}.` },
      );
    }
    const range = rangeOf(angle);
    const side = 2 * reach + 1;
    const weights = new Float64Array(side * side);
    const rows = mirroredIndices(height, reach);
    const columns = mirroredIndices(width, reach);
    const sums = new Float64Array(height * width);
    return (image, random) => {
      lineWeights(weights, reach, length, within(range, random));
      for (let channel = 0; channel < channels; channel++) {
        const start = channel * height * width;
        sums.fill(0);
        for (let at = 0; at < weights.length; at++) {
          const weight = weights[at] as number;
          if (weight === 0) continue;
          addShifted(sums, image, start, rows, columns, Math.floor(at / side), at % side, weight, height, width);
        }
        image.set(sums, start);
      }
    };
  },
});

/** Fills the square of 2·reach + 1 pixels about a pixel with the line's weights, which add up to 1. */
function lineWeights(weights: Float64Array, reach: number, length: number, degrees: number): void {
  const [along, up] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const side = 2 * reach + 1;
  weights.fill(0);
  for (let i = 0; i < length; i++) {
    const distance = i - (length - 1) / 2;
    const x = reach + Math.round((distance * along) / finest) * finest;
    // Rows count downwards.
    const y = reach - Math.round((distance * up) / finest) * finest;
    const [left, top] = [Math.floor(x), Math.floor(y)];
    for (const [row, rowShare] of [[top, 1 - (y - top)] as const, [top + 1, y - top] as const]) {
      for (const [column, share] of [[left, 1 - (x - left)] as const, [left + 1, x - left] as const]) {
        const weight = (rowShare * share) / length;
        if (weight > 0) weights[row * side + column] = (weights[row * side + column] as number) + weight;
      }
    }
  }
}

/** sums += weight · the channel at `start`, seen so many rows and columns further on in its mirrored surroundings. */
function addShifted(
  sums: Float64Array,
  image: Float32Array,
  start: number,
  rows: Int32Array,
  columns: Int32Array,
  down: number,
  right: number,
  weight: number,
  height: number,
  width: number,
): void {
  for (let y = 0; y < height; y++) {
    const from = start + (rows[y + down] as number) * width;
    const to = y * width;
    for (let x = 0; x < width; x++) {
      const pixel = image[from + (columns[x + right] as number)] as number;
      sums[to + x] = (sums[to + x] as number) + weight * pixel;
    }
  }
}

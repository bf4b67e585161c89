// Out of focus.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { positiveNumber } from "../../schema/options.js";
import { defineTransform } from "./define.js";
import { mirroredIndices } from "./mirror.js";

/**
 * Convolution with a Gaussian out to 3 σ, the image mirrored at its edges without repeating the edge (torchvision's
 * `gaussian_blur` with a kernel of 2⌈3σ⌉ + 1 pixels).
 */
export const blur = defineTransform({
  name: "blur",
  summary: "Out of focus: a Gaussian's blur.",
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    sigma: positiveNumber().default(1).describe("standard deviation of the Gaussian, in pixels"),
  }),
  shorthand: "sigma",
  severities: [{ sigma: 0.5 }, { sigma: 0.75 }, { sigma: 1 }, { sigma: 1.5 }, { sigma: 2.5 }],
  prepare({ sigma }, { channels, height, width }) {
    const radius = Math.ceil(3 * sigma);
    if (radius >= Math.min(height, width)) {
      throw new UserError(
        `blur with sigma ${sigma} reaches over ${radius} pixels, the images have ${height}×${width}`,
        {
          hint: `Take a sigma of at most ${Math.floor((Math.min(height, width) - 1) / 3)}.`,
        },
      );
    }
    const weights = gaussianWeights(radius, sigma);
    const columns = new Float64Array(width + 2 * radius);
    const smoothed = new Float32Array(height * width);
    const rows = mirroredIndices(height, radius);
    return (image) => {
      for (let channel = 0; channel < channels; channel++) {
        const start = channel * height * width;
        blurRows(image, start, smoothed, columns, weights, radius, height, width);
        blurColumns(smoothed, image, start, rows, weights, height, width);
      }
    };
  },
});

/** Weights at −radius … radius, which add up to 1. */
function gaussianWeights(radius: number, sigma: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function blurRows(
  image: Float32Array,
  start: number,
  out: Float32Array,
  line: Float64Array,
  weights: Float64Array,
  radius: number,
  height: number,
  width: number,
): void {
  for (let y = 0; y < height; y++) {
    const row = start + y * width;
    for (let x = 0; x < width; x++) line[radius + x] = image[row + x] as number;
    for (let i = 1; i <= radius; i++) {
      line[radius - i] = line[radius + i] as number;
      line[radius + width - 1 + i] = line[radius + width - 1 - i] as number;
    }
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (line[x + i] as number);
      out[y * width + x] = sum;
    }
  }
}

function blurColumns(
  smoothed: Float32Array,
  image: Float32Array,
  start: number,
  rows: Int32Array,
  weights: Float64Array,
  height: number,
  width: number,
): void {
  for (let y = 0; y < height; y++) {
    const to = start + y * width;
    for (let x = 0; x < width; x++) image[to + x] = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i] as number;
      const from = (rows[y + i] as number) * width;
      for (let x = 0; x < width; x++) {
        image[to + x] = (image[to + x] as number) + weight * (smoothed[from + x] as number);
      }
    }
  }
}

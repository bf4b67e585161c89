// What an array of NumPy is asked for.
import { z } from "zod";
import { splitOptions } from "./common.js";
import { describeSource } from "./define.js";

const rangeText = "expected the values of black and white, for example [-1, 1]";
const options = z.strictObject({
  path: z
    .string("expected the path of a file")
    .min(1, "expected the path of a file")
    .describe("a file of [image, height, width], [image, channel, height, width] or [image, height, width, channel]")
    .meta({ example: "./images.npy" }),
  labels: z.string("expected the path of a file").optional().describe("file of the labels: whole numbers [image]"),
  range: z
    .tuple([z.number(rangeText), z.number(rangeText)], rangeText)
    .refine(([low, high]) => low < high, rangeText)
    .optional()
    .describe("the values of black and white; default: 0 and 255 for whole numbers, 0 and 1 for floats"),
  split: splitOptions.describe("how the images are parted into train and test"),
});

export const npy = describeSource({
  name: "npy",
  summary: "An array saved by NumPy (npy:PATH): [image, height, width], with channels or without.",
  options,
  pathOption: "path",
});

// What IDX files are asked for.
import { z } from "zod";
import { splitOptions } from "./common.js";
import { describeSource } from "./define.js";

const options = z.strictObject({
  path: z
    .string("expected the path of a file or a folder")
    .min(1, "expected the path of a file or a folder")
    .describe("a folder with the four files that MNIST has, or a file of images; compressed by gzip or not")
    .meta({ example: "./digits" }),
  labels: z.string("expected the path of a file").optional().describe("file of the labels, beside a file of images"),
  split: splitOptions.describe("how one file of images is parted into train and test"),
});

export const idx = describeSource({
  name: "idx",
  summary: "IDX files (idx:PATH): a folder as MNIST's, or one file of images.",
  options,
  pathOption: "path",
});

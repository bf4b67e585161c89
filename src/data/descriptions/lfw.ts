// What Labeled Faces in the Wild are asked for.
import { z } from "zod";
import { splitSeed, trainShare } from "./common.js";
import { describeSource } from "./define.js";

const side = () => z.int("expected a whole number of pixels").min(1, "expected at least 1 pixel");
const options = z.strictObject({
  folder: z
    .string("expected the path of a folder")
    .optional()
    .describe("folder with a folder for each person; default: see isthmus data list"),
  size: z
    .tuple([side(), side()], "expected [height, width]")
    .default([48, 48])
    .describe("height and width that faces are resized to"),
  split: z
    .strictObject(
      {
        train: trainShare().describe("share of the pictures that is trained on; no person is in both splits"),
        seed: splitSeed().describe("another seed, other people in the test"),
      },
      "expected a mapping, for example { train: 0.9 }",
    )
    .prefault({})
    .describe("how people are parted into train and test"),
});

export const lfw = describeSource({
  name: "lfw",
  summary: "Labeled Faces in the Wild: faces in colour, 3×48×48, split by person.",
  options,
  optionsFor: ([channels = 3, ...size]) => ({ size, ...(channels === 3 ? {} : { shape: [channels, ...size] }) }),
});

// What a folder of pictures is asked for.
import { z } from "zod";
import { fits } from "../../pixels/fit.js";
import { splitOptions } from "./common.js";
import { describeSource } from "./define.js";

/** Pixels that a picture may have where nothing else is said: a camera's hundred million, 400 MB when decoded. */
export const usualPixelLimit = 100_000_000;

const pixels = () => z.int("expected a whole number of pixels").min(1, "expected at least 1 pixel");
const sizeText = "expected a number of pixels or [height, width]";
const options = z.strictObject({
  path: z
    .string("expected the path of a folder")
    .min(1, "expected the path of a folder")
    .describe("the folder")
    .meta({ example: "./pictures" }),
  size: z
    .union([pixels(), z.tuple([pixels(), pixels()])], sizeText)
    .optional()
    .describe("height and width that pictures are resized to; default: the size that all of them share"),
  grey: z
    .boolean("expected true or false")
    .optional()
    .describe("one channel instead of three; default: true where all pictures are grey"),
  fit: z
    .enum(fits, `expected one of ${fits.join(", ")}`)
    .default("cover")
    .describe("how a picture of another aspect takes the size"),
  split: splitOptions.describe("how pictures are parted into train and test; not for folders train and test"),
  strict: z
    .boolean("expected true or false")
    .default(false)
    .describe("refuse what is no picture instead of skipping it"),
  scaleOnLoad: z
    .boolean("expected true or false")
    .optional()
    .describe(
      "decode large pictures at a part of their size: photographs several times quicker, pixels nearly the same; default: only beyond 64 million pixels",
    ),
  limitPixels: pixels().default(usualPixelLimit).describe("the most pixels that a picture may have"),
});

export const folder = describeSource({
  name: "folder",
  summary: "A folder of pictures (folder:PATH): subfolders are classes, sizes may differ.",
  options,
  pathOption: "path",
  optionsFor: ([channels, ...size]) => ({ size, grey: channels === 1 }),
});

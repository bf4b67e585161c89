// What printed digits are asked for.
import { z } from "zod";
import { drawingOptions } from "../printedDigits/options.js";
import { describeSource } from "./define.js";

const options = z.strictObject({
  ...drawingOptions,
  split: z
    .strictObject(
      {
        train: z
          .number("expected a number")
          .gt(0, "expected more than 0")
          .lt(1, "expected less than 1")
          .describe("share of each digit's pictures to train on"),
      },
      "expected the share to train on, for example { train: 0.9 }",
    )
    .default({ train: 0.9 })
    .describe("how each digit's pictures are parted into train and test"),
});

export const printedDigits = describeSource({
  name: "printed-digits",
  summary: "Printed digits, drawn: 1,000 of each, 3×100×100, small and large, 30 typefaces, many colours.",
  options,
});

// What can be asked of printed digits, and their names.
import { z } from "zod";

export const drawingOptions = {
  seed: z
    .int("expected a whole number")
    .min(0, "expected 0 or more")
    .max(2 ** 32 - 1, "expected less than 2³²")
    .default(0)
    .describe("which pictures are drawn and how they are split"),
  perClass: z
    .int("expected a whole number")
    .min(2, "expected at least 2, one to train and one to test")
    .max(1_000_000, "expected at most 1,000,000")
    .default(1000)
    .describe("pictures of each digit"),
  size: z
    .int("expected a whole number")
    .min(28, "expected at least 28, for smaller digits cannot be read")
    .max(512, "expected at most 512")
    .default(100)
    .describe("height and width in pixels"),
  grey: z
    .boolean("expected true or false")
    .default(false)
    .describe("one channel, luma 0.299 red + 0.587 green + 0.114 blue"),
};

/** Checked options of drawing. */
export type DigitsOptions = z.output<z.ZodObject<typeof drawingOptions>>;

export const digitNames = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

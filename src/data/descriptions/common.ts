// Options that several sources have: how one is parted, and what every source takes beside its own options.
import { z } from "zod";

/** A source without splits of its own: which share of it is trained on. */
export const trainShare = () =>
  z
    .number("expected a number between 0 and 1")
    .gt(0, "expected more than 0")
    .lt(1, "expected less than 1")
    .default(0.9);
/** By which draw it is parted. */
export const splitSeed = () =>
  z
    .int("expected a whole number")
    .min(0, "expected at least 0")
    .max(2 ** 32 - 1, "expected at most 4294967295")
    .default(0);

/** How a source without splits of its own is parted into train and test. */
export const splitOptions = z
  .strictObject(
    {
      train: trainShare().describe("share of the images that is trained on; the others are tested"),
      by: z
        .enum(["image", "class", "group"], "expected image, class or group")
        .default("image")
        .describe("what is never parted: single images (each class in proportion), classes, or groups (folders)"),
      seed: splitSeed().describe("another seed, another split"),
    },
    "expected a mapping, for example { train: 0.9, by: image }",
  )
  .prefault({});
export type SplitOptions = z.output<typeof splitOptions>;

const validationText = "expected a share of the training images below 1, or a number of images";
export const validationOptions = z
  .number(validationText)
  .gt(0, validationText)
  .refine((value) => value < 1 || Number.isInteger(value), validationText)
  .describe("training images held back to choose by: a share below 1, or how many");

const images = (split: string) =>
  z.int("expected a whole number").min(1, "expected at least 1").optional().describe(`the most ${split} images`);

export const limitOptions = z.strictObject(
  { train: images("training"), validation: images("validation"), test: images("test") },
  "expected the most images of each split, for example { train: 10000, test: 2000 }",
);
export type Limit = z.output<typeof limitOptions>;

const shapeText = "expected [channel, height, width] with 1 or 3 channels, for example [1, 28, 28]";
const side = () => z.int(shapeText).min(1, shapeText);
const classNames = (split: string) =>
  z
    .array(
      z.union([z.string(), z.int()], "expected the name of a class"),
      "expected a list of classes, for example [good]",
    )
    .min(1, "expected at least one class")
    .optional()
    .describe(`classes that stay in the ${split} split`);

export const keptClassesOptions = z.strictObject(
  { train: classNames("training"), validation: classNames("validation"), test: classNames("test") },
  "expected the classes of a split, for example { train: [good] }",
);
export type KeptClasses = z.output<typeof keptClassesOptions>;

/** What every source takes, done in this order when it has been opened. */
export const commonOptions = {
  classes: keptClassesOptions
    .optional()
    .describe("classes that stay in a split, the others being left out: { train: [good] } to learn what is normal"),
  validation: validationOptions.optional(),
  limit: limitOptions.optional().describe("the most images of each split, for a first look"),
  shape: z
    .tuple([z.union([z.literal(1), z.literal(3)], shapeText), side(), side()], shapeText)
    .optional()
    .describe(
      "[channel, height, width] that pictures are brought to: cut to its aspect about the centre, resized, turned grey or grey repeated",
    ),
};
export type CommonOptions = z.output<z.ZodObject<typeof commonOptions>>;

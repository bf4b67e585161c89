// Rotation by a given angle, or one between two.
import { z } from "zod";
import { inverseRotation, makeWarper } from "../warp.js";
import { defineTransform } from "./define.js";
import { fillOption, interpolationOption, numberOrRange, rangeOf, within } from "./options.js";

/**
 * Turns the image about its centre, with the pixels of torchvision's `rotate`. Unlike `randomRotation`, one number is that
 * very angle, and pixels are blended.
 */
export const rotate = defineTransform({
  name: "rotate",
  summary: "Turned by a given angle, or one between two.",
  keepsRange: true,
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    degrees: numberOrRange()
      .describe("angle, counter-clockwise; [lowest, highest] draws one between them")
      .meta({ example: [-15, 15] }),
    interpolation: interpolationOption("bilinear"),
    fill: fillOption(),
  }),
  shorthand: "degrees",
  severities: [
    { degrees: [-5, 5] },
    { degrees: [-10, 10] },
    { degrees: [-15, 15] },
    { degrees: [-30, 30] },
    { degrees: [-45, 45] },
  ],
  prepare({ degrees, ...options }, sizes) {
    const range = rangeOf(degrees);
    const warper = makeWarper(sizes, options);
    return (image, random) => warper.affine(image, inverseRotation(within(range, random)));
  },
});

// Rotation by a random angle.
import { z } from "zod";
import { inverseRotation, makeWarper } from "../warp.js";
import { defineTransform } from "./define.js";
import { fillOption, interpolationOption, numberOrRange, rangeAround, within } from "./options.js";

/**
 * Turns the image about its centre by an angle drawn uniformly, as torchvision's `RandomRotation`: the size stays, corners
 * leave. For the same angle the pixels are torchvision's.
 */
export const randomRotation = defineTransform({
  name: "randomRotation",
  summary: "Turned by a random angle.",
  keepsRange: true,
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    degrees: numberOrRange()
      .describe("[lowest, highest] angle, counter-clockwise; one number d is [-d, d]")
      .meta({ example: [-10, 10] }),
    interpolation: interpolationOption("nearest"),
    fill: fillOption(),
  }),
  shorthand: "degrees",
  prepare({ degrees, ...options }, sizes) {
    const range = rangeAround(degrees);
    const warper = makeWarper(sizes, options);
    return (image, random) => warper.affine(image, inverseRotation(within(range, random)));
  },
});

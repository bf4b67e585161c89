// Rotation, shift, scale and shear at random, in one warp.
import { z } from "zod";
import { numberBetween } from "../../schema/options.js";
import { inverseAffine, makeWarper } from "../warp.js";
import { defineTransform } from "./define.js";
import { fillOption, interpolationOption, numberOrRange, rangeAround, rangeOf, within } from "./options.js";

/**
 * Draws angle, shift, scale and shear, each uniform in its range, and warps once, as torchvision's `RandomAffine`: shifts
 * are whole pixels, angles clockwise. For the same parameters the pixels are torchvision's.
 */
export const randomAffine = defineTransform({
  name: "randomAffine",
  summary: "Turned, shifted, scaled and sheared at random.",
  keepsRange: true,
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    degrees: numberOrRange().default(0).describe("[lowest, highest] angle, clockwise; one number d is [-d, d]"),
    translate: z
      .tuple([numberBetween(0, 1, true), numberBetween(0, 1, true)], {
        error: "expected two numbers from 0 to 1 [horizontal, vertical]",
      })
      .default([0, 0])
      .describe("how far the image is shifted at most, in parts of its width and of its height"),
    scale: numberOrRange(0.01).default(1).describe("[lowest, highest] magnification; one number is that one"),
    shear: numberOrRange(-89, 89)
      .default(0)
      .describe("[lowest, highest] angle of the shear along x; one number d is [-d, d]"),
    shearVertical: numberOrRange(-89, 89).default(0).describe("the same along y"),
    interpolation: interpolationOption("nearest"),
    fill: fillOption(),
  }),
  shorthand: "degrees",
  prepare({ degrees, translate, scale, shear, shearVertical, ...options }, sizes) {
    const angles = rangeAround(degrees);
    const [acrossMost, downMost] = [translate[0] * sizes.width, translate[1] * sizes.height];
    const scales = rangeOf(scale);
    const [shears, verticalShears] = [rangeAround(shear), rangeAround(shearVertical)];
    const warper = makeWarper(sizes, options);
    return (image, random) => {
      const angle = within(angles, random);
      const across = Math.round(within([-acrossMost, acrossMost], random));
      const down = Math.round(within([-downMost, downMost], random));
      const matrix = inverseAffine({
        angle,
        translate: [across, down],
        scale: within(scales, random),
        shear: [within(shears, random), within(verticalShears, random)],
      });
      warper.affine(image, matrix);
    };
  },
});

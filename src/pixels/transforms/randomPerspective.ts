// A random perspective: as if the picture were seen from the side.
import { z } from "zod";
import type { RandomSequence } from "../../base/random.js";
import { numberBetween } from "../../schema/options.js";
import type { ImageSizes } from "../imageSizes.js";
import { makeWarper, type Point, perspectiveCoefficients } from "../warp.js";
import { defineTransform } from "./define.js";
import { fillOption, interpolationOption } from "./options.js";

type Corners = readonly [Point, Point, Point, Point];

/**
 * Moves each corner inwards by a random whole number of pixels, at most `distortion` times half the width and half the
 * height, as torchvision's `RandomPerspective`, its probability of ½ included. For the same corners the pixels are
 * torchvision's. Corners that fall on one line, which a distortion near 1 can draw, leave the image as it is.
 */
export const randomPerspective = defineTransform({
  name: "randomPerspective",
  summary: "Seen from a random side.",
  keepsRange: true,
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    distortion: numberBetween(0, 1, true)
      .default(0.5)
      .describe("how far corners move at most, 0 to 1 of the way to the centre"),
    interpolation: interpolationOption("bilinear"),
    fill: fillOption(),
  }),
  shorthand: "distortion",
  probability: 0.5,
  prepare({ distortion, ...options }, sizes) {
    const corners = cornersOf(sizes);
    const warper = makeWarper(sizes, options);
    return (image, random) => {
      const coefficients = perspectiveCoefficients(corners, drawCorners(sizes, distortion, random));
      if (coefficients !== undefined) warper.perspective(image, coefficients);
    };
  },
});

/** Upper left, upper right, lower right, lower left. */
function cornersOf({ height, width }: ImageSizes): Corners {
  const [right, bottom] = [width - 1, height - 1];
  return [
    [0, 0],
    [right, 0],
    [right, bottom],
    [0, bottom],
  ];
}

/** Where the corners go: each coordinate uniform among the whole numbers of its span. */
export function drawCorners({ height, width }: ImageSizes, distortion: number, random: RandomSequence): Corners {
  const across = Math.floor(distortion * Math.floor(width / 2)) + 1;
  const down = Math.floor(distortion * Math.floor(height / 2)) + 1;
  const fromLeft = (): number => random.below(across);
  const fromTop = (): number => random.below(down);
  const fromRight = (): number => width - 1 - random.below(across);
  const fromBottom = (): number => height - 1 - random.below(down);
  return [
    [fromLeft(), fromTop()],
    [fromRight(), fromTop()],
    [fromRight(), fromBottom()],
    [fromLeft(), fromBottom()],
  ];
}

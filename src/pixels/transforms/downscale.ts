// Detail lost as by a small copy.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { makeResizer } from "../resize.js";
import { defineTransform } from "./define.js";

/** Reduces the image by `factor` with antialiasing (`makeResizer`, bilinear) and enlarges it again. */
export const downscale = defineTransform({
  name: "downscale",
  summary: "Made small and large again.",
  uses: ["corrupt"],
  options: z.strictObject({
    factor: z
      .number("expected a number above 1")
      .gt(1, "expected a number above 1")
      .default(2)
      .describe("how many times smaller each side becomes; the small sides are rounded to whole pixels"),
    enlarge: z
      .enum(["nearest", "bilinear", "bicubic"], "expected nearest, bilinear or bicubic")
      .default("bilinear")
      .describe("how it becomes large again; nearest shows squares"),
  }),
  shorthand: "factor",
  severities: [{ factor: 1.5 }, { factor: 2 }, { factor: 3 }, { factor: 4 }, { factor: 6 }],
  prepare({ factor, enlarge }, sizes) {
    const height = Math.max(1, Math.round(sizes.height / factor));
    const width = Math.max(1, Math.round(sizes.width / factor));
    if (height === sizes.height && width === sizes.width) {
      throw new UserError(`downscale by ${factor} leaves images of ${height}×${width} as they are`, {
        hint: "Take a larger factor.",
      });
    }
    const small = { channels: sizes.channels, height, width };
    const reduce = makeResizer(sizes, small, { filter: "bilinear" });
    const grow = makeResizer(small, sizes, { filter: enlarge });
    const reduced = new Float32Array(sizes.channels * height * width);
    return (image) => {
      reduce(image, reduced);
      grow(reduced, image);
    };
  },
});

import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import { fillShades, largestShade } from "./paper.js";
import type { Texture } from "./plan.js";

const side = 100;
function shadesOf(texture: Texture, image: number): Float32Array {
  const shades = new Float32Array(side * side);
  fillShades(shades, side, texture, randomSequence(0, "sample", 0, image));
  return shades;
}
const range = (values: Float32Array): number => Math.max(...values) - Math.min(...values);

describe("fillShades", () => {
  it("leaves plain paper plain", () => {
    expect(range(shadesOf("plain", 0))).toBe(0);
  });

  it.each(["grain", "ruled", "squared", "blotches", "light"] as const)(
    "makes %s that can be seen and stays within its bound",
    (texture) => {
      for (let image = 0; image < 50; image++) {
        const shades = shadesOf(texture, image);
        // A float32 may round up past the bound.
        expect(Math.max(...shades.map(Math.abs))).toBeLessThanOrEqual(255 * largestShade * (1 + 2 ** -23));
        // The weakest texture has two fifths of the bound; blotches may by chance use little of it.
        expect(range(shades)).toBeGreaterThan(texture === "blotches" ? 5 : 0.4 * 255 * largestShade * 0.9);
      }
    },
  );

  it("draws other papers for other pictures, and the same for the same", () => {
    expect(shadesOf("grain", 1)).toEqual(shadesOf("grain", 1));
    expect(shadesOf("grain", 1)).not.toEqual(shadesOf("grain", 2));
  });
});

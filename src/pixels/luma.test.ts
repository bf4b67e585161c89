import { describe, expect, it } from "vitest";
import { colourOfGrey, invert, lumaOf, meanLuma } from "./luma.js";

describe("luma", () => {
  it("weighs red, green and blue with 0.299, 0.587 and 0.114, and rounds bytes to the nearest", () => {
    // Red, green, blue, white, and (10, 20, 30): 2.99 + 11.74 + 3.42 = 18.15.
    const bytes = Uint8Array.from([255, 0, 0, 255, 10, 0, 255, 0, 255, 20, 0, 0, 255, 255, 30]);
    expect([...lumaOf(bytes, new Uint8Array(5))]).toEqual([76, 150, 29, 255, 18]);
    expect([...lumaOf(new Float32Array([1, 0, 0]), new Float32Array(1))]).toEqual([Math.fround(0.299)]);
    expect(() => lumaOf(bytes, new Uint8Array(4))).toThrow("internal: the luma of 5 pixels does not fit 4");
  });

  it("is the mean over an image; without colour the mean of all values", () => {
    const sizes = { height: 1, width: 2 };
    // Doubles of 0.299 and its sisters, within their rounding.
    expect(meanLuma(new Float32Array([1, 0, 0, 1, 0, 0]), { ...sizes, channels: 3 })).toBeCloseTo(
      (0.299 + 0.587) / 2,
      15,
    );
    expect(meanLuma(new Float32Array([1, 0.5]), { ...sizes, channels: 1 })).toBe(0.75);
    expect(meanLuma(new Float32Array([1, 0.5, 0, 0]), { ...sizes, channels: 2 })).toBe(0.375);
  });

  it("comes back as three equal planes", () => {
    expect([...colourOfGrey(Uint8Array.from([1, 2]), new Uint8Array(6))]).toEqual([1, 2, 1, 2, 1, 2]);
    expect(() => colourOfGrey(new Uint8Array(2), new Uint8Array(5))).toThrow(
      "internal: three planes of 2 pixels do not fit 5",
    );
  });
});

describe("invert", () => {
  it("changes dark and light", () => {
    const bytes = Uint8Array.from([0, 100, 255]);
    const floats = new Float32Array([0, 0.25, 1]);
    invert(bytes);
    invert(floats);
    expect([...bytes]).toEqual([255, 155, 0]);
    expect([...floats]).toEqual([1, 0.75, 0]);
  });
});

import { describe, expect, it } from "vitest";
import { pixelsFromUnit, unitFromPixels } from "./convert.js";

describe("pixels and floats", () => {
  it("makes value/255, rounded to float32, of every value, however many there are", () => {
    const count = 100_003;
    const pixels = Uint8Array.from({ length: count }, (_, i) => i % 256);
    expect(unitFromPixels(pixels)).toEqual(Float32Array.from({ length: count }, (_, i) => (i % 256) / 255));
  });

  it("gives every stored value back", () => {
    const all = Uint8Array.from({ length: 256 }, (_, value) => value);
    expect([...pixelsFromUnit(unitFromPixels(all))]).toEqual([...all]);
  });

  it("clips to [0, 1], rounds halves up, and makes what is no number black", () => {
    const values = [-3, 1.0001, Number.POSITIVE_INFINITY, Number.NaN, 0.5 / 255, 0.499 / 255, 254.5 / 255];
    expect([...pixelsFromUnit(values)]).toEqual([0, 255, 255, 0, 1, 0, 255]);
  });
});

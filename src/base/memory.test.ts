// Sizes that no machine has end in a sentence, not in an error of JavaScript's.
import { describe, expect, it } from "vitest";
import { UserError } from "./errors.js";
import { allocated, float32Zeros } from "./memory.js";

describe("memory for numbers", () => {
  it("gives zeros", () => {
    expect(float32Zeros("encoder.1.weight", 3)).toEqual(new Float32Array(3));
  });

  it("names what does not fit, and its size", () => {
    const enormous = (): unknown => float32Zeros("encoder.1.weight", 784 * 2e9);
    expect(enormous).toThrow(UserError);
    // 784 · 2·10⁹ numbers of 4 bytes.
    expect(enormous).toThrow(
      "encoder.1.weight does not fit into memory: its 1,568,000,000,000 numbers take 6272.0 GB.",
    );
  });

  it("lets other errors through", () => {
    const broken = (): never => {
      throw new TypeError("something else");
    };
    expect(() => allocated("x", 1, 4, broken)).toThrow(TypeError);
  });
});

import { describe, expect, it } from "vitest";
import { buildLayer, evaluate } from "../testing/evaluate.js";

describe("upsample", () => {
  it("repeats each pixel, 1 2 at scale [2, 3] by hand", () => {
    const { program, outputShape } = buildLayer({ upsample: { scale: [2, 3] } }, [1, 1, 1, 2]);
    expect(outputShape).toEqual([1, 1, 2, 6]);
    expect(evaluate(program, { input: [1, 2] }).outputs.output).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]);
  });

  it("doubles where no scale is given", () => {
    expect(buildLayer("upsample", [1, 4, 3, 5]).outputShape).toEqual([1, 4, 6, 10]);
  });
});

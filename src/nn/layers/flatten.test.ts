import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";

describe("flatten and unflatten", () => {
  it("flatten keeps the batch and lays the rest out row by row", () => {
    const { program, outputShape } = buildLayer("flatten", [2, 1, 1, 3]);
    expect(outputShape).toEqual([2, 3]);
    expect(evaluate(program, { input: [1, 2, 3, 4, 5, 6] }).outputs.output).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("unflatten gives images of the shape, also as a bare value", () => {
    expect(buildLayer({ unflatten: [128, 1, 1] }, [7, 128]).outputShape).toEqual([7, 128, 1, 1]);
    expect(buildLayer({ unflatten: { shape: [2, 3, 4] } }, [7, 24]).outputShape).toEqual([7, 2, 3, 4]);
  });

  it("unflatten refuses a shape of another size", () => {
    expect(thrownBy(() => buildLayer({ unflatten: [128, 1, 1] }, [7, 64]))).toMatchObject({
      at: "encoder[0] unflatten",
      message: "128×1×1 holds 128 numbers, the input has 64",
    });
  });
});

import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";
import { readLayer } from "./index.js";

const localisation = ["flatten"];

/** An image of one row, its map's numbers as biases, and weights that see nothing. */
function warped(transform: string, image: readonly (readonly number[])[], numbers: readonly number[], size?: number[]) {
  const [height, width] = [image.length, image[0]?.length ?? 0];
  const options = { transform, localisation, ...(size === undefined ? {} : { size }) };
  const { program, outputShape } = buildLayer({ spatialTransformer: options }, [1, 1, height, width]);
  const given = {
    input: image.flat(),
    "encoder.0.map.weight": new Array(numbers.length * height * width).fill(0),
    "encoder.0.map.bias": numbers,
  };
  return { output: evaluate(program, given).outputs.output ?? [], outputShape };
}

function expectNear(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, 12);
  });
}

describe("spatialTransformer", () => {
  const image = [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ];

  it.each(["rotation", "translation", "similarity", "affine"])("%s begins as leaving the image alone", (transform) => {
    const { parameters } = buildLayer({ spatialTransformer: { transform, localisation } }, [1, 1, 3, 3]);
    const [weight, bias] = parameters;
    expect(parameters.map(({ name }) => name)).toEqual(["encoder.0.map.weight", "encoder.0.map.bias"]);
    expect([weight?.initialise, bias?.initialise]).toEqual([{ constant: 0 }, { constant: 0 }]);
    expectNear(warped(transform, image, new Array(bias?.shape[0]).fill(0)).output, image.flat());
  });

  it("rotation turns a quarter by the angle of (1 + p, q), by hand", () => {
    // (0, 1): the place at (x, y), from the centre to the right and down, comes from (−y, x).
    expectNear(warped("rotation", image, [-1, 1]).output, [3, 6, 9, 2, 5, 8, 1, 4, 7]);
  });

  it("rotation turns in pixels where width and height differ, and its length changes nothing", () => {
    const bar = [
      [0, 0, 1, 0, 0],
      [0, 0, 2, 0, 0],
      [0, 0, 3, 0, 0],
    ];
    // The middle column lies down in the middle row; its ends are a pixel from the centre, as they were.
    expectNear(warped("rotation", bar, [-1, 2]).output, [0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0]);
  });

  it("translation shifts by halves of the size: 2/3 of 3 pixels' half is one pixel", () => {
    expectNear(warped("translation", image, [2 / 3, 0]).output, [2, 3, 0, 5, 6, 0, 8, 9, 0]);
    expectNear(warped("translation", image, [0, -2 / 3]).output, [0, 0, 0, 1, 2, 3, 4, 5, 6]);
  });

  it("similarity scales and shifts too: every second pixel, the outer one to the left", () => {
    expectNear(warped("similarity", image, [1, 0, 2 / 3, 0]).output, [0, 0, 0, 4, 6, 0, 0, 0, 0]);
  });

  it("affine has all six numbers, row by row: a mirror image", () => {
    expectNear(warped("affine", image, [-2, 0, 0, 0, 0, 0]).output, [3, 2, 1, 6, 5, 4, 9, 8, 7]);
  });

  it("gives the size that is asked for", () => {
    const { output, outputShape } = warped("translation", image, [0, 0], [1, 3]);
    expect(outputShape).toEqual([1, 1, 1, 3]);
    expectNear(output, [4, 5, 6]);
  });

  it("says for a mistake what is wrong and where", () => {
    expect(
      thrownBy(() => readLayer({ spatialTransformer: { localisation: ["flaten"] } }, "model.encoder[0]")),
    ).toMatchObject({
      at: "model.encoder[0].spatialTransformer.localisation[0]",
      message: "no layer is called flaten; did you mean flatten?",
    });
    expect(
      thrownBy(() => readLayer({ spatialTransformer: { localisation, transform: "turn" } }, "model.encoder[0]")),
    ).toMatchObject({
      at: "model.encoder[0].spatialTransformer.transform",
      message: 'expected rotation, translation, similarity or affine, got "turn"',
    });
    expect(thrownBy(() => buildLayer({ spatialTransformer: { localisation } }, [1, 5]))).toMatchObject({
      at: "encoder[0] spatialTransformer",
      message:
        "spatialTransformer needs images [channel, height, width], got a vector of 5 numbers; put unflatten before it",
    });
  });
});

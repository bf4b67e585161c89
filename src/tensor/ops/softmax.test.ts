// By hand, with exponentials that are whole numbers.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { logSoftmax, logSoftmaxGradient, softmax, softmaxGradient } from "./softmax.js";

describe("softmax and logSoftmax", () => {
  // Exponentials 1 and 3.
  const x = [
    [1, 2],
    [0, Math.log(3)],
  ] as const;
  const dy = [
    [1, 2],
    [1, 0],
  ] as const;

  it("share out one along the axis", () => {
    const [shares] = evaluate(softmax, [x], { axis: 1 });
    expect(shares[0]).toBeCloseTo(0.25, 15);
    expect(shares[1]).toBeCloseTo(0.75, 15);
    const [logs] = evaluate(logSoftmax, [x], { axis: 1 });
    expect(logs[0]).toBeCloseTo(-Math.log(4), 15);
    expect(evaluate(softmax, [x], { axis: 0 })).toEqual([[1, 1]]);
  });

  it("have the gradients y·(dy − Σ dy·y) and dy − y·Σ dy", () => {
    expect(
      evaluate(
        softmaxGradient,
        [
          [
            [1, 2],
            [0.25, 0.75],
          ],
          dy,
        ],
        { axis: 1 },
      ),
    ).toEqual([[0.1875, -0.1875]]);
    const [dx] = evaluate(
      logSoftmaxGradient,
      [
        [
          [1, 2],
          [Math.log(0.25), Math.log(0.75)],
        ],
        dy,
      ],
      { axis: 1 },
    );
    expect(dx[0]).toBeCloseTo(0.75, 15);
    expect(dx[1]).toBeCloseTo(-0.75, 15);
  });

  it("do not overflow", () => {
    expect(
      evaluate(
        softmax,
        [
          [
            [1, 2],
            [1000, -1000],
          ],
        ],
        { axis: 1 },
      ),
    ).toEqual([[1, 0]]);
  });

  it("refuse an axis that is not there", () => {
    expect(() => softmax.shapes([[2, 3]], { axis: 2 })).toThrow(
      new ShapeError("axis must be a whole number from 0 to 1 for [2, 3], got 2"),
    );
  });
});

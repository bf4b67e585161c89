// Values held between two limits, and the gradient, which flows where nothing was cut.
import { ShapeError } from "../../base/errors.js";
import { expectShape } from "./checks.js";
import { defineOp } from "./define.js";

export interface ClampAttributes {
  /** −Infinity for none. */
  readonly minimum: number;
  /** Infinity for none. */
  readonly maximum: number;
}

function expectLimits({ minimum, maximum }: ClampAttributes): void {
  if (!(minimum <= maximum)) throw new ShapeError(`minimum ${minimum} must not be above maximum ${maximum}`);
}

/** The nearest number to x in [minimum, maximum]. */
export const clamp = defineOp<"clamp", ClampAttributes>({
  name: "clamp",
  shapes([x], attributes) {
    expectLimits(attributes);
    return [x];
  },
  gradient: ({ inputs: [x] }, [dy], attributes, { add }) => [
    dy === null ? null : add(clampGradient, [x, dy], attributes),
  ],
  reference([x], { minimum, maximum }, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = Math.min(Math.max(x.data[i], minimum), maximum);
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: { minimum: -0.1, maximum: 0.2 }, fill: ["distinct"] },
    { inputs: [[3, 7]], attributes: { minimum: 0, maximum: Number.POSITIVE_INFINITY }, fill: ["distinct"] },
  ],
});

/** x, dy to dx: dy where minimum < x < maximum; nothing at the limits themselves, as in PyTorch. */
export const clampGradient = defineOp<"clampGradient", ClampAttributes>({
  name: "clampGradient",
  shapes([x, dy], attributes) {
    expectLimits(attributes);
    expectShape("output gradient", dy, x);
    return [x];
  },
  gradient: "none",
  reference([x, dy], { minimum, maximum }, [dx]) {
    for (let i = 0; i < dx.data.length; i++) {
      dx.data[i] = x.data[i] > minimum && x.data[i] < maximum ? dy.data[i] : 0;
    }
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: { minimum: -0.1, maximum: 0.2 },
      fill: ["distinct", "normal"],
    },
    {
      inputs: [
        [1, 5],
        [1, 5],
      ],
      attributes: { minimum: 0, maximum: Number.POSITIVE_INFINITY },
      fill: [{ constant: 0 }, "normal"],
    },
    {
      inputs: [
        [1, 5],
        [1, 5],
      ],
      attributes: { minimum: Number.NEGATIVE_INFINITY, maximum: 1 },
      fill: [{ constant: 1 }, "normal"],
    },
  ],
});

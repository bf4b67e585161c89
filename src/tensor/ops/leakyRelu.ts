// The rectifier that lets a share of negative inputs through, and its gradient from its output.
import { ShapeError } from "../../base/errors.js";
import { expectShape } from "./checks.js";
import { defineOp } from "./define.js";

export interface LeakyReluAttributes {
  /** Factor of negative inputs; 0 or more, so that the output's sign is the input's. */
  readonly slope: number;
}

function expectSlope(slope: number): void {
  if (!(slope >= 0)) throw new ShapeError(`slope must be 0 or more, got ${slope}`);
}

/** x above 0, slope·x elsewhere. */
export const leakyRelu = defineOp<"leakyRelu", LeakyReluAttributes>({
  name: "leakyRelu",
  shapes([x], { slope }) {
    expectSlope(slope);
    return [x];
  },
  gradient: ({ outputs: [y] }, [dy], attributes, { add }) => [
    dy === null ? null : add(leakyReluGradient, [y, dy], attributes),
  ],
  reference([x], { slope }, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = x.data[i] > 0 ? x.data[i] : slope * x.data[i];
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: { slope: 0.01 }, fill: ["distinct"] },
    { inputs: [[1, 7]], attributes: { slope: 0.3 }, fill: ["distinct"] },
  ],
});

/** y, dy to dx: dy where the output is above 0, slope·dy elsewhere. */
export const leakyReluGradient = defineOp<"leakyReluGradient", LeakyReluAttributes>({
  name: "leakyReluGradient",
  shapes([y, dy], { slope }) {
    expectSlope(slope);
    expectShape("output gradient", dy, y);
    return [y];
  },
  gradient: "none",
  reference([y, dy], { slope }, [dx]) {
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = y.data[i] > 0 ? dy.data[i] : slope * dy.data[i];
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: { slope: 0.2 },
      fill: ["distinct", "normal"],
    },
  ],
});

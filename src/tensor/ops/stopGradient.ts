// The same value, through which no gradient flows.
import { defineOp } from "./define.js";

/** x to x. The gradient of what is computed from it does not reach x: PyTorch's `detach`. */
export const stopGradient = defineOp<"stopGradient", Readonly<Record<never, never>>>({
  name: "stopGradient",
  shapes: ([x]) => [x],
  constantInputs: [0],
  gradient: () => [null],
  reference([x], _, [y]) {
    y.data.set(x.data);
  },
  cases: [{ inputs: [[2, 3]], attributes: {} }],
});

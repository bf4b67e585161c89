// A layer and a loss of one's own, in a module of their own: the training's thread loads it too. An experiment file names it
// by `use: [./own-layers.js]`.
import { defineLayer, defineLoss, ops, z } from "isthmus/nn";

/** x where it is positive, factor·x elsewhere, for a factor that is learned for the whole layer (He et al. 2015). */
export const learnedLeak = defineLayer({
  name: "learnedLeak",
  summary: "x where it is positive, elsewhere x times a factor that is learned for the whole layer.",
  options: z.strictObject({
    factor: z.number("expected a number").default(0.25).describe("slope below 0 before training"),
  }),
  shorthand: "factor",
  build({ factor }, input, scope) {
    const slope = scope.parameter("slope", [], { constant: factor });
    const positive = scope.add(ops.relu, [input], {});
    const negative = scope.add(ops.sub, [input, positive], {});
    return scope.add(ops.add, [positive, scope.add(ops.mul, [negative, slope], {})], {});
  },
});

/** Mean over every element of √(d² + epsilon²) (Charbonnier et al. 1994): the absolute error, rounded at 0. */
export const charbonnier = defineLoss({
  name: "charbonnier",
  summary: "The absolute error, rounded at 0.",
  unit: () => "mean over pixels",
  options: z.strictObject({
    epsilon: z.number().positive("expected a positive number").default(0.01).describe("width of the rounding"),
  }),
  shorthand: "epsilon",
  formula: ({ epsilon }) => `mean √((prediction − target)² + ${epsilon}²)`,
  build({ epsilon }, prediction, target, add) {
    const difference = add(ops.sub, [prediction, target], {});
    const square = add(ops.mul, [difference, difference], {});
    return add(ops.mean, [add(ops.sqrt, [add(ops.linear, [square], { scale: 1, shift: epsilon ** 2 })], {})], {});
  },
});

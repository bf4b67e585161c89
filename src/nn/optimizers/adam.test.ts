import { describe, expect, it } from "vitest";
import { optimize } from "../testing/optimize.js";

describe("adam", () => {
  it("goes by the learning rate times the gradient's sign at the first step", async () => {
    // m̂ = g and v̂ = g², so the step is learningRate · g/(|g| + ε); ε/|g| is 1e-8/2 and 1e-8/0.5.
    const [w0 = 0, w1 = 0] = await optimize({ adam: { learningRate: 0.1 } }, [1, 1], [[2, -0.5]]);
    expect(w0).toBeCloseTo(1 - 0.1 / (1 + 1e-8 / 2), 13);
    expect(w1).toBeCloseTo(1 + 0.1 / (1 + 1e-8 / 0.5), 13);
  });

  it("follows the paper's formulas over three steps", async () => {
    const gradients = [1, -2, 0.5];
    const [beta1, beta2, epsilon, learningRate] = [0.8, 0.95, 1e-3, 0.05];
    let [w, m, v] = [0.3, 0, 0];
    gradients.forEach((g, i) => {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      w -= (learningRate * (m / (1 - beta1 ** (i + 1)))) / (Math.sqrt(v / (1 - beta2 ** (i + 1))) + epsilon);
    });
    const spec = { adam: { learningRate, beta1, beta2, epsilon } };
    // The same numbers in another order of operations: a few roundings of 1e-16.
    expect(
      (
        await optimize(
          spec,
          [0.3],
          gradients.map((g) => [g]),
        )
      )[0],
    ).toBeCloseTo(w, 13);
  });
});

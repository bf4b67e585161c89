import { describe, expect, it } from "vitest";
import { thrownBy } from "../testing/evaluate.js";
import { optimize } from "../testing/optimize.js";
import { readOptimizer } from "./index.js";

// Gradients 1, 2, 3 of one parameter that starts at 10; learning rate 0.1. All values worked out by hand.
const run = async (options: object) =>
  (await optimize({ sgd: { learningRate: 0.1, ...options } }, [10], [[1], [2], [3]]))[0];

describe("sgd", () => {
  it("goes against the gradient", async () => {
    expect(await run({})).toBeCloseTo(10 - 0.1 * (1 + 2 + 3), 13);
  });

  it("keeps a part of its way with momentum; the buffer begins as the gradient, undampened", async () => {
    // Buffers 1, 0.5 + 2, 1.25 + 3.
    expect(await run({ momentum: 0.5 })).toBeCloseTo(10 - 0.1 * (1 + 2.5 + 4.25), 13);
    // Dampening 0.5: buffers 1, 0.5 + 1, 0.75 + 1.5.
    expect(await run({ momentum: 0.5, dampening: 0.5 })).toBeCloseTo(10 - 0.1 * (1 + 1.5 + 2.25), 13);
  });

  it("looks ahead with Nesterov's form", async () => {
    // Gradient plus half of the buffers 1, 2.5, 4.25.
    expect(await run({ momentum: 0.5, nesterov: true })).toBeCloseTo(10 - 0.1 * (1.5 + 3.25 + 5.125), 13);
  });

  it("pulls parameters to 0 with weight decay", async () => {
    // w ← w − 0.1 (g + 0.5 w): 10 → 9.4 → 8.73 → 7.9935
    expect(await run({ weightDecay: 0.5 })).toBeCloseTo(7.9935, 13);
  });

  it("refuses Nesterov's form without momentum", () => {
    expect(thrownBy(() => readOptimizer({ sgd: { nesterov: true } }, "phases[0].optimizer"))).toMatchObject({
      at: "phases[0].optimizer.sgd.nesterov",
      message: "expected momentum above 0 and dampening 0 with nesterov",
    });
  });
});

describe("readOptimizer", () => {
  it("names what does not exist and where an option is wrong", () => {
    expect(thrownBy(() => readOptimizer("adm", "phases[0].optimizer"))).toEqual({
      at: "phases[0].optimizer",
      message: "no optimizer is called adm; did you mean adam?",
      hint: "There are: adam, adamw, rmsprop, sgd, soap.",
    });
    expect(thrownBy(() => readOptimizer({ adam: { learningRate: -1 } }, "phases[0].optimizer"))).toMatchObject({
      at: "phases[0].optimizer.adam.learningRate",
      message: "expected a positive number, got -1",
    });
    expect(readOptimizer("adam").options).toEqual({ learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  });
});

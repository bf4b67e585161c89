// Finding weights that are no numbers before they are saved.
import { describe, expect, it } from "vitest";
import { nonFiniteTensor } from "./nonFinite.js";

const tensor = (...values: readonly number[]) =>
  ({ dtype: "F32", shape: [values.length], data: Float32Array.from(values) }) as const;

describe("nonFiniteTensor", () => {
  it("names the first tensor that holds NaN or an infinity, and which", () => {
    const good = tensor(0, -1, 3e38);
    expect(nonFiniteTensor({ good, bad: tensor(1, Number.NaN), worse: tensor(Number.POSITIVE_INFINITY) })).toEqual({
      name: "bad",
      value: Number.NaN,
    });
    expect(nonFiniteTensor({ good, bad: tensor(Number.NEGATIVE_INFINITY) })?.value).toBe(Number.NEGATIVE_INFINITY);
    expect(nonFiniteTensor({ good })).toBeUndefined();
  });
});

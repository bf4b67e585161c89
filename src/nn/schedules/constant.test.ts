import { describe, expect, it } from "vitest";
import { rates } from "../testing/rates.js";

describe("constant", () => {
  it("is the optimizer's learning rate", () => {
    expect(rates("constant", 3, 1, 0.005)).toEqual([0.005, 0.005, 0.005]);
  });
});

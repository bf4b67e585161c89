import { expect, it } from "vitest";
import { withSetting } from "./withSetting.js";

const path = "phases.0.optimizer.adam.learningRate";

it("writes a setting where it stands, and leaves comments and the rest", () => {
  const text = "name: a # mine\nphases:\n  - epochs: 3\n    optimizer: { adam: { learningRate: 0.001 } }\nseed: 1\n";
  expect(withSetting(text, path, 0.02)).toBe(text.replace("0.001", "0.02"));
});

it("makes a mapping of a name without options", () => {
  expect(withSetting("phases:\n  - optimizer: adam\n", path, 0.02)).toMatch(
    /optimizer:\s+adam:\s+\{? ?learningRate: 0.02/,
  );
});

it("says what is wrong with a text that is no YAML", () => {
  expect(() => withSetting("phases: [", path, 0.02)).toThrow(/flow/i);
});

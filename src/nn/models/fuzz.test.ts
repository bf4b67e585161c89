import fc from "fast-check";
import { describe, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { layers } from "../layers/index.js";
import { readModel } from "./index.js";

const optionNames = [...new Set(Object.values(layers).flatMap(({ options }) => Object.keys(options.shape)))];
const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.integer({ min: -2, max: 9 }), fc.constant("same"));
const options = fc.oneof(value, fc.dictionary(fc.constantFrom(...optionNames), value, { maxKeys: 5 }));
const name = fc.oneof(
  fc.constantFrom(...Object.keys(layers)),
  fc.string(),
  fc.constantFrom("__proto__", "constructor"),
);
const layer = fc.oneof(name, fc.dictionary(name, options, { maxKeys: 2 }), fc.jsonValue({ maxDepth: 2 }));
const spec = fc.record({
  kind: fc.constant("autoencoder"),
  input: fc.oneof(fc.constant([1, 8, 8]), fc.jsonValue({ maxDepth: 2 })),
  encoder: fc.oneof(fc.array(layer, { maxLength: 4 }), fc.jsonValue({ maxDepth: 2 })),
  decoder: fc.oneof(fc.array(layer, { maxLength: 3 }), fc.jsonValue({ maxDepth: 2 })),
});

describe("readModel", () => {
  it("answers any data with a model or with an error that a user can mend, that says where", () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: spec }, { weight: 1, arbitrary: fc.jsonValue() }), (data) => {
        try {
          readModel(data);
        } catch (error) {
          if (!(error instanceof UserError) || error.at === undefined) throw error;
        }
      }),
      // A fixed seed: a test says the same of the same code.
      { numRuns: 3000, seed: 1 },
    );
  });
});

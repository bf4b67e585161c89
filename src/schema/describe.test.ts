import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeEntry, exampleOptions, standsAlone, typeText, valueText } from "./describe.js";
import { jsonSchemaOf } from "./jsonSchema.js";
import {
  numberBetween,
  numberFromZero,
  pairFromZero,
  positiveNumber,
  positivePair,
  positiveWholeNumber,
  trueOrFalse,
  wholeNumberFromZero,
} from "./options.js";

describe("typeText", () => {
  it.each<[string, z.ZodType]>([
    ["positive whole number", positiveWholeNumber()],
    ["whole number of at least 0", wholeNumberFromZero()],
    ["whole number from 1 to 1000", positiveWholeNumber().max(1000)],
    ["whole number", z.int()],
    ["positive number", positiveNumber()],
    ["number above 1", z.number().gt(1)],
    ["number of at least 0", numberFromZero()],
    ["number from 0 to below 1", numberBetween(0, 1)],
    ["number from -89 to 89", numberBetween(-89, 89, true)],
    ["number between 0 and 1", z.number().gt(0).lt(1)],
    ["number up to 5", z.number().max(5)],
    ["true or false", trueOrFalse()],
    ["text", z.string()],
    ["random", z.literal("random")],
    ["one of nearest, bilinear", z.enum(["nearest", "bilinear"])],
    ["one of 1, 2, 3", z.literal([1, 2, 3])],
    ["positive whole number, or two of them", positivePair()],
    ["whole number of at least 0, two of them, or same", z.union([...pairFromZero().options, z.literal("same")])],
    ["two numbers from 0 to 1", z.tuple([numberBetween(0, 1, true), numberBetween(0, 1, true)])],
    ["list of positive whole numbers", z.array(positiveWholeNumber())],
    ["list with any of bias, norm", z.array(z.enum(["bias", "norm"]))],
    ["list of two or more mappings with a", z.array(z.strictObject({ a: z.string() })).min(2)],
    ["number, or mapping with from, to", z.union([z.number(), z.strictObject({ from: z.number(), to: z.number() })])],
    ["a layer", z.unknown().meta({ entry: "layer" })],
    ["list of layers", z.array(z.unknown().meta({ entry: "layer" }))],
    ["list of losses", z.array(z.unknown().meta({ entry: "loss" }))],
    ["a schedule", z.unknown().meta({ entry: "plainSchedule" })],
    ["any value", z.unknown()],
  ])("says %s", (text, schema) => {
    expect(typeText(jsonSchemaOf(schema))).toBe(text);
  });
});

describe("valueText", () => {
  it.each<[unknown, string]>([
    [1 / 3, "0.3333"],
    [1e-8, "1e-8"],
    [100_000_000, "100000000"],
    [[64, 7, 7], "[64, 7, 7]"],
    [{ conv2d: { channels: 16, same: true } }, "{ conv2d: { channels: 16, same: true } }"],
    [{}, "{}"],
    ["folder:./pictures", "folder:./pictures"],
    ["no", '"no"'],
    ["a b", '"a b"'],
    ["", '""'],
  ])("writes %j as one line of YAML", (value, text) => {
    expect(valueText(value)).toBe(text);
  });
});

describe("describeEntry", () => {
  const options = z.strictObject({
    size: positivePair().describe("pixels").meta({ example: 4 }),
    split: z
      .strictObject({ train: numberBetween(0, 1).default(0.9).describe("share") })
      .prefault({})
      .describe("parts"),
    parts: z
      .array(z.strictObject({ weight: positiveNumber().describe("factor") }))
      .optional()
      .describe("sums"),
  });

  it("gives options with those inside them, and an example in its short form", () => {
    expect(describeEntry({ name: "some", summary: "Something.", options, shorthand: "size" })).toEqual({
      name: "some",
      summary: "Something.",
      options: [
        {
          name: "size",
          type: "positive whole number, or two of them",
          sentence: "pixels",
          required: true,
          shorthand: true,
        },
        { name: "split", type: "mapping with train", sentence: "parts", required: false, shorthand: false },
        {
          name: "split.train",
          type: "number from 0 to below 1",
          default: 0.9,
          sentence: "share",
          required: false,
          shorthand: false,
        },
        { name: "parts", type: "list of mappings with weight", sentence: "sums", required: false, shorthand: false },
        { name: "parts[].weight", type: "positive number", sentence: "factor", required: true, shorthand: false },
      ],
      examples: [{ some: 4 }],
    });
  });

  it("takes the first option with a default for an example where none is given, and the name where that is enough", () => {
    const plain = z.strictObject({ a: z.number().optional(), b: z.number().default(2), c: z.number().default(3) });
    expect(exampleOptions(plain)).toEqual({ b: 2 });
    expect(standsAlone({ options: plain })).toBe(true);
    expect(describeEntry({ name: "some", summary: "", options: plain }).examples).toEqual(["some", { some: { b: 2 } }]);
    expect(describeEntry({ name: "bare", summary: "", options: z.strictObject({}) }).examples).toEqual(["bare"]);
    expect(standsAlone({ options })).toBe(false);
  });
});

describe("jsonSchemaOf", () => {
  it("says what may be written, before defaults are filled in", () => {
    const schema = z.strictObject({ many: z.array(z.unknown().transform(String).meta({ entry: "layer" })).min(1) });
    expect(jsonSchemaOf(schema)).toEqual({
      type: "object",
      properties: { many: { type: "array", minItems: 1, items: { $ref: "#/definitions/layer" } } },
      required: ["many"],
      additionalProperties: false,
    });
  });
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fieldsOf, flagFor, flagName, readTyped } from "./options.js";
import { styleFor } from "./terminal.js";

const schema = z.strictObject({
  run: z.string().describe("run folder"),
  batchSize: z.int().min(1).max(64).optional().describe("images in one step").meta({ placeholder: "N" }),
  scale: z.number().default(1.5).describe("factor"),
  fit: z.enum(["cover", "contain"]).default("cover").describe("how"),
  set: z.array(z.string()).default([]).describe("settings").meta({ placeholder: "PATH=VALUE" }),
  invert: z.boolean().default(false).describe("swap dark and light"),
});

describe("flags from a schema", () => {
  it("carry name, placeholder, help, choices and default", () => {
    const flags = fieldsOf(schema).map((field) => flagFor(field));
    expect(flags.map(({ flags: usage, description }) => [usage, description])).toEqual([
      ["--run <RUN>", "run folder"],
      ["--batch-size <N>", "images in one step"],
      ["--scale <SCALE>", "factor (default: 1.5)"],
      ["--fit <FIT>", "how: cover, contain (default: cover)"],
      ["--set <PATH=VALUE>", "settings"],
      ["--invert", "swap dark and light"],
    ]);
    expect(flagName("batchSize")).toBe("--batch-size");
  });

  it("only what has no default and is not optional is required", () => {
    expect(fieldsOf(schema).flatMap(({ name, isRequired }) => (isRequired ? [name] : []))).toEqual(["run"]);
  });
});

describe("what was typed", () => {
  it("becomes numbers where the schema has numbers, and only there", () => {
    expect(readTyped(schema, { run: "7", batchSize: "8", scale: "2.5e-1" })).toMatchObject({
      run: "7",
      batchSize: 8,
      scale: 0.25,
      fit: "cover",
    });
  });

  it.each([
    [{ run: "r", batchSize: "0" }, "--batch-size", "expected at least 1, got “0”"],
    [{ run: "r", batchSize: "65" }, "--batch-size", "expected at most 64, got “65”"],
    [{ run: "r", batchSize: "1.5" }, "--batch-size", "expected a whole number, got “1.5”"],
    [{ run: "r", batchSize: "" }, "--batch-size", "expected a whole number, got “”"],
    [{ run: "r", scale: "wide" }, "--scale", "expected a number, got “wide”"],
    [{ run: "r", fit: "cove" }, "--fit", "expected one of cover, contain, got “cove”"],
    [{}, "--run", "expected a text, got nothing"],
  ])("%j is refused at its flag in one sentence", (typed, at, message) => {
    expect(() => readTyped(schema, typed)).toThrow(expect.objectContaining({ name: "UserError", at, message }));
  });
});

describe("colours", () => {
  const output = (isTerminal: boolean) => ({ write: () => {}, isTerminal, columns: 80 });

  it("are on a terminal alone, and not with NO_COLOR", () => {
    expect(styleFor(output(true), {}).red("x")).toBe("\u001b[31mx\u001b[39m");
    expect(styleFor(output(false), {}).red("x")).toBe("x");
    expect(styleFor(output(true), { NO_COLOR: "1" }).red("x")).toBe("x");
  });
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { thrownBy } from "../testing/evaluate.js";
import { layer, layers, readLayer } from "./index.js";

const at = "model.encoder[0]";

describe("readLayer", () => {
  it("fills in the defaults, from a name, options or a bare value", () => {
    expect(readLayer("elu", at)).toEqual({ layer: layers.elu, options: { alpha: 1 } });
    expect(readLayer({ conv2d: { channels: 16, kernel: 3 } }, at).options).toEqual({
      channels: 16,
      kernel: 3,
      stride: 1,
      padding: 0,
      dilation: 1,
      groups: 1,
      bias: true,
    });
    expect(readLayer({ maxPool2d: 2 }, at).options).toEqual({ kernel: 2, padding: 0 });
  });

  it("reads a name with nothing after the colon, as YAML gives it, as the name alone", () => {
    expect(readLayer({ batchNorm2d: null }, at).options).toEqual({ epsilon: 1e-5, momentum: 0.1 });
  });

  it("names the nearest layer for one that does not exist", () => {
    expect(thrownBy(() => readLayer({ conv2: { channels: 1, kernel: 3 } }, "model.encoder[4]"))).toEqual({
      at: "model.encoder[4]",
      message: "no layer is called conv2; did you mean conv2d?",
      hint: `There are: ${Object.keys(layers).join(", ")}.`,
    });
    expect(thrownBy(() => readLayer("toString", at)).message).toBe("no layer is called toString");
  });

  it("says for an option where it is, what was expected and what came", () => {
    const wrong = (options: object) =>
      thrownBy(() => readLayer({ conv2d: { channels: 1, kernel: 3, ...options } }, at));
    expect(wrong({ kernel: -3 })).toEqual({
      at: "model.encoder[0].conv2d.kernel",
      message: "expected a positive whole number, got -3",
      hint: undefined,
    });
    expect(wrong({ kernel: [3, -1] })).toMatchObject({
      at: "model.encoder[0].conv2d.kernel[1]",
      message: "expected a positive whole number, got -1",
    });
    expect(wrong({ kernel: [3, 3, 3] })).toMatchObject({
      at: "model.encoder[0].conv2d.kernel",
      message: "expected a positive whole number, or two of them [vertical, horizontal], got [3,3,3]",
    });
    expect(wrong({ padding: "sane" })).toMatchObject({
      at: "model.encoder[0].conv2d.padding",
      message: 'expected a whole number of at least 0, two of them [vertical, horizontal], or same, got "sane"',
    });
    expect(wrong({ bias: "yes" })).toMatchObject({ message: 'expected true or false, got "yes"' });
  });

  it("names a missing option and all further mistakes", () => {
    expect(thrownBy(() => readLayer("conv2d", at))).toEqual({
      at: "model.encoder[0].conv2d.channels",
      message: "expected a positive whole number, got nothing",
      hint: "Also model.encoder[0].conv2d.kernel: expected a positive whole number, or two of them [vertical, horizontal], got nothing.",
    });
  });

  it("names the nearest option for one that does not exist, before what is missing", () => {
    expect(thrownBy(() => readLayer({ conv2d: { channels: 1, kernal: 3 } }, at))).toMatchObject({
      at: "model.encoder[0].conv2d",
      message: "no option is called kernal; did you mean kernel?",
    });
    expect(thrownBy(() => readLayer({ relu: { slope: 1 } }, at)).message).toBe("relu takes no options, got slope");
  });

  it("refuses what is no layer", () => {
    expect(thrownBy(() => readLayer({ conv2d: {}, elu: {} }, at)).message).toBe(
      "expected one layer, got 2: conv2d, elu",
    );
    expect(thrownBy(() => readLayer({ relu: 3 }, at))).toMatchObject({
      at: "model.encoder[0].relu",
      message: "expected options by name, got 3",
      hint: "relu takes no options.",
    });
    expect(thrownBy(() => readLayer(3 as never, at)).message).toBe(
      "expected the name of a layer, or its name with its options, got 3",
    );
  });
});

describe("layer constructors", () => {
  it("make the same data as an experiment file holds", () => {
    expect(layer.conv2d({ channels: 16, kernel: 3 })).toEqual({ conv2d: { channels: 16, kernel: 3 } });
    expect(layer.maxPool2d(2)).toEqual({ maxPool2d: 2 });
    expect(layer.unflatten([128, 1, 1])).toEqual({ unflatten: [128, 1, 1] });
    expect(layer.elu()).toBe("elu");
  });
});

describe("every layer", () => {
  it.each(Object.entries(layers))(
    "%s is listed under its name, with each option described and as JSON Schema",
    (name, entry) => {
      expect(entry.name).toBe(name);
      const schema = z.toJSONSchema(entry.options, { io: "input" });
      expect(schema.additionalProperties).toBe(false);
      for (const [option, property] of Object.entries(schema.properties ?? {})) {
        expect(property, `${name}.${option}`).toHaveProperty("description");
      }
      if ("shorthand" in entry) expect(Object.keys(schema.properties ?? {})).toContain(entry.shorthand);
    },
  );
});

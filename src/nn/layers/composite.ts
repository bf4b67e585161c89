// Layers made of layers, which need the list of all layers to read what is inside.
import { z } from "zod";
import { ShapeError, UserError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { positiveWholeNumber } from "../../schema/options.js";
import { ops, sameShape, type Value } from "../../tensor/index.js";
import type { LayerSpec } from "../models/define.js";
import { type ConfiguredLayer, defineLayer, type Scope } from "./define.js";
import { spatialTransformer } from "./spatialTransformer.js";

/** Reads one layer as data; `at` is its path. */
type ReadLayer = (spec: LayerSpec, at: string) => ConfiguredLayer;

/**
 * The layers that hold others. Parameters are named as in PyTorch's nested `Sequential`: `encoder.3.0.weight`.
 * @param readLayer reads what is inside; any layer, these included
 */
export function compositeLayers(readLayer: ReadLayer) {
  const inner = z.unknown().transform((spec, context): ConfiguredLayer => {
    try {
      return readLayer(spec as LayerSpec, "layer");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const path = (error.at ?? "layer").split(".").slice(1);
      context.issues.push({ code: "custom", input: spec, path, message: error.message });
      return z.NEVER;
    }
  });
  const expected = "expected a list of one layer or more";
  const list = () => z.array(inner.meta({ entry: "layer" }), { error: expected }).min(1, { error: expected });
  const example = [{ dense: 128 }, "elu"];

  /** Its layers one after another, as one layer. PyTorch's `Sequential`. */
  const sequential = defineLayer({
    name: "sequential",
    title: "Sequential",
    summary: "Its layers one after another, as one layer.",
    options: z.strictObject({ layers: list().describe("layers, one after another").meta({ example }) }),
    shorthand: "layers",
    build: ({ layers }, input, scope) => scope.layers(layers, input),
  });

  /** Its layers one after another, whose weights keep their first values. PyTorch's `requires_grad_(False)`. */
  const frozen = defineLayer({
    name: "frozen",
    title: "Frozen",
    summary: "Its layers one after another, whose weights keep their first values while the others are trained.",
    options: z.strictObject({ layers: list().describe("layers, one after another").meta({ example }) }),
    shorthand: "layers",
    build: ({ layers }, input, scope) => scope.layers(layers, input, { isFrozen: true }),
  });

  /**
   * Its layers `times` times one after another, each time with parameters of their own, numbered through: two layers three
   * times have the numbers 0 to 5.
   */
  const repeat = defineLayer({
    name: "repeat",
    title: "Repeat",
    summary: "Its layers several times one after another, each time with parameters of their own.",
    options: z.strictObject({
      times: positiveWholeNumber()
        .max(1000, "expected at most 1000")
        .describe("how often the layers come")
        .meta({ example: 3 }),
      layers: list().describe("layers, one after another").meta({ example }),
    }),
    build: ({ times, layers }, input, scope) => scope.layers(Array.from({ length: times }, () => layers).flat(), input),
  });

  /**
   * x + layers(x) (He et al. 2016, "Deep residual learning for image recognition"). Where the layers change the shape, x goes
   * through a learned projection without bias, `shortcut.weight`: for images a 1×1 convolution whose stride is the layers'
   * reduction, for flat vectors a dense product; first values as those layers have them.
   */
  const residual = defineLayer({
    name: "residual",
    title: "Residual",
    summary:
      "Adds its layers' output to their input, x + layers(x), with a learned projection of x where shapes differ (He et al. 2016).",
    options: z.strictObject({
      layers: list().describe("layers whose output is added to their input").meta({ example }),
    }),
    shorthand: "layers",
    build({ layers }, input, scope) {
      const output = scope.layers(layers, input);
      const shortcut = sameShape(input.shape, output.shape) ? input : projection(input, output, scope);
      return scope.add(ops.add, [shortcut, output], {});
    },
  });
  const localisation = list()
    .describe("layers that find the map; what they give goes flat into one dense layer more")
    .meta({
      example: [{ conv2d: { channels: 8, kernel: 5, stride: 2 } }, "relu", "flatten", { dense: 32 }, "relu"],
    });
  /**
   * The sum of what several layers make of the same input: a short and a long way side by side (He et al. 2016 with a way that
   * learns in place of the identity). Where the first weights are principal components, the first layer has them and the others
   * begin at 0.
   */
  const sum = defineLayer({
    name: "sum",
    title: "Sum",
    summary: "Adds what each of its layers makes of the same input; a way of several layers is a sequential.",
    options: z.strictObject({
      layers: list()
        .describe("layers that are each given the input, and whose outputs are added")
        .meta({ example: [{ dense: 128 }, { sequential: [{ dense: 64 }, "elu", { dense: 128 }] }] }),
    }),
    shorthand: "layers",
    build({ layers }, input, scope) {
      const [first, ...others] = layers.map((one, number) => scope.layers([one], input, { first: number })) as [
        Value,
        ...Value[],
      ];
      return others.reduce((whole, output, i) => {
        if (sameShape(whole.shape, output.shape)) return scope.add(ops.add, [whole, output], {});
        throw new ShapeError(
          `sum cannot add ${timesText(output.shape.slice(1))} of its layer ${i + 1} to ${timesText(whole.shape.slice(1))} of its layer 0`,
        );
      }, first);
    },
  });
  return { sequential, frozen, repeat, residual, sum, spatialTransformer: spatialTransformer(localisation) };
}

function projection(input: Value, output: Value, scope: Scope): Value {
  const [, from, height, width] = input.shape;
  const [, to, newHeight, newWidth] = output.shape;
  const initialise = { uniform: 1 / Math.sqrt(from) };
  if (input.shape.length === 2 && output.shape.length === 2) {
    return scope.add(ops.dense, [input, scope.parameter("shortcut.weight", [to, from], initialise)], {});
  }
  const stride = [Math.ceil(height / newHeight), Math.ceil(width / newWidth)] as const;
  const isReached = Math.ceil(height / stride[0]) === newHeight && Math.ceil(width / stride[1]) === newWidth;
  if (input.shape.length !== 4 || output.shape.length !== 4 || !isReached) {
    throw new ShapeError(
      `residual cannot add its input ${timesText(input.shape.slice(1))} to its layers' output ${timesText(output.shape.slice(1))}`,
    );
  }
  const weight = scope.parameter("shortcut.weight", [to, from, 1, 1], initialise);
  return scope.add(ops.conv2d, [input, weight], { stride, padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 });
}

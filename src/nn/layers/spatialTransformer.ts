// Images warped by a map that a small network of its own finds.
import { z } from "zod";
import { asPair, type Pair, positivePair } from "../../schema/options.js";
import { ops, sizeOf, type Value } from "../../tensor/index.js";
import { type ConfiguredLayer, defineLayer, imageSizes, type Scope } from "./define.js";

type Transform = "rotation" | "translation" | "similarity" | "affine";

/** How many numbers say which map it is. */
const numbersOf: Readonly<Record<Transform, number>> = { rotation: 2, translation: 2, similarity: 4, affine: 6 };

/**
 * Warps [batch, channel, height, width] by a map for each image (Jaderberg et al. 2015, "Spatial transformer networks"): the
 * layers of `localisation` see the image, a dense layer `map` [numbers, their outputs] makes the map's numbers of what they give, and
 * the image is taken at the places that the map says, bilinear with zeros outside (PyTorch's `affine_grid` and `grid_sample` without
 * `align_corners`). `map` begins with zeros, which leave the image as it is.
 *
 * With its numbers p, q …: `rotation` about the centre by the angle of (1 + p, q); `translation` by (p, q), in halves of width and
 * height; `similarity` turns and scales by (1 + p, q) and shifts by the next two; `affine` is [[1 + p, q, r], [s, 1 + t, u]] on places
 * from −1 to 1. The map goes from places in the result to places in the input, as in PyTorch.
 */
export const spatialTransformer = (localisation: z.ZodType<readonly ConfiguredLayer[], unknown[]>) =>
  defineLayer({
    name: "spatialTransformer",
    title: "SpatialTransformer",
    summary: "Turns, shifts or warps images by a map that layers of its own find in them (Jaderberg et al. 2015).",
    options: z.strictObject({
      localisation,
      transform: z
        .enum(["rotation", "translation", "similarity", "affine"], {
          error: "expected rotation, translation, similarity or affine",
        })
        .default("affine")
        .describe("which maps it may find; similarity is rotation, scale and shift"),
      size: positivePair().optional().describe("height and width of the result, in pixels; the input's where left out"),
    }),
    shorthand: "localisation",
    build({ localisation: layers, transform, size }, input, scope) {
      const { batch, height, width } = imageSizes("spatialTransformer", input);
      const found = scope.layers(layers, input);
      const features = sizeOf(found.shape.slice(1));
      const flat = scope.add(ops.reshape, [found], { shape: [batch, features] });
      const count = numbersOf[transform];
      const weight = scope.parameter("map.weight", [count, features], { constant: 0 });
      const bias = scope.parameter("map.bias", [count], { constant: 0 });
      const numbers = scope.add(ops.dense, [flat, weight, bias], {});
      const entries = mapEntries(transform, numbers, height / width, scope);
      const theta = scope.add(ops.reshape, [scope.add(ops.concat, entries, { axis: 1 })], { shape: [batch, 2, 3] });
      const outputSize: Pair = size === undefined ? [height, width] : asPair(size);
      return scope.add(ops.affineSample, [input, theta], { outputSize });
    },
  });

/** The map's six entries, row by row, each [batch, 1]. @param aspect height over width: turning is done in pixels */
function mapEntries(transform: Transform, numbers: Value, aspect: number, scope: Scope): readonly Value[] {
  const [batch] = numbers.shape;
  const column = (i: number): Value => scope.add(ops.slice, [numbers], { starts: [0, i], ends: [batch, i + 1] });
  const constant = (value: number): Value => scope.add(ops.fill, [], { shape: [batch, 1], value });
  const times = (x: Value, scale: number, shift = 0): Value => scope.add(ops.linear, [x], { scale, shift });
  const turned = (cos: Value, sin: Value, right: Value, down: Value): readonly Value[] => [
    ...[cos, times(sin, -aspect), right],
    ...[times(sin, 1 / aspect), cos, down],
  ];
  switch (transform) {
    case "rotation": {
      const [x, y] = [times(column(0), 1, 1), column(1)];
      const square = scope.add(ops.add, [scope.add(ops.mul, [x, x], {}), scope.add(ops.mul, [y, y], {})], {});
      const scale = scope.add(ops.power, [square], { exponent: -0.5 });
      const [cos, sin] = [x, y].map((part) => scope.add(ops.mul, [part, scale], {}));
      return turned(cos, sin, constant(0), constant(0));
    }
    case "translation":
      return [constant(1), constant(0), column(0), constant(0), constant(1), column(1)];
    case "similarity":
      return turned(times(column(0), 1, 1), column(1), column(2), column(3));
    case "affine":
      return [0, 1, 2, 3, 4, 5].map((i) => (i === 0 || i === 4 ? times(column(i), 1, 1) : column(i)));
  }
}

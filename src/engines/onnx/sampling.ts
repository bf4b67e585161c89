// The rows of images at places that an affine map names.
import { type Value, valuesOf } from "../../tensor/index.js";
import type { AffineSampleAttributes } from "../../tensor/ops/affineSample.js";
import type { Lowering } from "../engine.js";
import { resultOf } from "./elementwise.js";
import type { Graph } from "./graph.js";

/** [3, output pixels]: u, v and 1 of each output pixel. */
function centres(graph: Graph, [height, width]: AffineSampleAttributes["outputSize"]): string {
  const pixels = Array.from({ length: height * width }, (_, k) => k);
  const u = pixels.map((k) => (2 * (k % width) + 1) / width - 1);
  const v = pixels.map((k) => (2 * Math.floor(k / width) + 1) / height - 1);
  return graph.array([3, pixels.length], [...u, ...v, ...pixels.map(() => 1)]);
}

export const sampling = {
  affineSample(node, graph) {
    const [x, theta] = node.inputs;
    const { outputSize } = node.attributes;
    const places = graph.op("MatMul", [graph.read(theta), centres(graph, outputSize)]);
    const pairs = graph.op("Transpose", [places], { perm: { ints: [0, 2, 1] } });
    const grid = graph.op("Reshape", [pairs, graph.ints([x.shape[0], ...outputSize, 2])]);
    const sampled = graph.op("GridSample", [graph.read(x), grid], {
      mode: { string: "linear" },
      padding_mode: { string: "zeros" },
      align_corners: { int: 0 },
    });
    // A map that is no number would be taken for outside.
    const nothing = graph.op("Mul", [graph.op("ReduceSum", [graph.read(theta), graph.ints([1, 2])]), graph.number(0)]);
    graph.give(resultOf(node), "Add", [sampled, graph.op("Reshape", [nothing, graph.ints([-1, 1, 1, 1])])]);
  },
  affineSampleGradient(node, graph) {
    // As ONNX has no gradient of GridSample: each of the four pixels around a place by itself.
    const [x, theta, dy] = node.inputs;
    const [dx, dTheta] = valuesOf(node);
    const [batch, channels, height, width] = x.shape;
    const outputs = node.attributes.outputSize[0] * node.attributes.outputSize[1];
    const flat = (value: Value, pixels: number): string =>
      graph.op("Reshape", [graph.read(value), graph.ints([batch, channels, pixels])]);
    const images = flat(x, height * width);
    const gradient = flat(dy, outputs);
    const base = centres(graph, node.attributes.outputSize);
    const places = graph.op("MatMul", [graph.read(theta), base]);
    // Both [batch, 1, output pixels]; what is no number is taken for the first pixel, and its weights stay no numbers.
    const along = (row: number, length: number) => {
      const unit = graph.op("Slice", [places, graph.ints([row]), graph.ints([row + 1]), graph.ints([1])]);
      const pixel = graph.op("Add", [
        graph.op("Mul", [unit, graph.number(length / 2)]),
        graph.number((length - 1) / 2),
      ]);
      const isNone = graph.op("IsNaN", [pixel]);
      const first = graph.op("Where", [isNone, graph.number(0), graph.op("Floor", [pixel])]);
      const part = graph.op("Sub", [pixel, first]);
      return [0, 1].map((step) => {
        const at = step === 0 ? first : graph.op("Add", [first, graph.number(1)]);
        const isInside = graph.op("And", [
          graph.op("GreaterOrEqual", [at, graph.number(0)]),
          graph.op("LessOrEqual", [at, graph.number(length - 1)]),
        ]);
        return {
          place: graph.op("Clip", [at, graph.number(0), graph.number(length - 1)]),
          inside: graph.op("Cast", [isInside], { to: { int: 1 } }),
          weight: step === 0 ? graph.op("Sub", [graph.number(1), part]) : part,
          slope: step === 0 ? -1 : 1,
        };
      });
    };
    const [rows, columns] = [along(1, height), along(0, width)];
    const shape = graph.ints([batch, channels, outputs]);
    let scattered = graph.op("Expand", [graph.number(0), graph.ints([batch, channels, height * width])]);
    const slopes: { readonly x: string; readonly y: string }[] = [];
    for (const row of rows) {
      for (const column of columns) {
        const place = graph.op("Add", [graph.op("Mul", [row.place, graph.number(width)]), column.place]);
        const indices = graph.op("Expand", [graph.op("Cast", [place], { to: { int: 7 } }), shape]);
        const inside = graph.op("Mul", [row.inside, column.inside]);
        const weight = graph.op("Mul", [graph.op("Mul", [row.weight, column.weight]), inside]);
        scattered = graph.op("ScatterElements", [scattered, indices, graph.op("Mul", [gradient, weight])], {
          axis: { int: 2 },
          reduction: { string: "add" },
        });
        const values = graph.op("GatherElements", [images, indices], { axis: { int: 2 } });
        const product = graph.op("ReduceSum", [graph.op("Mul", [values, gradient]), graph.ints([1])]);
        const here = graph.op("Mul", [product, inside]);
        const slope = (weightOfOther: string, sign: number, length: number): string =>
          graph.op("Mul", [graph.op("Mul", [here, weightOfOther]), graph.number((sign * length) / 2)]);
        slopes.push({
          x: slope(row.weight, column.slope, width),
          y: slope(column.weight, row.slope, height),
        });
      }
    }
    graph.give(dx, "Reshape", [scattered, graph.ints(x.shape)]);
    const both = graph.op(
      "Concat",
      [
        graph.op(
          "Sum",
          slopes.map((each) => each.x),
        ),
        graph.op(
          "Sum",
          slopes.map((each) => each.y),
        ),
      ],
      { axis: { int: 1 } },
    );
    graph.give(dTheta, "MatMul", [both, graph.op("Transpose", [base], { perm: { ints: [1, 0] } })]);
  },
} satisfies Partial<Lowering<Graph>>;

// The rows of pooling and of enlarging images.
import { type Node, type Shape, valuesOf } from "../../tensor/index.js";
import type { AttributesOf } from "../../tensor/ops/index.js";
import { type AxisWeights, adaptiveWeights, linearWeights, transposedWeights } from "../../tensor/ops/windows.js";
import type { Lowering } from "../engine.js";
import { resultOf } from "./elementwise.js";
import type { Graph } from "./graph.js";

const ints = (values: readonly number[]) => ({ ints: values });

const isNarrowPooling = ({ kernel, stride }: { readonly kernel: Shape; readonly stride: Shape }): boolean =>
  kernel.every((length, axis) => stride[axis] >= length);

/**
 * Every plane times the weights of its rows from the left and of its columns from the right: what an op is that treats
 * rows and columns alike and apart. Matrix products, since ONNX has no gradients of these ops.
 */
function mapPlanes(node: Node, graph: Graph, vertical: AxisWeights, horizontal: AxisWeights): void {
  const matrix = (weights: AxisWeights): string => graph.array([weights.length, weights[0].length], weights.flat());
  const rows = graph.op("MatMul", [matrix(vertical), graph.read(node.inputs[0])]);
  graph.give(resultOf(node), "MatMul", [rows, matrix(transposedWeights(horizontal))]);
}

/** [input, output] weights of average pooling's windows along one axis: each output's share in each input. */
function averageShares(
  { kernel, stride, padding, countsPadding, inputSize }: AttributesOf<"avgPool2dGradient">,
  outputs: number,
  axis: 0 | 1,
): AxisWeights {
  return Array.from({ length: inputSize[axis] }, (_, place) =>
    Array.from({ length: outputs }, (_output, i) => {
      const start = i * stride[axis] - padding[axis];
      const end = start + kernel[axis];
      const onInput = Math.min(end, inputSize[axis]) - Math.max(start, 0);
      return place >= start && place < end ? 1 / (countsPadding ? kernel[axis] : onInput) : 0;
    }),
  );
}

export const resampling = {
  maxPool2d(node, graph) {
    const { kernel, stride, padding } = node.attributes;
    graph.give(valuesOf(node), "MaxPool", node.inputs.map(graph.read), {
      kernel_shape: ints(kernel),
      strides: ints(stride),
      pads: ints(padding),
    });
  },
  maxPool2dGradient(node, graph) {
    const [dy, places] = node.inputs.map(graph.read);
    const dx = resultOf(node);
    const { kernel, stride, padding } = node.attributes;
    if (isNarrowPooling(node.attributes)) {
      const windows = { kernel_shape: ints(kernel), strides: ints(stride), pads: ints(padding) };
      graph.give(dx, "MaxUnpool", [dy, places, graph.ints(dx.shape)], windows);
      return;
    }
    // Windows overlap: an element may be the largest of several. MaxPool counts places through the whole tensor.
    const flat = graph.ints([-1]);
    const zeros = graph.op("Expand", [graph.number(0), graph.ints([dx.shape.reduce((a, b) => a * b, 1)])]);
    const parts = [graph.op("Reshape", [places, flat]), graph.op("Reshape", [dy, flat])];
    const sums = graph.op("ScatterElements", [zeros, ...parts], { axis: { int: 0 }, reduction: { string: "add" } });
    graph.give(dx, "Reshape", [sums, graph.ints(dx.shape)]);
  },
  upsample(node, graph) {
    const [x] = node.inputs.map(graph.read);
    const scales = graph.numbers([1, 1, ...node.attributes.scale]);
    graph.give(resultOf(node), "Resize", [x, "", scales], {
      mode: { string: "nearest" },
      coordinate_transformation_mode: { string: "asymmetric" },
      nearest_mode: { string: "floor" },
    });
  },
  upsampleGradient(node, graph) {
    const [dy] = node.inputs.map(graph.read);
    const { scale } = node.attributes;
    const means = graph.op("AveragePool", [dy], { kernel_shape: ints(scale), strides: ints(scale) });
    graph.give(resultOf(node), "Mul", [means, graph.number(scale[0] * scale[1])]);
  },
  avgPool2d(node, graph) {
    const { kernel, stride, padding, countsPadding } = node.attributes;
    graph.give(resultOf(node), "AveragePool", node.inputs.map(graph.read), {
      kernel_shape: ints(kernel),
      strides: ints(stride),
      pads: ints(padding),
      count_include_pad: { int: Number(countsPadding) },
    });
  },
  avgPool2dGradient(node, graph) {
    const [, , height, width] = node.inputs[0].shape;
    const { attributes } = node;
    mapPlanes(node, graph, averageShares(attributes, height, 0), averageShares(attributes, width, 1));
  },
  adaptiveAvgPool2d(node, graph) {
    const [, , height, width] = node.inputs[0].shape;
    const [outputHeight, outputWidth] = node.attributes.outputSize;
    mapPlanes(node, graph, adaptiveWeights(height, outputHeight), adaptiveWeights(width, outputWidth));
  },
  adaptiveAvgPool2dGradient(node, graph) {
    const [, , height, width] = node.inputs[0].shape;
    const [inputHeight, inputWidth] = node.attributes.inputSize;
    const vertical = transposedWeights(adaptiveWeights(inputHeight, height));
    mapPlanes(node, graph, vertical, transposedWeights(adaptiveWeights(inputWidth, width)));
  },
  upsampleBilinear(node, graph) {
    const [, , height, width] = node.inputs[0].shape;
    const { outputSize, alignCorners } = node.attributes;
    const vertical = linearWeights(height, outputSize[0], alignCorners);
    mapPlanes(node, graph, vertical, linearWeights(width, outputSize[1], alignCorners));
  },
  upsampleBilinearGradient(node, graph) {
    const [, , height, width] = node.inputs[0].shape;
    const { inputSize, alignCorners } = node.attributes;
    const vertical = transposedWeights(linearWeights(inputSize[0], height, alignCorners));
    mapPlanes(node, graph, vertical, transposedWeights(linearWeights(inputSize[1], width, alignCorners)));
  },
} satisfies Partial<Lowering<Graph>>;

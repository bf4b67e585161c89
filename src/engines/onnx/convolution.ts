// Convolutions as ONNX operators. A convolution relates a wide image, a narrow one and a kernel; each of the three is a
// sum over the other two, and conv2d, convTranspose2d and their gradients are these sums under different names.
import type { Pair, Shape, Sides, Value } from "../../tensor/index.js";
import type { Attributes, Graph } from "./graph.js";

export interface Windows {
  /** Step between windows on the wide image, in elements. */
  readonly stride: Pair;
  readonly padding: Sides;
  readonly dilation: Pair;
  readonly groups: number;
}
/** A value of the graph: its name and its shape. */
export interface Image {
  readonly name: string;
  readonly shape: Shape;
}

const ints = (values: readonly number[]) => ({ ints: values });

function windowAttributes({ stride, padding, dilation, groups }: Windows): Attributes {
  return { strides: ints(stride), pads: ints(padding), dilations: ints(dilation), group: { int: groups } };
}

/** One window that covers the wide image exactly: a matrix product, which is much faster as one. */
function isProduct(windows: Windows, wide: Shape, narrow: Shape, kernel: Shape): boolean {
  const covers = kernel[2] === wide[2] && kernel[3] === wide[3];
  const isOne = narrow[2] === 1 && narrow[3] === 1;
  return covers && isOne && windows.groups === 1 && windows.padding.every((side) => side === 0);
}

/** Height and width of the narrow image that the windows of a wide one give. */
function windowCounts(wide: Shape, kernel: Shape, { stride, padding, dilation }: Windows): Pair {
  const along = (axis: 0 | 1): number => {
    const reach = dilation[axis] * (kernel[axis + 2] - 1) + 1;
    return Math.floor((wide[axis + 2] + padding[axis] + padding[axis + 2] - reach) / stride[axis]) + 1;
  };
  return [along(0), along(1)];
}

/** The narrow image from the wide one and the kernel [narrow channel, wide channel / groups, height, width]. */
export function intoNarrow(
  graph: Graph,
  target: Value,
  wide: Image,
  kernel: Image,
  bias: string | undefined,
  windows: Windows,
): void {
  const { shape } = target;
  const [batch, channels] = shape;
  const biases = bias === undefined ? [] : [bias];
  if (isProduct(windows, wide.shape, shape, kernel.shape)) {
    const rows = graph.op("Reshape", [wide.name, graph.ints([batch, -1])]);
    const matrix = graph.op("Reshape", [kernel.name, graph.ints([channels, -1])]);
    const product = graph.op("Gemm", [rows, matrix, ...biases], { transB: { int: 1 } });
    graph.give(target, "Reshape", [product, graph.ints(shape)]);
    return;
  }
  const inputs = [wide.name, kernel.name, ...biases];
  const [height, width] = windowCounts(wide.shape, kernel.shape, windows);
  if (height === shape[2] && width === shape[3]) {
    graph.give(target, "Conv", inputs, windowAttributes(windows));
    return;
  }
  // Output padding of a transposed convolution beyond a stride makes windows that nothing came from.
  const all = graph.op("Conv", inputs, windowAttributes(windows));
  const limits = [graph.ints([0, 0]), graph.ints([shape[2], shape[3]]), graph.ints([2, 3])];
  graph.give(target, "Slice", [all, ...limits]);
}

/** The wide image from the narrow one and the kernel [narrow channel, wide channel / groups, height, width]. */
export function intoWide(
  graph: Graph,
  target: Value,
  narrow: Image,
  kernel: Image,
  bias: string | undefined,
  windows: Windows,
): void {
  const { shape } = target;
  const [batch, channels] = shape;
  const { stride, padding, dilation, groups } = windows;
  const [, , kernelHeight, kernelWidth] = kernel.shape;
  if (isProduct(windows, shape, narrow.shape, kernel.shape)) {
    const rows = graph.op("Reshape", [narrow.name, graph.ints([batch, -1])]);
    const matrix = graph.op("Reshape", [kernel.name, graph.ints([narrow.shape[1], -1])]);
    const product = graph.op("Gemm", [rows, matrix]);
    if (bias === undefined) {
      graph.give(target, "Reshape", [product, graph.ints(shape)]);
      return;
    }
    const image = graph.op("Reshape", [product, graph.ints(shape)]);
    graph.give(target, "Add", [image, perChannel(graph, bias, channels)]);
    return;
  }
  const reach: Pair = [dilation[0] * (kernelHeight - 1), dilation[1] * (kernelWidth - 1)];
  // How far the result is cut below and to the right, where output padding has been taken off; below 0 it is filled up.
  const cut = (axis: 0 | 1): number => {
    const full = (narrow.shape[axis + 2] - 1) * stride[axis] + reach[axis] + 1;
    return full - padding[axis] - shape[axis + 2];
  };
  const [cutBelow, cutRight] = [cut(0), cut(1)];
  const biases = bias === undefined ? [] : [bias];
  const sides: Sides = [reach[0] - padding[0], reach[1] - padding[1], reach[0] - cutBelow, reach[1] - cutRight];
  if (stride[0] === 1 && stride[1] === 1 && Math.min(...sides) >= 0) {
    const turned = turnedKernel(graph, kernel, groups);
    graph.give(target, "Conv", [narrow.name, turned, ...biases], windowAttributes({ ...windows, padding: sides }));
    return;
  }
  const attributes = windowAttributes({
    ...windows,
    padding: [padding[0], padding[1], Math.max(cutBelow, 0), Math.max(cutRight, 0)],
  });
  const filled: Pair = [Math.max(-cutBelow, 0), Math.max(-cutRight, 0)];
  if (filled[0] < stride[0] && filled[1] < stride[1]) {
    const inputs = [narrow.name, kernel.name, ...biases];
    graph.give(target, "ConvTranspose", inputs, { ...attributes, output_padding: ints(filled) });
    return;
  }
  // ONNX Runtime refuses output padding beyond a stride: rows that nothing reaches but the bias.
  const reached = graph.op("ConvTranspose", [narrow.name, kernel.name], attributes);
  const pads = graph.ints([0, 0, 0, 0, 0, 0, ...filled]);
  if (bias === undefined) graph.give(target, "Pad", [reached, pads]);
  else graph.give(target, "Add", [graph.op("Pad", [reached, pads]), perChannel(graph, bias, channels)]);
}

/** The kernel with its channels exchanged and turned by half a circle: what a convolution needs to go the other way. */
function turnedKernel(graph: Graph, { name, shape }: Image, groups: number): string {
  const [narrowChannels, widePerGroup, height, width] = shape;
  let exchanged: string;
  if (groups === 1) {
    exchanged = graph.op("Transpose", [name], { perm: ints([1, 0, 2, 3]) });
  } else {
    const narrowPerGroup = narrowChannels / groups;
    const grouped = graph.op("Reshape", [name, graph.ints([groups, narrowPerGroup, widePerGroup, height * width])]);
    const turned = graph.op("Transpose", [grouped], { perm: ints([0, 2, 1, 3]) });
    exchanged = graph.op("Reshape", [turned, graph.ints([groups * widePerGroup, narrowPerGroup, height, width])]);
  }
  if (height === 1 && width === 1) return exchanged;
  return graph.op("Slice", [
    exchanged,
    graph.ints([-1, -1]),
    graph.ints([-height - 1, -width - 1]),
    graph.ints([2, 3]),
    graph.ints([-1, -1]),
  ]);
}

/**
 * The kernel [narrow channel, wide channel / groups, height, width] from both images: for each place of the kernel the
 * part of the wide image that it meets, all of them below each other, times the narrow image.
 */
export function intoKernel(graph: Graph, target: Value, wide: Image, narrow: Image, windows: Windows): void {
  const { shape } = target;
  const { stride, padding, dilation, groups } = windows;
  const [narrowChannels, widePerGroup, kernelHeight, kernelWidth] = shape;
  const [batch, , height, width] = narrow.shape;
  if (isProduct(windows, wide.shape, narrow.shape, shape)) {
    const rows = graph.op("Reshape", [wide.name, graph.ints([batch, -1])]);
    const matrix = graph.op("Reshape", [narrow.name, graph.ints([batch, -1])]);
    const product = graph.op("Gemm", [matrix, rows], { transA: { int: 1 } });
    graph.give(target, "Reshape", [product, graph.ints(shape)]);
    return;
  }
  const [top, left, bottom, right] = padding;
  const padded = padding.every((side) => side === 0)
    ? wide.name
    : graph.op("Pad", [wide.name, graph.ints([0, 0, top, left, 0, 0, bottom, right])]);
  // Channels first, so that each part is already a block of rows; then height, so that parts that are one above the other
  // are stretches of memory and only those beside each other are cut out line by line.
  const order = { perm: ints([1, 2, 0, 3]) };
  const turned = graph.op("Transpose", [padded], order);
  const places = kernelHeight * kernelWidth;
  const length = batch * height * width;
  const cut = (from: string, axis: number, start: number, count: number, step: number): string => {
    const limits = [[start], [start + (count - 1) * step + 1], [axis], [step]].map(graph.ints);
    return graph.op("Slice", [from, ...limits]);
  };
  const parts: string[] = [];
  for (let v = 0; v < kernelWidth; v++) {
    const beside = cut(turned, 3, v * dilation[1], width, stride[1]);
    for (let u = 0; u < kernelHeight; u++) {
      const part = cut(beside, 1, u * dilation[0], height, stride[0]);
      parts.push(graph.op("Reshape", [part, graph.ints([groups, widePerGroup, length])]));
    }
  }
  const [first = ""] = parts;
  const columns = parts.length === 1 ? first : graph.op("Concat", parts, { axis: { int: 1 } });
  const narrowTurned = graph.op("Transpose", [narrow.name], order);
  const narrowPerGroup = narrowChannels / groups;
  let product: string;
  if (groups === 1) {
    const a = graph.op("Reshape", [columns, graph.ints([places * widePerGroup, length])]);
    const b = graph.op("Reshape", [narrowTurned, graph.ints([narrowChannels, length])]);
    product = graph.op("Gemm", [a, b], { transB: { int: 1 } });
  } else {
    const b = graph.op("Reshape", [narrowTurned, graph.ints([groups, narrowPerGroup, length])]);
    product = graph.op("MatMul", [columns, graph.op("Transpose", [b], { perm: ints([0, 2, 1]) })]);
  }
  // [group, column of the kernel, row of the kernel, wide channel, narrow channel] to the kernel's own order.
  const sorted = graph.op("Reshape", [
    product,
    graph.ints([groups, kernelWidth, kernelHeight, widePerGroup, narrowPerGroup]),
  ]);
  const kernel = graph.op("Transpose", [sorted], { perm: ints([0, 4, 3, 2, 1]) });
  graph.give(target, "Reshape", [kernel, graph.ints(shape)]);
}

/** [channel] as [channel, 1, 1], which broadcasts over images. */
export function perChannel(graph: Graph, name: string, channels: number): string {
  return graph.op("Reshape", [name, graph.ints([channels, 1, 1])]);
}

// The ops of inference for a page: float32 arrays, plain loops, one image. Each is prepared once and computes in parts, so
// that a long one can give the page its thread in between. The definitions are tensor/ops; tests hold both together.
import type { AttributesOf } from "../../../tensor/index.js";

/** A prepared op: `run(from, to)` computes those parts, in any order, each once. */
export interface Work {
  readonly parts: number;
  run(from: number, to: number): void;
}

interface Place<Attributes> {
  /** Memory that the op reads; the same at every run. */
  readonly inputs: readonly Float32Array[];
  readonly shapes: readonly (readonly number[])[];
  /** Memory that the op writes. */
  readonly output: Float32Array;
  readonly shape: readonly number[];
  readonly attributes: Attributes;
}
type Kernel<Attributes> = (place: Place<Attributes>) => Work;

const whole = (run: () => void): Work => ({ parts: 1, run });

/** Element by element; `function_` is made once from the attributes. */
function elementwise<Attributes>(make: (attributes: Attributes) => (x: number) => number): Kernel<Attributes> {
  return ({ inputs: [x], output, attributes }) => {
    const function_ = make(attributes);
    return whole(() => {
      for (let i = 0; i < output.length; i++) output[i] = function_(x[i]);
    });
  };
}

/** For each element of `to`, the place of the element of `from` that NumPy's broadcasting repeats there. */
function repeated(from: readonly number[], to: readonly number[]): Int32Array {
  let size = 1;
  for (const length of to) size *= length;
  const places = new Int32Array(size);
  let inner = 1;
  let stride = 1;
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const length = from[from.length - to.length + axis] ?? 1;
    if (length > 1) {
      for (let i = 0; i < size; i++) places[i] += (Math.floor(i / inner) % to[axis]) * stride;
      stride *= length;
    }
    inner *= to[axis];
  }
  return places;
}

function pairwise<Attributes>(make: (attributes: Attributes) => (a: number, b: number) => number): Kernel<Attributes> {
  return ({ inputs: [a, b], shapes, output, shape, attributes }) => {
    const function_ = make(attributes);
    const [left, right] = [repeated(shapes[0], shape), repeated(shapes[1], shape)];
    return whole(() => {
      for (let i = 0; i < output.length; i++) output[i] = function_(a[left[i]], b[right[i]]);
    });
  };
}

/** Copies elements from the places that a box of the output names in the input. */
function copied(places: (shapes: readonly (readonly number[])[], shape: readonly number[]) => Int32Array) {
  return ({ inputs: [x], shapes, output, shape }: Place<unknown>): Work => {
    const from = places(shapes, shape);
    return whole(() => {
      for (let i = 0; i < output.length; i++) output[i] = x[from[i]];
    });
  };
}

const strides = (shape: readonly number[]): number[] => {
  const found = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) found[axis] = found[axis + 1] * shape[axis + 1];
  return found;
};

/** The indices along one axis from which a step of an output reaches into an input: `first ≤ i < end`. */
function reach(count: number, stride: number, shift: number, length: number): readonly [number, number] {
  // 0 ≤ i·stride + shift < length
  const first = Math.max(0, Math.ceil(-shift / stride));
  const end = Math.min(count, Math.floor((length - 1 - shift) / stride) + 1);
  return [first, end];
}

const conv2d: Kernel<AttributesOf<"conv2d">> = ({ inputs: [x, w, b], shapes, output: y, shape, attributes }) => {
  const [, channels, height, width] = shapes[0];
  const [outputs, perGroup, rows, columns] = shapes[1];
  const [batch, , outputHeight, outputWidth] = shape;
  const { stride, padding, dilation, groups } = attributes;
  const [plane, outputPlane] = [height * width, outputHeight * outputWidth];
  const one = (part: number): void => {
    const [image, output] = [Math.floor(part / outputs), part % outputs];
    const to = part * outputPlane;
    y.fill(b === undefined ? 0 : b[output], to, to + outputPlane);
    const firstChannel = Math.floor(output / (outputs / groups)) * perGroup;
    for (let c = 0; c < perGroup; c++) {
      const from = (image * channels + firstChannel + c) * plane;
      for (let u = 0; u < rows; u++) {
        const down = u * dilation[0] - padding[0];
        const [top, bottom] = reach(outputHeight, stride[0], down, height);
        for (let v = 0; v < columns; v++) {
          const weight = w[((output * perGroup + c) * rows + u) * columns + v];
          const across = v * dilation[1] - padding[1];
          const [left, right] = reach(outputWidth, stride[1], across, width);
          const step = stride[1];
          for (let i = top; i < bottom; i++) {
            let source = from + (i * stride[0] + down) * width + left * step + across;
            const row = to + i * outputWidth;
            for (let place = row + left; place < row + right; place++, source += step) y[place] += weight * x[source];
          }
        }
      }
    }
  };
  return { parts: batch * outputs, run: each(one) };
};

const convTranspose2d: Kernel<AttributesOf<"convTranspose2d">> = ({ inputs, shapes, output: y, shape, attributes }) => {
  const [x, w, b] = inputs;
  const [, channels, height, width] = shapes[0];
  const [, perGroup, rows, columns] = shapes[1];
  const [batch, outputs, outputHeight, outputWidth] = shape;
  const { stride, padding, dilation, groups } = attributes;
  const [plane, outputPlane] = [height * width, outputHeight * outputWidth];
  const channelsPerGroup = channels / groups;
  const one = (part: number): void => {
    const [image, output] = [Math.floor(part / outputs), part % outputs];
    const to = part * outputPlane;
    y.fill(b === undefined ? 0 : b[output], to, to + outputPlane);
    const firstChannel = Math.floor(output / perGroup) * channelsPerGroup;
    for (let c = firstChannel; c < firstChannel + channelsPerGroup; c++) {
      const from = (image * channels + c) * plane;
      for (let u = 0; u < rows; u++) {
        const down = u * dilation[0] - padding[0];
        const [top, bottom] = reach(height, stride[0], down, outputHeight);
        for (let v = 0; v < columns; v++) {
          const weight = w[((c * perGroup + (output % perGroup)) * rows + u) * columns + v];
          const across = v * dilation[1] - padding[1];
          const [left, right] = reach(width, stride[1], across, outputWidth);
          const step = stride[1];
          for (let i = top; i < bottom; i++) {
            let place = to + (i * stride[0] + down) * outputWidth + left * step + across;
            const row = from + i * width;
            for (let source = row + left; source < row + right; source++, place += step) y[place] += weight * x[source];
          }
        }
      }
    }
  };
  return { parts: batch * outputs, run: each(one) };
};

const dense: Kernel<AttributesOf<"dense">> = ({ inputs: [x, w, b], shapes, output: y }) => {
  const [, length] = shapes[0];
  const [outputs] = shapes[1];
  return {
    parts: y.length,
    run: each((part) => {
      const [row, output] = [Math.floor(part / outputs) * length, part % outputs];
      const weights = output * length;
      let sum = b === undefined ? 0 : b[output];
      for (let i = 0; i < length; i++) sum += x[row + i] * w[weights + i];
      y[part] = sum;
    }),
  };
};

function each(one: (part: number) => void): Work["run"] {
  return (from, to) => {
    for (let part = from; part < to; part++) one(part);
  };
}

/** x·factor + summand, both [channel]. What `pack` makes of a batch norm. */
const perChannel: Kernel<unknown> = ({ inputs: [x, factor, summand], output: y, shape }) => {
  const channels = shape[1];
  const plane = y.length / (shape[0] * channels);
  return whole(() => {
    for (let i = 0; i < y.length; i++) {
      const channel = Math.floor(i / plane) % channels;
      y[i] = x[i] * factor[channel] + summand[channel];
    }
  });
};

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
}

/** Pooling: what a window holds of one plane becomes one element. */
function pooling<Attributes extends Window>(
  make: (attributes: Attributes) => (plane: Float32Array, box: readonly number[], width: number) => number,
): Kernel<Attributes> {
  return ({ inputs: [x], shapes, output: y, shape, attributes }) => {
    const reduce = make(attributes);
    const { kernel, stride, padding } = attributes;
    const [, , height, width] = shapes[0];
    const [, , outputHeight, outputWidth] = shape;
    return {
      parts: shape[0] * shape[1],
      run: each((part) => {
        const plane = x.subarray(part * height * width, (part + 1) * height * width);
        for (let i = 0; i < outputHeight; i++) {
          for (let j = 0; j < outputWidth; j++) {
            const [top, left] = [i * stride[0] - padding[0], j * stride[1] - padding[1]];
            const box = [
              ...[Math.max(0, top), Math.min(height, top + kernel[0])],
              ...[Math.max(0, left), Math.min(width, left + kernel[1])],
            ];
            y[(part * outputHeight + i) * outputWidth + j] = reduce(plane, box, width);
          }
        }
      }),
    };
  };
}

const maxPool2d = pooling<AttributesOf<"maxPool2d">>(() => (plane, [top, bottom, left, right], width) => {
  let largest = Number.NEGATIVE_INFINITY;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const value = plane[row * width + column];
      if (!(value <= largest)) largest = value;
    }
  }
  return largest;
});

const avgPool2d = pooling<AttributesOf<"avgPool2d">>(
  ({ kernel, countsPadding }) =>
    (plane, [top, bottom, left, right], width) => {
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) sum += plane[row * width + column];
      }
      return sum / (countsPadding ? kernel[0] * kernel[1] : (bottom - top) * (right - left));
    },
);

type AxisWeights = readonly (readonly (readonly [number, number])[])[];

/** Planes mapped along both axes by weights of places: interpolation, adaptive pooling. */
function mappedPlanes<Attributes>(
  weights: (attributes: Attributes, input: number, output: number) => AxisWeights,
): Kernel<Attributes> {
  return ({ inputs: [x], shapes, output: y, shape, attributes }) => {
    const [, , height, width] = shapes[0];
    const [, , outputHeight, outputWidth] = shape;
    const vertical = weights(attributes, height, outputHeight);
    const horizontal = weights(attributes, width, outputWidth);
    return {
      parts: shape[0] * shape[1],
      run: each((part) => {
        const from = part * height * width;
        for (let i = 0; i < outputHeight; i++) {
          for (let j = 0; j < outputWidth; j++) {
            let sum = 0;
            for (const [row, down] of vertical[i]) {
              for (const [column, across] of horizontal[j]) sum += down * across * x[from + row * width + column];
            }
            y[(part * outputHeight + i) * outputWidth + j] = sum;
          }
        }
      }),
    };
  };
}

const adaptiveAvgPool2d = mappedPlanes<AttributesOf<"adaptiveAvgPool2d">>((_, input, output) =>
  Array.from({ length: output }, (_row, i) => {
    const start = Math.floor((i * input) / output);
    const end = Math.ceil(((i + 1) * input) / output);
    return Array.from({ length: end - start }, (_place, u) => [start + u, 1 / (end - start)] as const);
  }),
);

const upsampleBilinear = mappedPlanes<AttributesOf<"upsampleBilinear">>(({ alignCorners }, input, output) =>
  Array.from({ length: output }, (_row, i) => {
    const aligned = output === 1 ? 0 : (i * (input - 1)) / (output - 1);
    const place = alignCorners ? aligned : Math.max(0, ((i + 0.5) * input) / output - 0.5);
    const below = Math.min(Math.floor(place), input - 1);
    return [
      [below, 1 - place + below],
      [Math.min(below + 1, input - 1), place - below],
    ];
  }),
);

const upsample: Kernel<AttributesOf<"upsample">> = ({ inputs: [x], output: y, shape, attributes: { scale } }) => {
  const width = shape[3];
  const inputWidth = width / scale[1];
  return whole(() => {
    for (let row = 0, to = 0; to < y.length; row++) {
      const from = Math.floor(row / scale[0]) * inputWidth;
      for (let column = 0; column < width; column++, to++) y[to] = x[from + Math.floor(column / scale[1])];
    }
  });
};

/** Each row of `length` elements by its own mean and variance. */
function normalised(
  { inputs: [x, scale, shift], output: y }: Place<unknown>,
  length: number,
  epsilon: number,
  parameterOf: (index: number) => number,
): Work {
  return {
    parts: y.length / length,
    run: each((part) => {
      const [start, end] = [part * length, (part + 1) * length];
      let sum = 0;
      for (let i = start; i < end; i++) sum += x[i];
      const mean = sum / length;
      let squares = 0;
      for (let i = start; i < end; i++) squares += (x[i] - mean) ** 2;
      const factor = 1 / Math.sqrt(squares / length + epsilon);
      for (let i = start; i < end; i++) {
        const parameter = parameterOf(i);
        y[i] = (x[i] - mean) * factor * scale[parameter] + shift[parameter];
      }
    }),
  };
}

const layerNorm: Kernel<AttributesOf<"layerNorm">> = (place) => {
  const { normalizedRank, epsilon } = place.attributes;
  const length = place.shape.slice(-normalizedRank).reduce((product, side) => product * side, 1);
  return normalised(place, length, epsilon, (index) => index % length);
};

const groupNorm: Kernel<AttributesOf<"groupNorm">> = (place) => {
  const { groups, epsilon } = place.attributes;
  const [batch, channels] = place.shape;
  const plane = place.output.length / (batch * channels);
  return normalised(place, (channels / groups) * plane, epsilon, (index) => Math.floor(index / plane) % channels);
};

/** Softmax and its logarithm, along one axis. */
function shares(finish: (value: number, total: number) => number): Kernel<{ readonly axis: number }> {
  return ({ inputs: [x], output: y, shape, attributes: { axis } }) => {
    const step = strides(shape)[axis];
    const length = shape[axis];
    return whole(() => {
      for (let line = 0; line < y.length / length; line++) {
        const start = Math.floor(line / step) * length * step + (line % step);
        const end = start + length * step;
        let largest = Number.NEGATIVE_INFINITY;
        for (let i = start; i < end; i += step) largest = Math.max(largest, x[i]);
        let sum = 0;
        for (let i = start; i < end; i += step) sum += Math.exp(x[i] - largest);
        const total = largest + Math.log(sum);
        for (let i = start; i < end; i += step) y[i] = finish(x[i], total);
      }
    });
  };
}

const concat: Kernel<AttributesOf<"concat">> = ({ inputs, shapes, output: y, attributes: { axis } }) => {
  const block = (shape: readonly number[]): number => shape.slice(axis).reduce((product, side) => product * side, 1);
  const blocks = shapes.map(block);
  const length = blocks.reduce((sum, size) => sum + size, 0);
  return whole(() => {
    for (let start = 0; start < y.length; start += length) {
      let to = start;
      inputs.forEach((x, i) => {
        const from = (start / length) * blocks[i];
        y.set(x.subarray(from, from + blocks[i]), to);
        to += blocks[i];
      });
    }
  });
};

const affineSample: Kernel<AttributesOf<"affineSample">> = ({ inputs: [x, theta], shapes, output: y, attributes }) => {
  const [batch, channels, height, width] = shapes[0];
  const [outputHeight, outputWidth] = attributes.outputSize;
  const [plane, outputPlane] = [height * width, outputHeight * outputWidth];
  return {
    parts: batch,
    run: each((image) => {
      const [a, b, c, d, e, f] = theta.subarray(6 * image, 6 * image + 6);
      y.fill(0, image * channels * outputPlane, (image + 1) * channels * outputPlane);
      for (let output = 0; output < outputPlane; output++) {
        const u = (2 * (output % outputWidth) + 1) / outputWidth - 1;
        const v = (2 * Math.floor(output / outputWidth) + 1) / outputHeight - 1;
        const across = ((a * u + b * v + c + 1) * width - 1) / 2;
        const down = ((d * u + e * v + f + 1) * height - 1) / 2;
        const [left, top] = [Math.floor(across), Math.floor(down)];
        for (const row of [top, top + 1]) {
          for (const column of [left, left + 1]) {
            if (!(row >= 0 && row < height && column >= 0 && column < width)) continue;
            const weight = (1 - Math.abs(across - column)) * (1 - Math.abs(down - row));
            for (let channel = 0; channel < channels; channel++) {
              const index = image * channels + channel;
              y[index * outputPlane + output] += weight * x[index * plane + row * width + column];
            }
          }
        }
      }
    }),
  };
};

/** Φ(x) by Abramowitz and Stegun 7.1.26, whose error function is off by at most 1.5e-7. */
function normalDistribution(x: number): number {
  const z = Math.abs(x) * Math.SQRT1_2;
  const t = 1 / (1 + 0.3275911 * z);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const upper = (polynomial * Math.exp(-z * z)) / 2;
  return x > 0 ? 1 - upper : upper;
}

const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

/** The ops that pages have. `reshape` is no work at all: its output is its input's memory. */
const kernels = {
  conv2d,
  convTranspose2d,
  dense,
  perChannel,
  maxPool2d,
  avgPool2d,
  adaptiveAvgPool2d,
  upsample,
  upsampleBilinear,
  layerNorm,
  groupNorm,
  concat,
  affineSample,
  softmax: shares((value, total) => Math.exp(value - total)),
  logSoftmax: shares((value, total) => value - total),
  broadcastTo: copied(([from], to) => repeated(from, to)),
  transpose: (place: Place<AttributesOf<"transpose">>): Work =>
    copied(([from], to) => {
      const [inner, outer] = [strides(from), strides(to)];
      return Int32Array.from(place.output, (_, i) =>
        place.attributes.axes.reduce((sum, axis, k) => sum + (Math.floor(i / outer[k]) % to[k]) * inner[axis], 0),
      );
    })(place),
  slice: (place: Place<AttributesOf<"slice">>): Work =>
    copied(([from], to) => {
      const [inner, outer] = [strides(from), strides(to)];
      const { starts } = place.attributes;
      return Int32Array.from(place.output, (_, i) =>
        starts.reduce((sum, start, k) => sum + ((Math.floor(i / outer[k]) % to[k]) + start) * inner[k], 0),
      );
    })(place),
  sumTo: ({ inputs: [x], shapes, output: y, shape }: Place<AttributesOf<"sumTo">>): Work => {
    const places = repeated(shape, shapes[0]);
    return whole(() => {
      y.fill(0);
      for (let i = 0; i < x.length; i++) y[places[i]] += x[i];
    });
  },
  relu: elementwise<AttributesOf<"relu">>(() => (x) => Math.max(x, 0)),
  leakyRelu: elementwise<AttributesOf<"leakyRelu">>(
    ({ slope }) =>
      (x) =>
        x > 0 ? x : slope * x,
  ),
  elu: elementwise<AttributesOf<"elu">>(
    ({ alpha }) =>
      (x) =>
        x > 0 ? x : alpha * Math.expm1(x),
  ),
  selu: elementwise<AttributesOf<"selu">>(() => (x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x))),
  gelu: elementwise<AttributesOf<"gelu">>(({ approximation }) =>
    approximation === "none"
      ? (x) => x * normalDistribution(x)
      : (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ),
  silu: elementwise<AttributesOf<"silu">>(() => (x) => x / (1 + Math.exp(-x))),
  mish: elementwise<AttributesOf<"mish">>(
    () => (x) => x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  ),
  sigmoid: elementwise<AttributesOf<"sigmoid">>(() => (x) => 1 / (1 + Math.exp(-x))),
  tanh: elementwise<AttributesOf<"tanh">>(() => Math.tanh),
  softplus: elementwise<AttributesOf<"softplus">>(
    ({ beta, threshold }) =>
      (x) =>
        beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta,
  ),
  clamp: elementwise<AttributesOf<"clamp">>(
    ({ minimum, maximum }) =>
      (x) =>
        Math.min(Math.max(x, minimum), maximum),
  ),
  linear: elementwise<AttributesOf<"linear">>(
    ({ scale, shift }) =>
      (x) =>
        scale * x + shift,
  ),
  power: elementwise<AttributesOf<"power">>(
    ({ exponent }) =>
      (x) =>
        x ** exponent,
  ),
  exp: elementwise<AttributesOf<"exp">>(() => Math.exp),
  log: elementwise<AttributesOf<"log">>(() => Math.log),
  sqrt: elementwise<AttributesOf<"sqrt">>(() => Math.sqrt),
  abs: elementwise<AttributesOf<"abs">>(() => Math.abs),
  stopGradient: elementwise<AttributesOf<"stopGradient">>(() => (x) => x),
  add: pairwise<AttributesOf<"add">>(() => (a, b) => a + b),
  sub: pairwise<AttributesOf<"sub">>(() => (a, b) => a - b),
  mul: pairwise<AttributesOf<"mul">>(() => (a, b) => a * b),
  div: pairwise<AttributesOf<"div">>(() => (a, b) => a / b),
  maximum: pairwise<AttributesOf<"maximum">>(() => Math.max),
  minimum: pairwise<AttributesOf<"minimum">>(() => Math.min),
  scaledAdd: pairwise<AttributesOf<"scaledAdd">>(
    ({ scaleA, scaleB }) =>
      (a, b) =>
        scaleA * a + scaleB * b,
  ),
};

/** Every op that a page computes, `reshape` included. */
export const pageOps: readonly string[] = ["reshape", ...Object.keys(kernels)];

export function isPageOp(op: string): boolean {
  return pageOps.includes(op);
}

/** The op's work, or undefined for an op that pages do not have. Its attributes are of its type by how they were packed. */
export function prepare(op: string, place: Place<unknown>): Work | undefined {
  if (!Object.hasOwn(kernels, op)) return undefined;
  return (kernels as unknown as Readonly<Record<string, Kernel<unknown>>>)[op]?.(place);
}

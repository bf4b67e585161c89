// The networks of experiments that are made to measure, written out as layers for pictures of any size. Which one, how wide and how
// deep is decided in madeToMeasure.ts.
import type { LayerSpec } from "../nn/models/define.js";

/** [channel, height, width] */
export type PictureShape = readonly [channels: number, height: number, width: number];

export interface Network {
  readonly encoder: readonly LayerSpec[];
  readonly decoder: readonly LayerSpec[];
  /** Multiplications of one picture on its way through, forward: what a training step's time follows. */
  readonly multiplications: number;
}

/** Layers being put one after another, with the shape that they have reached and what they cost so far. */
interface Chain {
  readonly layers: readonly LayerSpec[];
  readonly multiplications: number;
  flatten(): Chain;
  unflatten(to: readonly number[]): Chain;
  dense(units: number): Chain;
  /** 3×3 at the same size; 4×4 in steps of 2 to half of it, rounded down. */
  conv(channels: number, options?: { readonly halves?: boolean }): Chain;
  /** To a height and width of twice as much, or one more. */
  enlarge(channels: number, to: readonly [height: number, width: number]): Chain;
  activated(): Chain;
  bent(): Chain;
  /** A way there and back to the same shape that is added to what it was given. */
  residual(build: (inner: Chain) => unknown): Chain;
  /** The picture turned by an angle that layers of its own find in it. */
  turned(localisation: Chain): Chain;
  /** What is below 0 becomes 0: nothing is darker than black. */
  floored(): Chain;
  end(): Chain;
}

function chain(start: readonly number[]): Chain {
  const layers: LayerSpec[] = [];
  let shape = start;
  let multiplications = 0;
  const size = (): number => shape.reduce((product, length) => product * length, 1);
  const chained: Chain = {
    layers,
    get multiplications() {
      return multiplications;
    },
    flatten() {
      layers.push("flatten");
      shape = [size()];
      return chained;
    },
    unflatten(to) {
      layers.push({ unflatten: to });
      shape = to;
      return chained;
    },
    dense(units) {
      multiplications += size() * units;
      layers.push({ dense: units });
      shape = [units];
      return chained;
    },
    conv(channels, { halves = false } = {}) {
      const [from = 1, height = 1, width = 1] = shape;
      const kernel = halves ? 4 : 3;
      const [newHeight, newWidth] = halves ? [Math.floor(height / 2), Math.floor(width / 2)] : [height, width];
      layers.push({ conv2d: { channels, kernel, ...(halves ? { stride: 2 } : {}), padding: 1 } });
      multiplications += newHeight * newWidth * channels * from * kernel * kernel;
      shape = [channels, newHeight, newWidth];
      return chained;
    },
    enlarge(channels, [toHeight, toWidth]) {
      const [from = 1, height = 1, width = 1] = shape;
      const odd = [toHeight - 2 * height, toWidth - 2 * width];
      const outputPadding = odd.some((more) => more > 0) ? { outputPadding: odd } : {};
      // A kernel of twice the stride reaches every pixel equally often.
      layers.push({ convTranspose2d: { channels, kernel: 4, stride: 2, padding: 1, ...outputPadding } });
      multiplications += height * width * channels * from * 16;
      shape = [channels, toHeight, toWidth];
      return chained;
    },
    activated() {
      layers.push("batchNorm2d", "elu");
      return chained;
    },
    bent() {
      layers.push("elu");
      return chained;
    },
    residual(build) {
      const inner = chain(shape);
      build(inner);
      layers.push({ residual: inner.layers });
      multiplications += inner.multiplications;
      return chained;
    },
    turned(localisation) {
      layers.push({ spatialTransformer: { transform: "rotation", localisation: localisation.layers } });
      multiplications += localisation.multiplications;
      return chained;
    },
    floored() {
      layers.push("relu");
      return chained;
    },
    end() {
      layers.push("sigmoid");
      return chained;
    },
  };
  return chained;
}

/** Sizes from the picture down, halved so many times. */
function sizesDown([, height, width]: PictureShape, halvings: number): readonly (readonly [number, number])[] {
  return Array.from({ length: halvings + 1 }, (_, level) => [
    Math.floor(height / 2 ** level),
    Math.floor(width / 2 ** level),
  ]);
}

export interface NetworkOptions {
  readonly shape: PictureShape;
  /** Numbers in the code. */
  readonly code: number;
  /** Channels at half the picture's size; twice and four times as many below. */
  readonly width: number;
  /** How often height and width are halved; 0 for pictures too small for convolutions. */
  readonly halvings: number;
}

const channelsAt = (width: number, level: number): number => width * Math.min(4, 2 ** (level - 1));

/** Down to features, flat. */
function convolutions({ shape, width, halvings }: Omit<NetworkOptions, "code">) {
  const way = chain(shape);
  for (let level = 1; level <= halvings; level++) way.conv(channelsAt(width, level), { halves: true }).activated();
  return way.flatten();
}

/** From a code to the picture. */
function enlarging({ shape, code, width, halvings }: NetworkOptions) {
  const sizes = sizesDown(shape, halvings);
  const [height, breadth] = sizes[halvings] as readonly [number, number];
  const deepest = channelsAt(width, halvings);
  const way = chain([code])
    .dense(deepest * height * breadth)
    .unflatten([deepest, height, breadth])
    .activated();
  for (let level = halvings; level > 1; level--) {
    way.enlarge(channelsAt(width, level - 1), sizes[level - 1] as readonly [number, number]).activated();
  }
  return way.enlarge(shape[0], sizes[0] as readonly [number, number]);
}

/** A hidden layer of pictures that convolutions do not fit into. */
const hiddenUnits = (width: number): number => 4 * width;

/**
 * Numbers of a picture from which on the straight way keeps its weights. An optimizer that moves each weight alike moves a code by as
 * much more as there are numbers that it is a sum of: of pictures of 12,288 numbers a rate at which the bent way learns took the
 * straight way far from the principal components and never back, and its weights cost more than all the rest. Of 768 numbers trained
 * weights leave 3 % less error.
 */
const keptFrom = 2_000;
/** Of a forward pass with its gradients, what such a way costs: down forward alone, up the gradient of the code beside it. */
const [keptDown, keptUp] = [1 / 3, 2 / 3];

/** Whether the straight way of pictures of this shape keeps its weights. */
export function keepsStraight(shape: PictureShape): boolean {
  return shape[0] * shape[1] * shape[2] >= keptFrom;
}

/**
 * Two ways side by side, to the code and back: a straight one, which can be the principal components of the pictures and begins as
 * them, and a bent one of convolutions, which begins at 0 and adds what no straight way can.
 * @param options.isKept the straight way keeps its weights
 */
export function straightAndBent(options: NetworkOptions & { readonly isKept: boolean }): Network {
  const { shape, code, width, halvings, isKept } = options;
  const pixels = shape[0] * shape[1] * shape[2];
  const straight = { down: chain(shape).flatten().dense(code), up: chain([code]).dense(pixels).unflatten(shape) };
  const bent =
    halvings === 0
      ? {
          down: chain(shape).flatten().dense(hiddenUnits(width)).bent().dense(code),
          up: chain([code]).dense(hiddenUnits(width)).bent().dense(pixels).unflatten(shape),
        }
      : { down: convolutions(options).dense(code), up: enlarging(options) };
  const sum = (one: typeof straight.down, other: typeof straight.down): LayerSpec => ({
    sum: [isKept ? { frozen: one.layers } : { sequential: one.layers }, { sequential: other.layers }],
  });
  return {
    encoder: [sum(straight.down, bent.down)],
    decoder: [sum(straight.up, bent.up)],
    multiplications:
      straight.down.multiplications * (isKept ? keptDown : 1) +
      straight.up.multiplications * (isKept ? keptUp : 1) +
      bent.down.multiplications +
      bent.up.multiplications,
  };
}

/** The bent way alone, which begins at nothing. */
export function bentAlone(options: NetworkOptions): Network {
  const [down, up] = [convolutions(options).dense(options.code), enlarging(options)];
  return {
    encoder: down.layers,
    decoder: up.layers,
    multiplications: down.multiplications + up.multiplications,
  };
}

/** The bent way alone, for codes that are drawn: its features go to the heads of a variational autoencoder. */
export function drawnCodes(options: NetworkOptions): Network {
  const { shape, code, width, halvings } = options;
  const pixels = shape[0] * shape[1] * shape[2];
  const features = 8 * width;
  const [down, up] =
    halvings === 0
      ? [
          chain(shape).flatten().dense(features).bent(),
          chain([code]).dense(features).bent().dense(pixels).unflatten(shape).end(),
        ]
      : [convolutions(options).dense(features).bent(), enlarging(options).end()];
  return {
    encoder: down.layers,
    decoder: up.layers,
    multiplications: down.multiplications + up.multiplications + 2 * features * code,
  };
}

/**
 * A network that mends pictures. All of it is added to the picture itself, so that doing nothing is near where it begins and what is
 * whole stays sharp; within, each level is a way to half the size and back that is added to what it was given, so that it sees far
 * around what is broken (after Ronneberger et al. 2015, "U-Net", and He et al. 2016). Its code is a picture that is nearly mended.
 */
export function mending({ shape, width, halvings }: Omit<NetworkOptions, "code">): Network {
  const sizes = sizesDown(shape, halvings);
  const levels = (way: Chain, level: number): unknown => {
    if (level > halvings) return way;
    const [channels, above] = [channelsAt(width, level + 1), channelsAt(width, level)];
    return way.residual((inner) => {
      inner.conv(channels, { halves: true }).activated();
      levels(inner, level + 1);
      if (level === halvings) inner.conv(channels).activated();
      inner.enlarge(above, sizes[level - 1] as readonly [number, number]);
    });
  };
  const encoder = chain(shape).residual((inner) => {
    inner.conv(width).activated();
    levels(inner, 1);
    inner.activated().conv(shape[0]);
  });
  const decoder = chain(shape)
    .residual((inner) => inner.conv(width).activated().conv(shape[0]))
    .floored();
  return {
    encoder: encoder.layers,
    decoder: decoder.layers,
    multiplications: encoder.multiplications + decoder.multiplications,
  };
}

/** Numbers that the angle is found from. */
const angleFeatures = 64;

/**
 * A network that turns pictures upright: it finds the angle and takes the picture at the turned places (Jaderberg et al. 2015,
 * "Spatial transformer networks"), and then adds what turning has blurred or cut. Its code is the upright picture. Without the
 * direct way past the correction the angle is hardly learned.
 */
export function turning({ shape, width, halvings }: Omit<NetworkOptions, "code">): Network {
  const features = halvings === 0 ? chain(shape).flatten() : convolutions({ shape, width, halvings });
  const encoder = chain(shape).turned(features.dense(angleFeatures).bent());
  const decoder = chain(shape)
    .residual((inner) => inner.conv(width).activated().conv(width).activated().conv(width).activated().conv(shape[0]))
    .floored();
  return {
    encoder: encoder.layers,
    decoder: decoder.layers,
    multiplications: encoder.multiplications + decoder.multiplications,
  };
}

// Images at places that an affine map names. The library has no primitive for it, so these are loops of our own.
import { type Node, valuesOf } from "../../../tensor/index.js";
import type { AffineSampleAttributes } from "../../../tensor/ops/affineSample.js";
import type { Lowering } from "../../engine.js";
import type { Placed, Plan } from "../plan.js";

interface Sizes {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

function sizesOf({ inputs: [x], attributes: { outputSize } }: Node<string, AffineSampleAttributes>): Sizes {
  const [batch, channels, height, width] = x.shape;
  return { batch, channels, height, width, outputHeight: outputSize[0], outputWidth: outputSize[1] };
}

export const samplingRows = {
  affineSample(node, plan) {
    const [x, theta] = node.inputs;
    const [y] = valuesOf(node);
    const sizes = sizesOf(node);
    const destination = plan.write(y, plan.plain(y.shape));
    plan.emitLoop(
      ([images, maps, result]) => sample(sizes, images, maps, result),
      [plan.readPlain(x), plan.readPlain(theta)],
      [destination],
    );
  },
  affineSampleGradient(node, plan) {
    const [x, theta, dy] = node.inputs;
    const [dx, dTheta] = valuesOf(node);
    const sizes = sizesOf(node);
    const from: readonly Placed[] = [plan.readPlain(x), plan.readPlain(theta), plan.readPlain(dy)];
    const toMaps = plan.write(dTheta, plan.plain(dTheta.shape));
    const toImages = plan.write(dx, plan.plain(dx.shape));
    // Where the images are the network's input nobody asks for their gradient.
    const isAsked = plan.isUsed(dx) || toImages.buffer.kind !== "temporary";
    plan.emitLoop(
      ([images, maps, gradient, mapsGradient, imagesGradient]) => {
        sampleGradient(sizes, images, maps, gradient, mapsGradient, imagesGradient);
      },
      from,
      isAsked ? [toMaps, toImages] : [toMaps],
    );
  },
} satisfies Partial<Lowering<Plan>>;

/** A map in pixels: the output pixel (j, i) comes from x = xs[0]·j + xs[1]·i + xs[2] and y likewise. */
function inPixels(
  maps: Float32Array,
  image: number,
  { height, width, outputHeight, outputWidth }: Sizes,
): readonly [a: number, b: number, c: number, d: number, e: number, f: number] {
  const at = 6 * image;
  const line = (row: number, length: number): readonly [number, number, number] => {
    const [right, down] = [maps[at + row], maps[at + row + 1]];
    const corner = right * (1 / outputWidth - 1) + down * (1 / outputHeight - 1) + maps[at + row + 2];
    return [(right * length) / outputWidth, (down * length) / outputHeight, ((corner + 1) * length - 1) / 2];
  };
  return [...line(0, width), ...line(3, height)];
}

function sample(sizes: Sizes, x: Float32Array, maps: Float32Array, y: Float32Array): void {
  const { batch, channels, height, width, outputHeight, outputWidth } = sizes;
  const plane = height * width;
  const outputPlane = outputHeight * outputWidth;
  for (let image = 0; image < batch; image++) {
    const [a, b, c, d, e, f] = inPixels(maps, image, sizes);
    const source = image * channels * plane;
    let to = image * channels * outputPlane;
    if (Number.isNaN(a + b + c + d + e + f)) {
      y.fill(Number.NaN, to, to + channels * outputPlane);
      continue;
    }
    for (let i = 0; i < outputHeight; i++) {
      for (let j = 0; j < outputWidth; j++, to++) {
        const column = a * j + b * i + c;
        const row = d * j + e * i + f;
        const left = Math.floor(column);
        const top = Math.floor(row);
        const isInside = left >= 0 && top >= 0 && left < width - 1 && top < height - 1;
        if (!isInside && !(left >= -1 && top >= -1 && left < width && top < height)) {
          for (let channel = 0; channel < channels; channel++) y[to + channel * outputPlane] = 0;
          continue;
        }
        const right = column - left;
        const down = row - top;
        let upperLeft = (1 - right) * (1 - down);
        let upperRight = right * (1 - down);
        let lowerLeft = (1 - right) * down;
        let lowerRight = right * down;
        let at00 = source + top * width + left;
        let at01 = at00 + 1;
        let at10 = at00 + width;
        let at11 = at10 + 1;
        if (!isInside) {
          // What lies outside weighs nothing and is read where the memory is the image's.
          if (left < 0) upperLeft = lowerLeft = 0;
          if (left + 1 >= width) upperRight = lowerRight = 0;
          if (top < 0) upperLeft = upperRight = 0;
          if (top + 1 >= height) lowerLeft = lowerRight = 0;
          if (upperLeft === 0) at00 = source;
          if (upperRight === 0) at01 = source;
          if (lowerLeft === 0) at10 = source;
          if (lowerRight === 0) at11 = source;
        }
        for (let channel = 0; channel < channels; channel++) {
          const o = channel * plane;
          y[to + channel * outputPlane] =
            upperLeft * x[at00 + o] + upperRight * x[at01 + o] + lowerLeft * x[at10 + o] + lowerRight * x[at11 + o];
        }
      }
    }
  }
}

function sampleGradient(
  sizes: Sizes,
  x: Float32Array,
  maps: Float32Array,
  dy: Float32Array,
  dMaps: Float32Array,
  dx?: Float32Array,
): void {
  const { batch, channels, height, width, outputHeight, outputWidth } = sizes;
  const plane = height * width;
  const outputPlane = outputHeight * outputWidth;
  dx?.fill(0);
  for (let image = 0; image < batch; image++) {
    const [a, b, c, d, e, f] = inPixels(maps, image, sizes);
    const source = image * channels * plane;
    let from = image * channels * outputPlane;
    // Of each column's place and each row's: the sum of its gradients, and those weighted with the output's column and row.
    let [x0, xj, xi, y0, yj, yi] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < outputHeight; i++) {
      for (let j = 0; j < outputWidth; j++, from++) {
        const column = a * j + b * i + c;
        const row = d * j + e * i + f;
        const left = Math.floor(column);
        const top = Math.floor(row);
        if (!(left >= -1 && top >= -1 && left < width && top < height)) continue;
        const right = column - left;
        const down = row - top;
        const hasLeft = left >= 0 ? 1 : 0;
        const hasRight = left + 1 < width ? 1 : 0;
        const hasTop = top >= 0 ? 1 : 0;
        const hasBottom = top + 1 < height ? 1 : 0;
        const has00 = hasTop * hasLeft;
        const has01 = hasTop * hasRight;
        const has10 = hasBottom * hasLeft;
        const has11 = hasBottom * hasRight;
        const at = source + top * width + left;
        const at00 = has00 === 1 ? at : source;
        const at01 = has01 === 1 ? at + 1 : source;
        const at10 = has10 === 1 ? at + width : source;
        const at11 = has11 === 1 ? at + width + 1 : source;
        const upperLeft = has00 * (1 - right) * (1 - down);
        const upperRight = has01 * right * (1 - down);
        const lowerLeft = has10 * (1 - right) * down;
        const lowerRight = has11 * right * down;
        let alongX = 0;
        let alongY = 0;
        for (let channel = 0; channel < channels; channel++) {
          const o = channel * plane;
          const gradient = dy[from + channel * outputPlane];
          const value00 = has00 * x[at00 + o];
          const value01 = has01 * x[at01 + o];
          const value10 = has10 * x[at10 + o];
          const value11 = has11 * x[at11 + o];
          alongX += gradient * ((value01 - value00) * (1 - down) + (value11 - value10) * down);
          alongY += gradient * ((value10 - value00) * (1 - right) + (value11 - value01) * right);
          if (dx !== undefined) {
            dx[at00 + o] += upperLeft * gradient;
            dx[at01 + o] += upperRight * gradient;
            dx[at10 + o] += lowerLeft * gradient;
            dx[at11 + o] += lowerRight * gradient;
          }
        }
        const u = (2 * j + 1) / outputWidth - 1;
        const v = (2 * i + 1) / outputHeight - 1;
        x0 += alongX;
        xj += alongX * u;
        xi += alongX * v;
        y0 += alongY;
        yj += alongY * u;
        yi += alongY * v;
      }
    }
    dMaps.set(
      [xj * width, xi * width, x0 * width, yj * height, yi * height, y0 * height].map((sum) => sum / 2),
      6 * image,
    );
  }
}

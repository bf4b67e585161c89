// Images taken at places that an affine map names, and the gradient of images and map. PyTorch's `affine_grid` and `grid_sample`.
import { expectShape, imageShape, type Pair } from "./checks.js";
import { defineOp, type Shape, type Tensor } from "./define.js";
import { expectSize } from "./windows.js";

export interface AffineSampleAttributes {
  /** Height and width of the result. */
  readonly outputSize: Pair;
}

function mapShape(x: Shape, theta: Shape): void {
  expectShape("maps", theta, [imageShape(x)[0], 2, 3]);
}

/** One of the four pixels around a place: where it lies in its plane, its weight, and the weight's slope along x and along y. */
type Visit = (place: number, weight: number, slopeX: number, slopeY: number) => void;

/**
 * Visits each output pixel and the pixels inside the image that it is made of.
 * @param pixel hears of each output pixel first, with its centre (u, v) from −1 to 1, and gives what hears of its pixels
 */
function forEachPixel(
  { shape, data: map }: Tensor,
  [height, width]: Pair,
  [outputHeight, outputWidth]: Pair,
  pixel: (image: number, output: number, u: number, v: number) => Visit,
): void {
  for (let image = 0; image < shape[0]; image++) {
    const [a, b, c, d, e, f] = map.subarray(6 * image, 6 * image + 6);
    for (let i = 0; i < outputHeight; i++) {
      for (let j = 0; j < outputWidth; j++) {
        const u = (2 * j + 1) / outputWidth - 1;
        const v = (2 * i + 1) / outputHeight - 1;
        const x = ((a * u + b * v + c + 1) * width - 1) / 2;
        const y = ((d * u + e * v + f + 1) * height - 1) / 2;
        const visit = pixel(image, i * outputWidth + j, u, v);
        const [left, top] = [Math.floor(x), Math.floor(y)];
        for (const row of [top, top + 1]) {
          for (const column of [left, left + 1]) {
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const [alongX, slopeX] = column === left ? [left + 1 - x, -1] : [x - left, 1];
            const [alongY, slopeY] = row === top ? [top + 1 - y, -1] : [y - top, 1];
            visit(row * width + column, alongX * alongY, slopeX * alongY, alongX * slopeY);
          }
        }
      }
    }
  }
}

/**
 * x [batch, channel, height, width] and a map for each image, theta [batch, 2, 3], to [batch, channel, ...outputSize]. The output
 * pixel whose centre is (u, v) comes from theta · (u, v, 1), blended of the four pixels around. Places count from −1 at the left
 * and upper edges to 1 at the right and lower ones; beyond them are zeros. PyTorch's `grid_sample(x, affine_grid(theta, …))`, bilinear
 * with zeros outside and without `align_corners`. A map that is no number gives what is no number, which PyTorch takes for outside.
 */
export const affineSample = defineOp<"affineSample", AffineSampleAttributes>({
  name: "affineSample",
  shapes([x, theta], { outputSize }) {
    const [batch, channels] = imageShape(x);
    mapShape(x, theta);
    expectSize("output sizes", outputSize);
    return [[batch, channels, ...outputSize]];
  },
  gradient({ inputs: [x, theta] }, [dy], attributes, { addAll }) {
    if (dy === null) return [null, null];
    return addAll(affineSampleGradient, [x, theta, dy], attributes);
  },
  reference([x, theta], { outputSize }, [y]) {
    const [, channels, height, width] = imageShape(x.shape);
    const [plane, outputPlane] = [height * width, outputSize[0] * outputSize[1]];
    forEachPixel(theta, [height, width], outputSize, (image, output) => {
      const isNumber = theta.data.subarray(6 * image, 6 * image + 6).every((value) => !Number.isNaN(value));
      if (!isNumber) {
        for (let channel = 0; channel < channels; channel++) {
          y.data[(image * channels + channel) * outputPlane + output] = Number.NaN;
        }
      }
      return (place, weight) => {
        for (let channel = 0; channel < channels; channel++) {
          const index = image * channels + channel;
          y.data[index * outputPlane + output] += weight * x.data[index * plane + place];
        }
      };
    });
  },
  // Maps of numbers in (0.05, 0.95) shear and shift: some places lie inside, some outside, none on a pixel's centre.
  cases: [
    {
      inputs: [
        [2, 3, 5, 4],
        [2, 2, 3],
      ],
      attributes: { outputSize: [5, 4] },
      fill: ["normal", "unit"],
    },
    {
      inputs: [
        [1, 1, 3, 7],
        [1, 2, 3],
      ],
      attributes: { outputSize: [4, 2] },
      fill: ["normal", "normal"],
    },
    {
      inputs: [
        [3, 2, 6, 6],
        [3, 2, 3],
      ],
      attributes: { outputSize: [3, 9] },
      fill: ["normal", "unit"],
    },
    {
      inputs: [
        [1, 17, 1, 1],
        [1, 2, 3],
      ],
      attributes: { outputSize: [2, 2] },
      fill: ["normal", "unit"],
    },
  ],
});

/** x, theta and dy to the gradients of x and theta. Where a place is a pixel's centre, its slope is that to the right and below, as PyTorch's. */
export const affineSampleGradient = defineOp<"affineSampleGradient", AffineSampleAttributes>({
  name: "affineSampleGradient",
  shapes([x, theta, dy], { outputSize }) {
    const [batch, channels] = imageShape(x);
    mapShape(x, theta);
    expectShape("output gradient", dy, [batch, channels, ...outputSize]);
    return [x, theta];
  },
  gradient: "none",
  reference([x, theta, dy], { outputSize }, [dx, dTheta]) {
    const [, channels, height, width] = imageShape(x.shape);
    const [plane, outputPlane] = [height * width, outputSize[0] * outputSize[1]];
    forEachPixel(theta, [height, width], outputSize, (image, output, u, v) => (place, weight, slopeX, slopeY) => {
      for (let channel = 0; channel < channels; channel++) {
        const index = image * channels + channel;
        const gradient = dy.data[index * outputPlane + output];
        const value = x.data[index * plane + place];
        dx.data[index * plane + place] += weight * gradient;
        [u, v, 1].forEach((factor, column) => {
          dTheta.data[6 * image + column] += (gradient * value * slopeX * factor * width) / 2;
          dTheta.data[6 * image + 3 + column] += (gradient * value * slopeY * factor * height) / 2;
        });
      }
    });
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 4],
        [2, 2, 3],
        [2, 3, 4, 6],
      ],
      attributes: { outputSize: [4, 6] },
      fill: ["normal", "unit", "normal"],
    },
  ],
});

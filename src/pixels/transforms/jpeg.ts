// What saving as JPEG loses.
import { z } from "zod";
import type { ImageSizes } from "../imageSizes.js";
import { defineTransform } from "./define.js";

/**
 * JPEG's losses without its files: blocks of 8×8 through the cosine transform, quantised and brought back (ITU-T T.81).
 * `quality` scales the standard's example tables as libjpeg does. Colour (three channels) becomes luma and chroma, the
 * chroma of half the size along both sides (4:2:0) and back by libjpeg's triangle filter; other images are coded channel
 * by channel as grey. Values are rounded to 1/255 on the way in and out, as files hold them.
 */
export const jpeg = defineTransform({
  name: "jpeg",
  summary: "As saved in a JPEG file of low quality.",
  uses: ["corrupt"],
  options: z.strictObject({
    quality: z
      .int("expected a whole number from 1 to 100")
      .min(1, "expected a whole number from 1 to 100")
      .max(100, "expected a whole number from 1 to 100")
      .default(25)
      .describe("libjpeg's quality, 1 to 100; lower loses more"),
  }),
  shorthand: "quality",
  // Hendrycks and Dietterich 2019.
  severities: [{ quality: 25 }, { quality: 18 }, { quality: 15 }, { quality: 10 }, { quality: 7 }],
  prepare({ quality }, sizes) {
    const luma = quantiser(lumaTable, quality);
    return sizes.channels === 3 ? colourCoder(sizes, luma, quantiser(chromaTable, quality)) : greyCoder(sizes, luma);
  },
});

/** T.81 Annex K.1, row by row: frequencies along x within a row. */
const lumaTable = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
];
const chromaTable = [
  [17, 18, 24, 47, 99, 99, 99, 99],
  [18, 21, 26, 66, 99, 99, 99, 99],
  [24, 26, 56, 99, 99, 99, 99, 99],
  [47, 66, 99, 99, 99, 99, 99, 99],
  ...Array.from({ length: 4 }, () => new Array<number>(8).fill(99)),
];

/** Steps of each frequency at that quality: 50 is the table itself, 100 all ones. */
function quantiser(table: readonly (readonly number[])[], quality: number): Float64Array {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return Float64Array.from(table.flat(), (step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))));
}

/** A plane of whole numbers 0 to 255 whose sides are multiples of 8. */
interface BlockPlane {
  readonly values: Float64Array;
  readonly height: number;
  readonly width: number;
}

function blockPlane(height: number, width: number): BlockPlane {
  const up = (size: number): number => 8 * Math.ceil(size / 8);
  return { values: new Float64Array(up(height) * up(width)), height: up(height), width: up(width) };
}

function greyCoder({ channels, height, width }: ImageSizes, table: Float64Array) {
  const plane = blockPlane(height, width);
  const { values } = plane;
  return (image: Float32Array): void => {
    for (let channel = 0; channel < channels; channel++) {
      const start = channel * height * width;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) values[y * plane.width + x] = byteOf(image[start + y * width + x] as number);
      }
      repeatEdges(plane, height, width);
      codeBlocks(plane, table);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) image[start + y * width + x] = (values[y * plane.width + x] as number) / 255;
      }
    }
  };
}

function colourCoder({ height, width }: ImageSizes, lumaSteps: Float64Array, chromaSteps: Float64Array) {
  const size = height * width;
  const luma = blockPlane(height, width);
  // Even sides, so that every chroma value has its four pixels.
  const fullWidth = width + (width % 2);
  const fullHeight = height + (height % 2);
  const full = new Float64Array(fullHeight * fullWidth);
  const halfHeight = fullHeight / 2;
  const halfWidth = fullWidth / 2;
  const chroma = [blockPlane(halfHeight, halfWidth), blockPlane(halfHeight, halfWidth)] as const;
  const [blueChroma, redChroma] = chroma;

  return (image: Float32Array): void => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const [red, green, blue] = [image[i], image[i + size], image[i + 2 * size]] as [number, number, number];
        luma.values[y * luma.width + x] = Math.round(
          0.299 * byteOf(red) + 0.587 * byteOf(green) + 0.114 * byteOf(blue),
        );
      }
    }
    repeatEdges(luma, height, width);
    codeBlocks(luma, lumaSteps);
    for (const half of chroma) {
      // Blue − luma and red − luma, scaled to 0 … 255 about 128.
      const [r, g, b] = half === blueChroma ? [-0.168735892, -0.331264108, 0.5] : [0.5, -0.418687589, -0.081312411];
      for (let y = 0; y < fullHeight; y++) {
        for (let x = 0; x < fullWidth; x++) {
          const i = Math.min(y, height - 1) * width + Math.min(x, width - 1);
          const [red, green, blue] = [image[i], image[i + size], image[i + 2 * size]] as [number, number, number];
          full[y * fullWidth + x] = Math.round(r * byteOf(red) + g * byteOf(green) + b * byteOf(blue) + 128);
        }
      }
      for (let y = 0; y < halfHeight; y++) {
        for (let x = 0; x < halfWidth; x++) {
          const i = 2 * y * fullWidth + 2 * x;
          const sum =
            (full[i] as number) +
            (full[i + 1] as number) +
            (full[i + fullWidth] as number) +
            (full[i + fullWidth + 1] as number);
          // Halves up and down by turns, so that rounding does not shift the colour.
          half.values[y * half.width + x] = Math.floor((sum + 1 + (x % 2)) / 4);
        }
      }
      repeatEdges(half, halfHeight, halfWidth);
      codeBlocks(half, chromaSteps);
    }
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const l = luma.values[y * luma.width + x] as number;
        const cb = enlarged(blueChroma, halfHeight, halfWidth, y, x) - 128;
        const cr = enlarged(redChroma, halfHeight, halfWidth, y, x) - 128;
        image[i] = clampByte(l + 1.402 * cr) / 255;
        image[i + size] = clampByte(l - 0.344136286 * cb - 0.714136286 * cr) / 255;
        image[i + 2 * size] = clampByte(l + 1.772 * cb) / 255;
      }
    }
  };
}

/** The half-size plane at a pixel of the full size: ¾ of the nearer value and ¼ of the farther, along both sides. */
function enlarged({ values, width }: BlockPlane, halfHeight: number, halfWidth: number, y: number, x: number): number {
  const nearY = y >> 1;
  const nearX = x >> 1;
  const farY = Math.min(halfHeight - 1, Math.max(0, nearY + (y % 2 === 0 ? -1 : 1)));
  const farX = Math.min(halfWidth - 1, Math.max(0, nearX + (x % 2 === 0 ? -1 : 1)));
  const near = 3 * (values[nearY * width + nearX] as number) + (values[farY * width + nearX] as number);
  const far = 3 * (values[nearY * width + farX] as number) + (values[farY * width + farX] as number);
  return Math.floor((3 * near + far + (x % 2 === 0 ? 8 : 7)) / 16);
}

/** A float in [0, 1] as the whole number that a file would hold. */
function byteOf(value: number): number {
  return value > 0 ? (value < 1 ? Math.floor(value * 255 + 0.5) : 255) : 0;
}

function clampByte(value: number): number {
  return value > 0 ? (value < 255 ? Math.floor(value + 0.5) : 255) : 0;
}

/** What lies beyond the picture's right and lower edge repeats it, so that blocks there have no step of their own. */
function repeatEdges({ values, height, width }: BlockPlane, usedHeight: number, usedWidth: number): void {
  for (let y = 0; y < usedHeight; y++) {
    values.fill(values[y * width + usedWidth - 1] as number, y * width + usedWidth, (y + 1) * width);
  }
  for (let y = usedHeight; y < height; y++) values.copyWithin(y * width, (usedHeight - 1) * width, usedHeight * width);
}

/** cosines[8 u + x]: the basis function of frequency u at pixel x, of length 1. */
const cosines = Float64Array.from(
  { length: 64 },
  (_, i) => (i < 8 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * (i % 8) + 1) * (i >> 3) * Math.PI) / 16),
);
const block = new Float64Array(64);
const turned = new Float64Array(64);

/** Every block through the transform, quantised, and back to whole numbers 0 … 255. */
function codeBlocks({ values, height, width }: BlockPlane, steps: Float64Array): void {
  const [here, there] = [block, turned];
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      const start = top * width + left;
      for (let i = 0; i < 64; i++) here[i] = (values[start + (i >> 3) * width + (i & 7)] as number) - 128;
      transformRows(here, there);
      transformRows(there, here);
      for (let i = 0; i < 64; i++) {
        const step = steps[i] as number;
        here[i] = Math.round((here[i] as number) / step) * step;
      }
      restoreRows(here, there);
      restoreRows(there, here);
      for (let i = 0; i < 64; i++) values[start + (i >> 3) * width + (i & 7)] = clampByte((here[i] as number) + 128);
    }
  }
}

/** The transform of each row, written as a column: twice makes both directions and puts rows where they were. */
function transformRows(from: Float64Array, to: Float64Array): void {
  const basis = cosines;
  for (let row = 0; row < 8; row++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += (from[8 * row + x] as number) * (basis[8 * u + x] as number);
      to[8 * u + row] = sum;
    }
  }
}

/** The inverse of `transformRows`, turned likewise. */
function restoreRows(from: Float64Array, to: Float64Array): void {
  const basis = cosines;
  for (let row = 0; row < 8; row++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += (from[8 * row + u] as number) * (basis[8 * u + x] as number);
      to[8 * x + row] = sum;
    }
  }
}

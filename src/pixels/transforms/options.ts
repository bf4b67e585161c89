// Option schemas that transforms share.
import { z } from "zod";
import type { RandomSequence } from "../../base/random.js";
import { numberBetween } from "../../schema/options.js";

/** Lowest and highest. */
export type Range = readonly [low: number, high: number];

/** One number or [lowest, highest], each between the limits where they are given. */
export function numberOrRange(low?: number, high?: number) {
  const limits = low === undefined ? "" : high === undefined ? ` of at least ${low}` : ` from ${low} to ${high}`;
  const atLeast = low === undefined ? z.number() : z.number().min(low);
  const number = high === undefined ? atLeast : atLeast.max(high);
  return z
    .union([number, z.tuple([number, number])], {
      error: `expected a number${limits}, or two of them [lowest, highest]`,
    })
    .refine((value) => typeof value === "number" || value[0] <= value[1], "a range has its lowest number first");
}

/** One number stands for itself alone. */
export function rangeOf(value: number | Range): Range {
  return typeof value === "number" ? [value, value] : value;
}

/** One number stands for that much to either side of 0. */
export function rangeAround(value: number | Range): Range {
  return typeof value === "number" ? [-Math.abs(value), Math.abs(value)] : value;
}

/** Uniform in the range; draws even where the range is one number, so that the draws after it stay the same. */
export function within([low, high]: Range, random: RandomSequence): number {
  return low + (high - low) * random.uniform();
}

export const interpolationOption = (usual: "nearest" | "bilinear") =>
  z
    .enum(["nearest", "bilinear"], "expected nearest or bilinear")
    .default(usual)
    .describe("how pixels between the image's pixels are made");

/** Where warps look outside the image. */
export const fillOption = () =>
  numberBetween(0, 1, true).default(0).describe("what stands where the image has ended: 0 is black, 1 is white");

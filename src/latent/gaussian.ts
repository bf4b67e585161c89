// Codes drawn by lot: from the standard normal distribution, or from a normal distribution fitted to codes.
import type { CodeGaussian } from "../base/gaussian.js";
import { randomSequence } from "../base/random.js";
import { isPauseDue, pause } from "../base/turns.js";

/**
 * Standard normal codes, as the prior of a variational autoencoder has them. Code i is keyed by (seed, stream "sample",
 * i): asking for more codes leaves the first ones as they were.
 * @returns [code, unit]
 * @throws AbortError
 */
export async function standardNormalCodes(
  count: number,
  codeSize: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const codes = new Float32Array(count * codeSize);
  for (let code = 0, at = 0; code < count; code++) {
    if (isPauseDue()) await pause(signal);
    const random = randomSequence(seed, "sample", 0, code);
    for (let unit = 0; unit < codeSize; unit++, at++) codes[at] = random.normal();
  }
  return codes;
}

/**
 * Codes drawn from a fitted distribution, keyed as `standardNormalCodes`: the same seed gives the same place in both.
 * @returns [code, unit]
 * @throws AbortError
 */
export async function gaussianCodes(
  { mean, factor }: CodeGaussian,
  count: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const size = mean.length;
  const normals = await standardNormalCodes(count, size, seed, signal);
  const codes = new Float32Array(count * size);
  for (let at = 0; at < codes.length; at += size) {
    if (isPauseDue()) await pause(signal);
    for (let i = 0, row = 0; i < size; i++, row += size) {
      let value = mean[i] as number;
      for (let j = 0; j <= i; j++) value += (factor[row + j] as number) * (normals[at + j] as number);
      codes[at + i] = value;
    }
  }
  return codes;
}

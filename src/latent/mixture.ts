// Codes drawn from a mixture of normal distributions fitted to codes, each with variances of its own and no correlations.
import { InternalError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import { isPauseDue, pause } from "../base/turns.js";

export interface CodeMixture {
  readonly codeSize: number;
  /** Of each part, adding up to 1. */
  readonly weights: Float64Array;
  /** [part, unit] */
  readonly means: Float64Array;
  /** [part, unit] */
  readonly variances: Float64Array;
  /** Mean log-likelihood of a code, in nats, after each round; it never falls. */
  readonly logLikelihoods: readonly number[];
}

const mostRounds = 60;

/**
 * Fits by expectation and maximisation (Dempster, Laird and Rubin 1977), from parts that begin at codes far apart (k-means++,
 * Arthur and Vassilvitskii 2007). Variances stay above a millionth of the codes' own.
 * @param codes [code, unit], at least as many codes as parts
 * @throws AbortError
 */
export async function fitMixture(
  codes: Float32Array,
  codeSize: number,
  { parts, seed, signal }: { readonly parts: number; readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<CodeMixture> {
  const count = codes.length / codeSize;
  if (!Number.isInteger(count) || count < parts || parts < 1) {
    throw new InternalError(`${codes.length} numbers are no ${parts} or more codes of ${codeSize}`);
  }
  const { own, least } = ownVariances(codes, codeSize, count);
  const means = await firstMeans(codes, codeSize, parts, seed, signal);
  const variances = Float64Array.from({ length: parts * codeSize }, (_, i) => own[i % codeSize]);
  const weights = new Float64Array(parts).fill(1 / parts);
  const shares = new Float64Array(count * parts);
  const logLikelihoods: number[] = [];
  for (let round = 0; round < mostRounds; round++) {
    let total = 0;
    const constants = Array.from(weights, (weight, k) => {
      let logs = 0;
      for (let unit = 0; unit < codeSize; unit++) logs += Math.log(2 * Math.PI * variances[k * codeSize + unit]);
      return Math.log(weight) - logs / 2;
    });
    for (let i = 0; i < count; i++) {
      if (isPauseDue()) await pause(signal);
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < parts; k++) {
        let distance = 0;
        for (let unit = 0, at = k * codeSize; unit < codeSize; unit++, at++) {
          distance += (codes[i * codeSize + unit] - means[at]) ** 2 / variances[at];
        }
        shares[i * parts + k] = constants[k] - distance / 2;
        most = Math.max(most, shares[i * parts + k]);
      }
      let sum = 0;
      for (let k = 0; k < parts; k++) sum += Math.exp(shares[i * parts + k] - most);
      const log = most + Math.log(sum);
      total += log / count;
      for (let k = 0; k < parts; k++) shares[i * parts + k] = Math.exp(shares[i * parts + k] - log);
    }
    const before = logLikelihoods.at(-1) ?? Number.NEGATIVE_INFINITY;
    logLikelihoods.push(total);
    if (total - before < 1e-6) break;
    for (let k = 0; k < parts; k++) {
      let mass = 0;
      for (let i = 0; i < count; i++) mass += shares[i * parts + k];
      weights[k] = mass / count;
      if (mass < 1e-9) continue;
      for (let unit = 0; unit < codeSize; unit++) {
        if (isPauseDue()) await pause(signal);
        let sum = 0;
        for (let i = 0; i < count; i++) sum += shares[i * parts + k] * codes[i * codeSize + unit];
        const mean = sum / mass;
        let squares = 0;
        for (let i = 0; i < count; i++) squares += shares[i * parts + k] * (codes[i * codeSize + unit] - mean) ** 2;
        means[k * codeSize + unit] = mean;
        variances[k * codeSize + unit] = Math.max(least[unit], squares / mass);
      }
    }
  }
  return { codeSize, weights, means, variances, logLikelihoods };
}

function ownVariances(codes: Float32Array, codeSize: number, count: number) {
  const mean = new Float64Array(codeSize);
  const own = new Float64Array(codeSize);
  for (let at = 0; at < codes.length; at++) mean[at % codeSize] += codes[at] / count;
  for (let at = 0; at < codes.length; at++) own[at % codeSize] += (codes[at] - mean[at % codeSize]) ** 2 / count;
  const floor = own.reduce((sum, value) => sum + value, 0) / codeSize || 1;
  const least = own.map((value) => 1e-6 * Math.max(value, 1e-6 * floor));
  return { own: own.map((value, unit) => Math.max(value, least[unit])), least };
}

async function firstMeans(codes: Float32Array, codeSize: number, parts: number, seed: number, signal?: AbortSignal) {
  const count = codes.length / codeSize;
  const random = randomSequence(seed, "sample", 1, 0);
  const means = new Float64Array(parts * codeSize);
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let chosen = Math.floor(random.uniform() * count);
  for (let k = 0; k < parts; k++) {
    if (isPauseDue()) await pause(signal);
    means.set(codes.subarray(chosen * codeSize, (chosen + 1) * codeSize), k * codeSize);
    let total = 0;
    for (let i = 0; i < count; i++) {
      let squares = 0;
      for (let unit = 0; unit < codeSize; unit++) {
        squares += (codes[i * codeSize + unit] - means[k * codeSize + unit]) ** 2;
      }
      distances[i] = Math.min(distances[i], squares);
      total += distances[i];
    }
    let left = random.uniform() * total;
    chosen = 0;
    while (chosen < count - 1 && left >= distances[chosen]) left -= distances[chosen++];
  }
  return means;
}

/** Codes drawn from it, code i keyed by (seed, stream "sample", i): asking for more leaves the first as they were. @returns [code, unit] */
export function mixtureCodes(
  { codeSize, weights, means, variances }: CodeMixture,
  count: number,
  seed: number,
): Float32Array {
  const codes = new Float32Array(count * codeSize);
  for (let i = 0; i < count; i++) {
    const random = randomSequence(seed, "sample", 0, i);
    let left = random.uniform();
    let k = 0;
    while (k < weights.length - 1 && left >= weights[k]) left -= weights[k++];
    for (let unit = 0; unit < codeSize; unit++) {
      codes[i * codeSize + unit] =
        means[k * codeSize + unit] + Math.sqrt(variances[k * codeSize + unit]) * random.normal();
    }
  }
  return codes;
}

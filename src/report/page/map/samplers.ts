// Ways to draw codes, by name: from the prior, from distributions fitted to codes, or codes themselves. Pure; the same seed draws
// the same codes each time.
import { fitGaussian } from "../../../base/gaussian.js";
import { randomOrder } from "../../../base/random.js";
import { gaussianCodes, standardNormalCodes } from "../../../latent/gaussian.js";
import { fitMixture, mixtureCodes } from "../../../latent/mixture.js";

export const samplers = [
  { name: "prior", title: "prior", does: "standard normal codes, as a variational autoencoder is trained towards" },
  { name: "gaussian", title: "normal", does: "one normal distribution fitted to the codes" },
  { name: "mixture", title: "mixture of normals", does: "ten normal distributions fitted to the codes" },
  { name: "codes", title: "codes of images", does: "codes of images themselves, drawn by lot" },
] as const;
export type SamplerName = (typeof samplers)[number]["name"];

const parts = 10;
/** Codes that distributions are fitted to; more change little and take long. */
const most = 5000;

/**
 * @param codes [code, unit], at least one
 * @returns [count, unit]
 * @throws AbortError
 */
export async function drawCodes(
  sampler: SamplerName,
  codes: Float32Array,
  codeSize: number,
  { count, seed, signal }: { readonly count: number; readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<Float32Array> {
  const some = codes.subarray(0, most * codeSize);
  const available = codes.length / codeSize;
  switch (sampler) {
    case "prior":
      return standardNormalCodes(count, codeSize, seed, signal);
    case "gaussian":
      return gaussianCodes(await fitGaussian(some, codeSize, signal), count, seed, signal);
    case "mixture":
      return mixtureCodes(
        await fitMixture(some, codeSize, { parts: Math.min(parts, some.length / codeSize), seed: 0, signal }),
        count,
        seed,
      );
    case "codes": {
      const order = randomOrder(available, seed, "sample", 0);
      const drawn = new Float32Array(count * codeSize);
      for (let i = 0; i < count; i++) {
        const from = order[i % available] * codeSize;
        drawn.set(codes.subarray(from, from + codeSize), i * codeSize);
      }
      return drawn;
    }
  }
}

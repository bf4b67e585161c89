// What a variational model's objective is made of, as training evaluates it.
import { randomSequence } from "../base/random.js";
import { sequentialBatches } from "../data/sequentialBatches.js";
import type { Decoding, TrainedModel } from "../inference/index.js";
import { sizeOf } from "../tensor/index.js";
import { collectFigures, meanFigures } from "./figures.js";
import type { Measurement } from "./measure.js";

/** Nats an image, with one code drawn for each image. */
export interface VariationalFigures {
  readonly bce: number;
  readonly kl: number;
  readonly sum: number;
  readonly bcePerPixel: number;
  readonly draws: string;
}

const mostImages = 125;

/**
 * BCE and KL divergence, of one code for each image, drawn by (evaluation seed, latent, image).
 * @returns undefined where a picture leaves [0, 1], of which BCE is not defined
 * @throws AbortError
 */
export async function variationalFigures({
  model,
  set,
  corrupt,
  seed,
  watch: { signal },
}: Omit<Measurement, "model"> & {
  readonly model: Pick<TrainedModel & Decoding, "codeShape" | "decode"> & Required<Pick<TrainedModel, "posterior">>;
}): Promise<VariationalFigures | undefined> {
  const width = sizeOf(model.codeShape);
  const batches = sequentialBatches(set, mostImages, { corrupt, seed, at: "--corrupt" });
  const collector = collectFigures(set.count, set.shape, signal);
  let divergence = 0;
  for (let first = 0; first < set.count; ) {
    const count = await batches.fillInTurns(first, signal);
    const { mean, logVariance } = await model.posterior(batches.input(count), { signal });
    const codes = new Float32Array(count * width);
    for (let i = 0; i < count; i++) {
      const random = randomSequence(seed, "latent", 0, set.indices[first + i] as number);
      for (let unit = i * width; unit < (i + 1) * width; unit++) {
        const [centre, spread] = [mean[unit] as number, logVariance[unit] as number];
        codes[unit] = centre + Math.exp(spread / 2) * random.normal();
        divergence += (centre * centre + Math.exp(spread) - 1 - spread) / 2;
      }
    }
    await collector.add(first, await model.decode(codes, { signal }), batches.view(count));
    first += count;
  }
  const { bce: bcePerPixel } = meanFigures(collector.finish());
  if (bcePerPixel === undefined) return undefined;
  const bce = bcePerPixel * sizeOf(set.shape);
  const kl = divergence / set.count;
  return { bce, kl, sum: bce + kl, bcePerPixel, draws: `one code drawn for each image, by evaluation seed ${seed}` };
}

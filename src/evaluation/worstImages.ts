// The images that a model reconstructs worst, each with the training image that is nearest to what it made of it.
import type { ImageSet, OpenSource } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { sequentialBatches } from "../data/sequentialBatches.js";
import type { Engine } from "../engines/engine.js";
import { unitFromPixels } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { type ImageFigures, worst } from "./figures.js";
import type { Measurement } from "./measure.js";
import { nearestImages } from "./nearestImages.js";

export interface WorstImage {
  /** Its place in the split. */
  readonly image: number;
  readonly mse: number;
  readonly class?: string;
  /** The training image that is nearest to what the model made of it. */
  readonly nearest: { readonly image: number; readonly mse: number; readonly class?: string };
}

/** The worst first, and their pixels in the same order, each [image, channel, height, width]. */
export interface WorstImages {
  readonly images: readonly WorstImage[];
  readonly originals: Float32Array;
  /** What the model was given. */
  readonly inputs: Float32Array;
  readonly reconstructions: Float32Array;
  /** The nearest training images. */
  readonly neighbours: Float32Array;
}

/**
 * @param options.engine finds the nearest training images
 * @param options.figures of the model's reconstructions of `set`
 * @throws AbortError
 */
export async function worstImages(
  options: Measurement & {
    readonly engine: Engine;
    readonly source: Pick<OpenSource, "splits" | "classes">;
    readonly figures: Pick<ImageFigures, "mse">;
    readonly count: number;
  },
): Promise<WorstImages> {
  const { model, engine, set, source, figures, corrupt, seed, watch } = options;
  const { report, signal } = watch;
  const { train } = source.splits;
  const size = sizeOf(set.shape);
  const places = worst(figures.mse, options.count);
  const originals = new Float32Array(places.length * size);
  const inputs = new Float32Array(originals.length);
  const batches = sequentialBatches(set, 1, { corrupt, seed, at: "--corrupt" });
  for (const [place, image] of places.entries()) {
    batches.fill(image);
    originals.set(batches.view(1), place * size);
    inputs.set(batches.input(1), place * size);
  }
  const reconstructions = await model.reconstruct(inputs, { signal });
  report({ done: 0, of: 1, what: "looking for the nearest training images" });
  const nearest = await nearestImages(engine, reconstructions, train, { signal });
  const label = (of: ImageSet, image: number) => {
    const number = of.labels?.[image];
    return number === undefined ? {} : { class: className(source, number) };
  };
  const neighbours = new Float32Array(originals.length);
  const images = places.map((image, place): WorstImage => {
    const { image: neighbour = 0, mse: distance = Number.NaN } = nearest[place] ?? {};
    neighbours.set(unitFromPixels(readPixels(train, neighbour, 1)), place * size);
    return {
      image,
      mse: figures.mse[image] ?? Number.NaN,
      ...label(set, image),
      nearest: { image: neighbour, mse: distance, ...label(train, neighbour) },
    };
  });
  return { images, originals, inputs, reconstructions, neighbours };
}

/** What a label is called: its class's name, or its number. */
export function className({ classes }: Pick<OpenSource, "classes">, label: number): string {
  return classes?.[label] ?? String(label);
}

// The nearest images of a set, by mean squared difference, block by block on an engine.
import { pause } from "../base/turns.js";
import type { ImageSet } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { openProducts } from "../data/principalComponents/products.js";
import type { Engine } from "../engines/engine.js";
import { unitFromPixels } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";

export interface NearestImage {
  /** Its place in the set. */
  readonly image: number;
  readonly mse: number;
}

const chunk = 1000;

/**
 * For each query the image of `set` with the smallest mean squared difference; of equally near ones the first.
 * |q−x|² is found as |x|² − 2q·x, so neighbours that differ by less than 1e-6 of their brightness may change places.
 * @param queries [query, channel, height, width], as the set's images
 * @throws AbortError
 */
export async function nearestImages(
  engine: Engine,
  queries: Float32Array,
  set: ImageSet,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly NearestImage[]> {
  const size = sizeOf(set.shape);
  const count = queries.length / size;
  const nearest = Array.from({ length: count }, () => ({ image: 0, score: Number.POSITIVE_INFINITY }));
  const products = await openProducts(engine);
  const buffer = set.pixels instanceof Uint8Array ? undefined : new Uint8Array(Math.min(chunk, set.count) * size);
  try {
    for (let first = 0; first < set.count && count > 0; first += chunk) {
      await pause(options.signal);
      const rows = Math.min(chunk, set.count - first);
      const images = unitFromPixels(readPixels(set, first, rows, buffer));
      const inner = await products.multiply(queries, images, {
        shapeA: [count, size],
        shapeB: [rows, size],
        transposeB: true,
      });
      for (let row = 0; row < rows; row++) {
        const squares = squaredLength(images, row * size, size);
        for (const [query, best] of nearest.entries()) {
          const score = squares - 2 * (inner[query * rows + row] as number);
          if (score < best.score) Object.assign(best, { image: first + row, score });
        }
      }
    }
  } finally {
    products.dispose();
  }
  return nearest.map(({ image, score }, query) => ({
    image,
    mse: Math.max(0, score + squaredLength(queries, query * size, size)) / size,
  }));
}

function squaredLength(values: Float32Array, start: number, size: number): number {
  let sum = 0;
  for (let i = start; i < start + size; i++) sum += (values[i] as number) ** 2;
  return sum;
}

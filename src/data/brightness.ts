// How bright the pictures of a set are, on the whole and at their edges: tells dark-on-light pictures from light-on-dark.
import type { ImageSet } from "./define.js";
import { readPixels } from "./imageStore.js";

/** Images read at a time: a few megabytes of the common sizes. */
const chunk = 1000;

/** Means of pixels in [0, 1]: of all, and of the outermost rows and columns. Both 0 for an empty set. */
export function meanBrightness(set: ImageSet): { readonly brightness: number; readonly edgeBrightness: number } {
  const [channels = 1, height = 1, width = 1] = set.shape;
  const size = channels * height * width;
  const edges = edgePlaces(channels, height, width);
  let sum = 0;
  let edgeSum = 0;
  for (let first = 0; first < set.count; first += chunk) {
    const count = Math.min(chunk, set.count - first);
    const pixels = readPixels(set, first, count);
    for (let i = 0; i < pixels.length; i++) sum += pixels[i] as number;
    for (let image = 0; image < count; image++) {
      const start = image * size;
      for (let i = 0; i < edges.length; i++) edgeSum += pixels[start + (edges[i] as number)] as number;
    }
  }
  const mean = (total: number, places: number): number => (set.count === 0 ? 0 : total / (255 * places * set.count));
  return { brightness: mean(sum, size), edgeBrightness: mean(edgeSum, edges.length) };
}

/** The places of an image's outermost rows and columns in [channel, height, width]. */
export function edgePlaces(channels: number, height: number, width: number): Uint32Array {
  const places: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isEdge = y === 0 || x === 0 || y === height - 1 || x === width - 1;
        if (isEdge) places.push((channel * height + y) * width + x);
      }
    }
  }
  return Uint32Array.from(places);
}

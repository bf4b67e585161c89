// The codes of a set's images.
import type { ImageSet } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import type { TrainedModel } from "../inference/index.js";
import { unitFromPixels } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import type { Watch } from "./watch.js";

/** Images in memory at once. */
const chunk = 1000;

/**
 * Codes [picture, unit] of a set's pictures, in the given order.
 * @param options.images places in the set; default all
 * @param options.what what progress is called
 * @throws AbortError
 */
export async function encodeImages(
  model: Pick<TrainedModel, "inputShape" | "codeShape" | "encode">,
  set: ImageSet,
  { report, signal }: Watch,
  options: { readonly images?: ArrayLike<number>; readonly what?: string } = {},
): Promise<Float32Array> {
  const { images, what = "encoding pictures" } = options;
  const count = images?.length ?? set.count;
  const [size, codeSize] = [sizeOf(model.inputShape), sizeOf(model.codeShape)];
  const codes = new Float32Array(count * codeSize);
  for (let first = 0; first < count; first += chunk) {
    report({ done: first, of: count, what });
    const some = Math.min(chunk, count - first);
    const pixels = images === undefined ? readPixels(set, first, some) : new Uint8Array(some * size);
    for (let i = 0; images !== undefined && i < some; i++) {
      pixels.set(readPixels(set, images[first + i] as number, 1), i * size);
    }
    codes.set(await model.encode(unitFromPixels(pixels), { signal }), first * codeSize);
  }
  return codes;
}

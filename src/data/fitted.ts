// A source whose pictures take another shape after it has been opened, as `fitPicture` does it: for sources that do not resize
// what they read.
import { UserError } from "../base/errors.js";
import { timesText, withThousands } from "../base/text.js";
import { pause } from "../base/turns.js";
import { fitPicture, pictureOfPlanes } from "../pixels/index.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import type { ImageSet, OpenContext, OpenSource } from "./define.js";
import { createImageStore, readPixels } from "./imageStore.js";

/** Images read at a time: a few megabytes of the common sizes. */
const chunk = 256;

/**
 * The source with pictures of that shape: cut to its aspect about the centre, resized, and turned grey or grey repeated. Labels,
 * indices and everything else that is known of an image stay.
 * @param shape [channel, height, width], one channel or three
 * @throws UserError where the source's pictures have neither one channel nor three
 */
export async function fitted(
  source: OpenSource,
  shape: readonly number[],
  { progress }: OpenContext = {},
): Promise<OpenSource> {
  const { train, validation, test } = source.splits;
  const sets = [train, test, ...(validation === undefined ? [] : [validation])];
  if (sets.every((set) => sameShape(set.shape, shape))) return source;
  const of = sets.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  const brought = async (set: ImageSet): Promise<ImageSet> => {
    const made = await fittedSet(set, shape, (more) => {
      done += more;
      progress?.({ done, of, what: "resizing pictures" });
    });
    return made;
  };
  return {
    ...source,
    splits: {
      train: await brought(train),
      ...(validation === undefined ? {} : { validation: await brought(validation) }),
      test: await brought(test),
    },
  };
}

async function fittedSet(set: ImageSet, shape: readonly number[], onDone: (images: number) => void): Promise<ImageSet> {
  if (sameShape(set.shape, shape)) return set;
  const [channels = 1, height = 1, width = 1] = set.shape;
  if (channels !== 1 && channels !== 3) {
    throw new UserError(`pictures of ${withThousands(channels)} channels cannot become ${timesText(shape)}`, {
      at: "data",
      hint: "Only grey pictures and those of red, green and blue are brought to another shape.",
    });
  }
  const size = sizeOf(set.shape);
  const store = createImageStore(set.count, sizeOf(shape));
  for (let first = 0; first < set.count; first += chunk) {
    await pause();
    const count = Math.min(chunk, set.count - first);
    const pixels = readPixels(set, first, count);
    for (let i = 0; i < count; i++) {
      const planes = pixels.subarray(i * size, (i + 1) * size);
      store.write(first + i, fitPicture(pictureOfPlanes(planes.slice(), channels, height, width), { shape }));
    }
    onDone(count);
  }
  return { ...set, shape, pixels: store.finish() };
}

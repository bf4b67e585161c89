// The sizes of the pictures in a folder, by their headers alone.
import { pause } from "../base/turns.js";
import { readPictureHeader } from "./decode.js";
import type { OpenContext } from "./define.js";
import { findPictures } from "./pictureFolder.js";

/** Headers that are read at once. */
const atOnce = 16;

/**
 * [height, width] of every picture whose header can be read, in the order of their names.
 * @throws UserError where there is no such folder, or one of its folders cannot be read
 * @throws AbortError
 */
export async function folderSizes(
  path: string,
  limitPixels: number,
  { progress, signal }: OpenContext = {},
): Promise<readonly (readonly [number, number])[]> {
  const { pictures } = await findPictures(path);
  const sizes: (readonly [number, number])[] = [];
  for (let first = 0; first < pictures.length; first += atOnce) {
    await pause(signal);
    progress?.({ done: first, of: pictures.length, what: "reading the sizes of the pictures" });
    const some = pictures.slice(first, first + atOnce).map(async (file): Promise<readonly [number, number][]> => {
      try {
        const { height, width } = await readPictureHeader(file.path, { limitPixels });
        return [[height, width]];
      } catch {
        // Opening says what is wrong with it.
        return [];
      }
    });
    sizes.push(...(await Promise.all(some)).flat());
  }
  return sizes;
}

/** The size that pictures of several sizes are looked at in: the middle one of their areas, with sides of at most 128. */
export function middleSize(sizes: readonly (readonly [number, number])[]): readonly [number, number] | undefined {
  const ordered = [...sizes].sort(([h1, w1], [h2, w2]) => h1 * w1 - h2 * w2);
  const middle = ordered[Math.floor(ordered.length / 2)];
  if (middle === undefined) return undefined;
  const scale = Math.min(1, 128 / Math.max(...middle));
  return [Math.max(1, Math.round(middle[0] * scale)), Math.max(1, Math.round(middle[1] * scale))];
}

// Pictures as still WebP files, by the page's own encoder: without loss where it has one.
import { paint } from "./paint.js";

/**
 * @param frames each [channel, height, width] in [0, 1]
 * @param scale pixels of a file to a pixel of a picture
 * @returns undefined where the page has no such encoder (Safari)
 */
export async function webpStills(
  frames: readonly ArrayLike<number>[],
  shape: readonly number[],
  scale: number,
): Promise<readonly Uint8Array[] | undefined> {
  const small = document.createElement("canvas");
  const large = document.createElement("canvas");
  const [, height = 1, width = 1] = shape;
  [large.width, large.height] = [width * scale, height * scale];
  const context = large.getContext("2d");
  if (context === null) return undefined;
  context.imageSmoothingEnabled = false;
  const stills: Uint8Array[] = [];
  for (const frame of frames) {
    paint(small, frame, shape);
    context.drawImage(small, 0, 0, large.width, large.height);
    const blob = await new Promise<Blob | null>((resolve) => large.toBlob(resolve, "image/webp", 1));
    // Where it can't, it makes a PNG.
    if (blob === null || blob.type !== "image/webp") return undefined;
    stills.push(new Uint8Array(await blob.arrayBuffer()));
  }
  return stills;
}

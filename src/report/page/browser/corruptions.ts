// This project's corruptions in a page, by name and strength. They bring the schemas of their options (zod) with them.
import { randomSequence } from "../../../base/random.js";
import { pipeline, readTransforms, severities, transforms } from "../../../pixels/index.js";

/** Corruptions that have strengths from 1 to 5. */
export const corruptions = Object.values(transforms)
  .filter(({ uses, severities: own }) => (uses as readonly string[]).includes("corrupt") && own !== undefined)
  .map(({ name, summary }) => ({ name, summary }));

/**
 * A copy of the picture, corrupted by draws that are the same each time.
 * @param picture [channel, height, width] in [0, 1]
 * @param strength 0 leaves it as it is, 1 to 5 as `severity`
 */
export function corrupted(
  picture: Float32Array,
  shape: readonly number[],
  name: string,
  strength: number,
): Float32Array<ArrayBuffer> {
  const image = Float32Array.from(picture);
  const severity = severities.find((each) => each === strength);
  if (severity === undefined) return image;
  const change = pipeline(readTransforms([{ [name]: { severity, probability: 1 } }], "corrupt", "corruption"), shape);
  change(image, randomSequence(0, "corrupt", 0, 0));
  return image;
}

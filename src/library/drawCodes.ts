// Pictures that a program's codes became, as files.
import { extname } from "node:path";
import { UserError } from "../base/errors.js";
import { animate, formatOf } from "../tasks/walk.js";
import { writeResult } from "../tasks/writeResult.js";

/**
 * A walk: a .png of all pictures, or a .gif or .webp that moves along them and rests at the stops.
 * @param walk.images [step, channel, height, width]
 * @param walk.steps from one stop to the next, both included
 * @returns the file
 * @throws UserError for a name of another ending, and where it can't be written; AbortError
 */
export async function drawWalk(
  walk: {
    readonly images: Float32Array;
    readonly shape: readonly number[];
    readonly steps: number;
    readonly file: string;
  },
  signal: AbortSignal,
): Promise<string> {
  const { images, shape, steps, file } = walk;
  const format = formatOf(file, "walk.file");
  if (format === "png")
    return await drawSamples({ images, shape, title: `${steps} steps from stop to stop`, file }, signal);
  writeResult(file, await animate(images, shape, steps, format, signal));
  return file;
}

/** Pictures in rows under a line of text, as a .png. @returns the file @throws as `drawWalk` */
export async function drawSamples(
  samples: {
    readonly images: Float32Array;
    readonly shape: readonly number[];
    readonly title: string;
    readonly file: string;
  },
  signal: AbortSignal,
): Promise<string> {
  const { images, shape, title, file } = samples;
  if (extname(file).toLowerCase() !== ".png") {
    throw new UserError(`expected a name that ends in .png, got “${file}”`, { at: "file" });
  }
  const { renderSamples } = await import("../report/samples.js");
  writeResult(file, await renderSamples({ images, shape, title }, signal));
  return file;
}

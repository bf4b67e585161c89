// Codes to pictures.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { pause } from "../base/turns.js";
import { encodePng } from "../data/picture.js";
import { readRegularFile } from "../data/regularFile.js";
import { withDecoder } from "../inference/index.js";
import { imageGridInTurns } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { decodeCodes } from "./codeFiles.js";
import { defineTask } from "./define.js";
import { openNamedModel } from "./namedModel.js";
import { checkpointChoice, runModelOptions } from "./runModel.js";
import { writeResult } from "./writeResult.js";

export interface DecodeResult {
  /** Codes that were decoded. */
  readonly count: number;
  /** Paths of the pictures: one for each code, or the grid. */
  readonly pictures: readonly string[];
}

/** Side by side in a grid. */
const columns = 16;
/** In bytes. Text of this length is as long as a string may be. */
const largestCodes = 2 ** 29 - 24;
/** Codes that are decoded at a time. */
const chunk = 1000;

export const decode = defineTask({
  name: "decode",
  summary: "Turn codes into pictures: a file for each, or all in one.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    codes: z.string().describe("a file of codes: .npy, .csv or .json"),
    out: z.string().default("decoded").describe("folder for the pictures").meta({ placeholder: "DIR" }),
    grid: z.boolean().default(false).describe("all pictures in one, grid.png, 16 in a row"),
    ...runModelOptions,
  }),
  /** @throws UserError for a run that does not open, and a file whose codes are not this model's */
  async run(options, context): Promise<DecodeResult> {
    const path = options.codes;
    const bytes = readRegularFile(path, { bound: { bytes: largestCodes, of: "a file of codes" } });
    const named = await openNamedModel({ ...options, checkpoint: checkpointChoice(options.checkpoint) });
    const model = withDecoder(named, options.run);
    const { signal } = context;
    try {
      const { rows, width, values } = decodeCodes(bytes, path, sizeOf(model.codeShape));
      if (rows === 0) throw new UserError("has no codes in it", { at: path, hint: "Encode some pictures first." });
      const [channels = 1, height = 1, imageWidth = 1] = model.inputShape;
      const size = sizeOf(model.inputShape);
      const { pictureOf } = await import("../report/restorations.js");
      const pictures: string[] = [];
      const all = new Float32Array(options.grid ? rows * size : 0);
      const digits = String(rows - 1).length;
      let count = 0;
      for (; count < rows; count += Math.min(chunk, rows - count)) {
        context.report({ done: count, of: rows, what: `decoding ${rows} codes` });
        const images = await model.decode(values.slice(count * width, Math.min(rows, count + chunk) * width), {
          signal,
        });
        if (options.grid) {
          all.set(images, count * size);
          continue;
        }
        for (let i = 0; i * size < images.length; i++) {
          await pause(signal);
          const image = images.subarray(i * size, (i + 1) * size);
          const file = join(options.out, `${String(count + i).padStart(digits, "0")}.png`);
          writeResult(file, await encodePng(pictureOf(image, channels, height, imageWidth)));
          pictures.push(file);
        }
      }
      if (options.grid) {
        const lines = Array.from({ length: Math.ceil(count / columns) }, (_, row) =>
          Array.from({ length: Math.min(columns, count - row * columns) }, (_place, column) => row * columns + column),
        );
        const file = join(options.out, "grid.png");
        const magnification = Math.max(1, Math.round(64 / Math.max(height, imageWidth)));
        writeResult(
          file,
          await encodePng(
            await imageGridInTurns({ images: all, shape: model.inputShape, rows: lines, magnification }, signal),
          ),
        );
        pictures.push(file);
      }
      return { count, pictures };
    } finally {
      model.dispose();
    }
  },
});

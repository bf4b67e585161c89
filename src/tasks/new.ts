// Writes an experiment down that is made to measure for a person's pictures, to be changed and trained.
import { existsSync, statSync } from "node:fs";
import { extname } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { engineNames } from "../engines/index.js";
import { defineTask } from "./define.js";
import { madeExperiment } from "./madeToMeasure.js";
import { threadsOption } from "./threads.js";
import { wishOptions } from "./wishes.js";
import { writeResult } from "./writeResult.js";

export interface NewExperiment {
  /** The file that was written. */
  readonly file: string;
  /** The experiment's name. */
  readonly name: string;
  /** What was found and chosen, a sentence each. */
  readonly notes: readonly string[];
  /** The file's text. */
  readonly text: string;
}

export const newExperiment = defineTask({
  name: "new",
  summary: "Write an experiment for your own pictures, made to measure, with the reason beside each choice.",
  options: z.strictObject({
    file: z.string().describe("the experiment file to write, ending in .yaml"),
    data: z.string().describe("the pictures: folder:PATH, or another source").meta({ placeholder: "SPEC" }),
    ...wishOptions,
    force: z.boolean().default(false).describe("write over a file that is there"),
    engine: z
      .enum(["auto", ...engineNames])
      .optional()
      .describe("who will compute (default: auto, the fastest that opens)"),
    threads: threadsOption(),
  }),
  /**
   * The same experiment as `train SPEC` trains.
   * @throws UserError for a file that is there, pictures that cannot be looked at, and wishes that do not fit them
   */
  async run({ file, data, force, engine, threads, ...wishes }, context): Promise<NewExperiment> {
    if (![".yaml", ".yml"].includes(extname(file).toLowerCase())) {
      throw new UserError("an experiment file ends in .yaml", {
        at: file,
        hint: `For example ${file.replace(/\.\w*$/, "")}.yaml.`,
      });
    }
    refuseExisting(file, force);
    const { document, notes, text } = await madeExperiment(data, "--data", wishes, { engine, threads }, context);
    refuseExisting(file, force);
    writeResult(file, text, "Choose another place, or make room.");
    return { file, name: String(document.name), notes, text };
  },
});

function refuseExisting(file: string, force: boolean): void {
  if (!existsSync(file)) return;
  if (statSync(file).isDirectory()) {
    throw new UserError("is a folder", { at: file, hint: "Name a file that is to be written." });
  }
  if (force) return;
  throw new UserError("there is such a file already", {
    at: file,
    hint: "Choose another name, or write over it with --force.",
  });
}

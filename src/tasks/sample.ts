// Draws codes by lot and shows what a trained model's decoder makes of them.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import { encodeImages } from "../evaluation/encodeImages.js";
import { fitGaussian, gaussianCodes, standardNormalCodes } from "../latent/index.js";
import { sizeOf } from "../tensor/index.js";
import { openCodeSpace, openData } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { type RunModel, runModelOptions } from "./runModel.js";
import { writeResult } from "./writeResult.js";

const distributions = ["prior", "gaussian"] as const;
type Distribution = (typeof distributions)[number];

export interface SampleResult {
  /** The picture that was written. */
  readonly file: string;
  readonly count: number;
  readonly seed: number;
  readonly from: Distribution;
  /** Training images that the distribution was fitted to; none for the prior. */
  readonly fittedTo: number;
  /** The codes, [sample][unit], as they were decoded. */
  readonly codes: readonly (readonly number[])[];
}

/** Training images that a distribution is fitted to, the first ones: enough for a thousand units, and seconds' work. */
const mostFitted = 10_000;

export const sample = defineTask({
  name: "sample",
  summary: "Draw pictures that a trained model makes of codes drawn by lot.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    count: z.int().min(1).max(4096).default(64).describe("how many pictures").meta({ placeholder: "N" }),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe("which codes are drawn; more pictures of one seed begin with the same ones")
      .meta({ placeholder: "N" }),
    from: z
      .enum(distributions)
      .optional()
      .describe(
        "the standard normal distribution, or a normal one fitted to codes of training images (default: prior for a variational model, else gaussian)",
      ),
    out: z
      .string()
      .regex(/\.png$/i, "expected a name that ends in .png")
      .optional()
      .describe("a .png file (default: samples-….png among the run's images)")
      .meta({ placeholder: "FILE" }),
    ...runModelOptions,
  }),
  /** @throws UserError where there is no such run, or the picture can't be written */
  async run(options, context): Promise<SampleResult> {
    const { count, seed } = options;
    const model = await openCodeSpace(options);
    try {
      const { signal } = context;
      const { inputShape, codeShape } = model;
      const codeSize = sizeOf(codeShape);
      const from = options.from ?? (model.posterior === undefined ? "gaussian" : "prior");
      const fitted = from === "gaussian" ? await trainingCodes(model, context) : undefined;
      const codes =
        fitted === undefined
          ? await standardNormalCodes(count, codeSize, seed, signal)
          : await gaussianCodes(await fitGaussian(fitted, codeSize, signal), count, seed, signal);
      const fittedTo = (fitted?.length ?? 0) / codeSize;
      const images = await model.decode(codes, { signal });
      const file = options.out ?? join(model.run.path, "images", `samples-${from}-${seed}.png`);
      context.report({ done: 1, of: 2, what: `drawing ${file}` });
      const { renderSamples } = await import("../report/samples.js");
      const where =
        from === "prior"
          ? "the standard normal prior"
          : `a normal distribution fitted to ${withThousands(fittedTo)} codes`;
      writeResult(
        file,
        await renderSamples({ images, shape: inputShape, title: `from ${where}, seed ${seed}` }, signal),
      );
      const rows = Array.from({ length: count }, (_, i) => [...codes.subarray(i * codeSize, (i + 1) * codeSize)]);
      return { file, count, seed, from, fittedTo, codes: rows };
    } finally {
      model.dispose();
    }
  },
});

/** Codes of the first training images, [image, unit]. */
async function trainingCodes(model: RunModel, context: TaskContext): Promise<Float32Array> {
  const { train } = (await openData(model, context)).splits;
  const count = Math.min(mostFitted, train.count);
  if (count < 2) {
    throw new UserError("a distribution cannot be fitted to a single training image", {
      at: "data",
      hint: "Draw from the prior: --from prior.",
    });
  }
  const images = Array.from({ length: count }, (_, i) => i);
  return await encodeImages(model, train, context, { images, what: "encoding training images" });
}

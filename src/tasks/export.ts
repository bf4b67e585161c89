// Files of a trained model for other programs, checked before they are kept.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import { pause } from "../base/turns.js";
import type { ImageSet } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { expectPathsAllowed } from "../data/ownRuns.js";
import type { ExportCheck, ExportResult } from "../exchange/exportRun.js";
import { unitFromPixels } from "../pixels/index.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { modelMetadata } from "../training/metadata.js";
import { packageVersion } from "../training/version.js";
import { defineTask, type TaskContext } from "./define.js";
import { checkpointChoice, openRunModel, type RunModel, runModelOptions } from "./runModel.js";

export const exportFormats = ["onnx", "safetensors"] as const;

export interface RunExport {
  readonly run: string;
  /** Of the weights. */
  readonly step: number;
  readonly format: (typeof exportFormats)[number];
  /** Paths of the files. */
  readonly files: readonly string[];
  /** What the files were compared on; absent where they could not be. */
  readonly check?: ExportCheck & { readonly on: "test images" | "random pixels" };
  /** Sentences about what could not be done. */
  readonly notes: readonly string[];
}

export const exportRun = defineTask({
  name: "export",
  summary: "Write a run's model as ONNX or safetensors files, checked before they are kept.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    format: z.enum(exportFormats).default("onnx").describe("encoder.onnx and decoder.onnx, or model.safetensors"),
    out: z.string().optional().describe("folder for the files (default: exports in the run's folder)").meta({
      placeholder: "DIR",
    }),
    ...runModelOptions,
  }),
  /** @throws UserError where the run has no checkpoint, or a file can't be written */
  async run({ run, format, out, checkpoint, engine, threads }, context): Promise<RunExport> {
    const model = await openRunModel(run, { checkpoint: checkpointChoice(checkpoint), engine, threads });
    try {
      return await exportModel(model, { format, out, context });
    } finally {
      model.dispose();
    }
  },
});

/**
 * Exports an open run.
 * @param options.images for the check; default the run's test images, or random pixels where its data do not open here
 */
export async function exportModel(
  model: RunModel,
  options: {
    readonly format: (typeof exportFormats)[number];
    readonly out?: string | undefined;
    readonly images?: ImageSet;
    readonly context: Pick<TaskContext, "report"> & Partial<Pick<TaskContext, "signal">>;
  },
): Promise<RunExport> {
  const { checkedImages, exportOnnx, exportSafetensors } = await import("../exchange/exportRun.js");
  const { run, experiment, checkpoint } = model;
  const { step } = checkpoint.state;
  const { format } = options;
  await pause(options.context.signal);
  options.context.report({ done: 0, of: 1, what: `exporting ${format}` });
  const isthmus = packageVersion();
  const details = {
    files: run.files,
    folder: options.out ?? join(run.path, "exports"),
    name: experiment.name,
    isthmus,
    metadata: {
      // Runs of other makers may lack some of it.
      ...modelMetadata(model.model, { isthmus }),
      ...checkpoint.metadata,
      name: experiment.name,
      step: String(step),
    },
  };
  const result = (found: ExportResult, notes: readonly string[]): Omit<RunExport, "check"> => ({
    run: run.path,
    step,
    format,
    files: found.files,
    notes: found.unchecked === undefined ? notes : [...notes, `The files were not checked: ${found.unchecked}`],
  });
  if (format === "safetensors") return result(await exportSafetensors(model, details), []);
  const pictures = await picturesFor(model, checkedImages, options.images);
  const found = await exportOnnx(model, pictures.images, { ...details, signal: options.context.signal });
  return {
    ...result(found, pictures.notes),
    ...(found.check === undefined ? {} : { check: { ...found.check, on: pictures.on } }),
  };
}

async function picturesFor(
  { run, experiment, model }: RunModel,
  count: number,
  given: ImageSet | undefined,
): Promise<{
  readonly images: Float32Array;
  readonly on: "test images" | "random pixels";
  readonly notes: readonly string[];
}> {
  const size = sizeOf(model.inputShape);
  const random = (why: string) => {
    const draw = randomSequence(0, "sample", 0, 0);
    const images = Float32Array.from({ length: count * size }, () => draw.uniform());
    return { images, on: "random pixels" as const, notes: [`The files were checked on random pixels: ${why}`] };
  };
  let set = given;
  if (set === undefined) {
    const { readSource } = await import("../data/sources/index.js");
    try {
      expectPathsAllowed(run.path, { data: experiment.data });
      set = (await readSource(experiment.data, "data").open()).splits.test;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return random(`the data do not open here (${error.message})`);
    }
  }
  if (!sameShape(set.shape, model.inputShape) || set.count === 0) return random("the data have changed since");
  const images = new Float32Array(count * size);
  // Of a set of fewer images each comes again.
  for (let i = 0; i < count; i++) images.set(unitFromPixels(readPixels(set, i % set.count, 1)), i * size);
  return { images, on: "test images", notes: [] };
}

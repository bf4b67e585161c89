// A run opened to look at its codes: its model, which must have a decoder, and the pictures that it was trained on.
import { UserError } from "../base/errors.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import type { EngineChoice } from "../engines/index.js";
import { parseYaml } from "../experiment/index.js";
import { kindText } from "../nn/index.js";
import { unitFromPixels } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import type { TaskContext } from "./define.js";
import { checkpointChoice, openRunModel, type RunModel } from "./runModel.js";

/**
 * As `openRunModel`, from a task's options.
 * @throws UserError also for the run of a model without a decoder
 */
export async function openCodeSpace(options: {
  readonly run: string;
  readonly checkpoint: string;
  readonly engine?: EngineChoice | undefined;
  readonly threads?: number | undefined;
}): Promise<RunModel> {
  const { run, engine, threads } = options;
  const model = await openRunModel(run, { checkpoint: checkpointChoice(options.checkpoint), engine, threads });
  if (model.model.decode !== undefined) return model;
  model.dispose();
  throw new UserError(`is ${kindText(model.model.spec.kind)}'s run: there is no decoder to make pictures of codes`, {
    at: run,
    hint: "Name the run of an autoencoder.",
  });
}

/** Pictures that are encoded before a waiting interruption is heard. */
const chunk = 1000;

/**
 * Codes [picture, unit] of a set's pictures, in the given order. An engine computes without letting go of the thread, so that
 * Ctrl-C is heard between chunks.
 * @param options.images places in the set; default all
 * @param options.what what progress is called
 * @throws the signal's reason where it is aborted
 */
export async function encodeImages(
  model: Pick<RunModel, "model" | "encode">,
  set: ImageSet,
  { report, signal }: TaskContext,
  options: { readonly images?: ArrayLike<number>; readonly what?: string } = {},
): Promise<Float32Array> {
  const { inputShape, codeShape } = model.model;
  const { images, what = "encoding pictures" } = options;
  const count = images?.length ?? set.count;
  const [size, codeSize] = [sizeOf(inputShape), sizeOf(codeShape)];
  const codes = new Float32Array(count * codeSize);
  for (let first = 0; first < count; first += chunk) {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    report({ done: first, of: count, what });
    const some = Math.min(chunk, count - first);
    const pixels = images === undefined ? readPixels(set, first, some) : new Uint8Array(some * size);
    for (let i = 0; images !== undefined && i < some; i++) {
      pixels.set(readPixels(set, images[first + i] as number, 1), i * size);
    }
    codes.set(await model.encode(unitFromPixels(pixels)), first * codeSize);
  }
  return codes;
}

/** The pictures of a source that a person names, or those that the run was trained on. */
export async function openPictures(
  model: Pick<RunModel, "experiment">,
  data: string | undefined,
  context: Pick<TaskContext, "report">,
): Promise<OpenSource> {
  if (data === undefined) return await openData(model, context);
  context.report({ done: 0, of: 1, what: "opening the data" });
  const { readSource } = await import("../data/sources/index.js");
  return await readSource(parseYaml(data, "--data"), "--data").open({ progress: context.report });
}

/** The pictures that the run was trained on. */
export async function openData(
  { experiment }: Pick<RunModel, "experiment">,
  { report }: Pick<TaskContext, "report">,
): Promise<OpenSource> {
  report({ done: 0, of: 1, what: "opening the data" });
  const { readSource } = await import("../data/sources/index.js");
  return await readSource(experiment.data, "data").open({ progress: report });
}

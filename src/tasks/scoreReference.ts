// The scores that others are held against: those of the training pictures, kept in the run folder for the next time, or of
// pictures that a person names.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { OpenSource } from "../data/define.js";
import type { Engine } from "../engines/engine.js";
import { makeReference, type Reference, type ScoreName, scoreNames } from "../evaluation/anomaly/scorer.js";
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from "../formats/safetensors.js";
import type { Decoding, TrainedModel } from "../inference/index.js";
import { fileErrorReason, readEnvironment } from "../runs/index.js";
import { sizeOf } from "../tensor/index.js";
import { openOtherPictures } from "./codeSpace.js";
import type { TaskContext } from "./define.js";
import { findNamedPictures, type Note, type ReadyOptions } from "./pictureInputs.js";
import { fileStream, type PictureStream, setStream } from "./pictureStream.js";
import type { RunModel } from "./runModel.js";
import { checkPictures, splitOf } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

export interface FoundReference {
  readonly reference: Reference;
  /** For people: `the 5,211 training pictures`. */
  readonly what: string;
  /** Where it is kept, if it is. */
  readonly file?: string;
}

type Model = TrainedModel & Decoding;

/**
 * Scores of reference pictures: of the run's training pictures, from the run folder where they were scored with these weights before;
 * else of those that are named.
 * @param options.named a folder, a picture, or a data source, whose training split is taken
 * @param options.run absent for a model of ONNX files, which needs `named`
 * @param options.ownData the run's own pictures, opened where they are needed
 * @throws UserError where there are none, or none can be read; AbortError
 */
export async function openReference(options: {
  readonly model: Model;
  readonly run: RunModel | undefined;
  readonly ownData: (() => Promise<OpenSource>) | undefined;
  readonly by: ScoreName;
  readonly named: string | undefined;
  readonly engine: Engine;
  readonly ready: ReadyOptions;
  readonly note: Note;
  readonly context: Pick<TaskContext, "report" | "signal">;
}): Promise<FoundReference> {
  const { model, run, ownData, by, named, engine, ready, note, context } = options;
  if (named !== undefined) {
    const { stream, what } = await namedStream(named, model, ready, note, context);
    return { what, reference: await scored(model, by, engine, stream, context) };
  }
  if (run === undefined || ownData === undefined) {
    throw new UserError("a model of ONNX files knows no training pictures to hold a score against", {
      at: "--reference",
      hint: "Name a folder of pictures that are as they should be: --reference good/",
    });
  }
  const begun = readEnvironment(run.run).data;
  const key = JSON.stringify(["scores 1", by, weightsOf(run), run.experiment.data, begun.checksums]);
  const file = `${run.run.path}/scores/${by}-${createHash("sha256").update(key).digest("hex").slice(0, 12)}.safetensors`;
  const known = readKept(run, file, by, key);
  if (known !== undefined) return { reference: known, what: trainingText(known), file };
  const source = await ownData();
  const changed = Object.entries(source.card.checksums).some(([name, sum]) => begun.checksums[name] !== sum);
  const { train } = source.splits;
  checkPictures(model, train, "data");
  const reference = await scored(model, by, engine, setStream(train, "train", source), context);
  const what = trainingText(reference);
  if (changed) {
    note("the training pictures have changed since the training: quantiles are among those that are there now");
    return { reference, what };
  }
  try {
    writeResult(file, encodeReference(reference, key));
    return { reference, what, file };
  } catch (error) {
    if (!(error instanceof UserError) && fileErrorReason(error) === undefined) throw error;
    const why = error instanceof Error ? error.message : "";
    note(
      `the training pictures' scores can't be kept in the run folder, and are computed again the next time (${why})`,
    );
    return { reference, what };
  }
}

const trainingText = ({ scores }: Reference): string => `the ${withThousands(scores.length)} training pictures`;

async function scored(
  model: Model,
  by: ScoreName,
  engine: Engine,
  stream: PictureStream,
  { report, signal }: Pick<TaskContext, "report" | "signal">,
): Promise<Reference> {
  const blocks = async function* () {
    for await (const { images, places } of stream.blocks(signal)) {
      report({
        done: places[0] ?? 0,
        of: stream.count,
        what: `scoring ${withThousands(stream.count)} reference pictures`,
      });
      yield images;
    }
  };
  const reference = await makeReference({ model, by, engine, blocks: blocks(), signal });
  if (reference.scores.length > 0) return reference;
  throw new UserError("there is no reference picture that can be read", {
    at: "--reference",
    hint: "Name a folder of pictures.",
  });
}

/** Pictures by a path that is there, else by a data source's words: its training split. */
async function namedStream(
  named: string,
  model: Model,
  ready: ReadyOptions,
  note: Note,
  context: Pick<TaskContext, "report">,
): Promise<{ readonly stream: PictureStream; readonly what: string }> {
  if (existsSync(named)) {
    const files = await findNamedPictures([named], note);
    return { stream: fileStream(files, model, ready), what: `the pictures in ${named}` };
  }
  if (/^[./~]|[\\/]/.test(named) && !/^[\w-]+:/.test(named) && !named.trimStart().startsWith("{")) {
    throw new UserError("there is no such file or folder", { at: named, hint: "Check the path after --reference." });
  }
  const source = await openOtherPictures(model.inputShape, { data: named, exact: false, at: "--reference" }, context);
  const set = splitOf(source, "train");
  checkPictures(model, set, "--reference");
  return {
    stream: setStream(set, "train", source),
    what: `the ${withThousands(set.count)} training pictures of ${named}`,
  };
}

function weightsOf({ state }: RunModel): string {
  const hash = createHash("sha256");
  for (const { name, values = [] } of state) hash.update(name).update(new Uint8Array(Float32Array.from(values).buffer));
  return hash.digest("hex");
}

/** A file of a reference, for the run folder. */
export function encodeReference(
  { by, scores, errorTop, gaussian, neighbours, means }: Reference,
  key: string,
): Uint8Array {
  const row = (data: Float64Array): SafetensorsEntry => ({ dtype: "F64", shape: [data.length], data });
  return encodeSafetensors({
    tensors: {
      scores: row(scores),
      ...(gaussian === undefined ? {} : { mean: row(gaussian.mean), factor: row(gaussian.factor) }),
      ...(neighbours === undefined
        ? {}
        : {
            mean: row(neighbours.mean),
            scale: row(neighbours.scale),
            codes: { dtype: "F32", shape: [neighbours.codes.length], data: neighbours.codes },
          }),
    },
    metadata: { by, key, errorTop: String(errorTop), ...(means === undefined ? {} : { means: JSON.stringify(means) }) },
  });
}

const meansSchema = z.object({ error: z.number().positive(), code: z.number().positive() });

/** What was kept, where it is whole and of the same weights and pictures; a run folder is data and may hold anything. */
function readKept({ run, codeShape }: RunModel, file: string, by: ScoreName, key: string): Reference | undefined {
  if (!run.files.exists(file)) return undefined;
  try {
    return decodeReference(run.files.read(file), { at: file, by, key, width: sizeOf(codeShape) });
  } catch (error) {
    // Damaged, or no file at all: it is made again.
    if (error instanceof UserError || fileErrorReason(error) !== undefined) return undefined;
    throw error;
  }
}

/** @returns undefined for what is no whole reference of that key */
export function decodeReference(
  bytes: Uint8Array,
  { at, by, key, width }: { readonly at: string; readonly by: ScoreName; readonly key: string; readonly width: number },
): Reference | undefined {
  const { tensors, metadata = {} } = decodeSafetensors(bytes, at);
  const errorTop = Number(metadata.errorTop);
  const numbers = (name: string, length?: number): Float64Array | undefined => {
    const data = tensors[name]?.data;
    const isWhole =
      data instanceof Float64Array && (length ?? data.length) === data.length && data.every(Number.isFinite);
    return isWhole ? data : undefined;
  };
  const scores = numbers("scores");
  if (metadata.by !== by || metadata.key !== key || !scoreNames.includes(by)) return undefined;
  if (scores === undefined || scores.length === 0 || !(errorTop > 0 && errorTop <= 1)) return undefined;
  if (scores.some((score, i) => i > 0 && score < (scores[i - 1] as number))) return undefined;
  if (by === "neighbour") {
    const [mean, scale, codes] = [numbers("mean", width), numbers("scale", width), tensors.codes?.data];
    if (mean === undefined || scale === undefined || !(codes instanceof Float32Array)) return undefined;
    if (codes.length !== scores.length * width || !codes.every(Number.isFinite)) return undefined;
    return { by, scores, errorTop, neighbours: { mean, scale, codes } };
  }
  if (by !== "mahalanobis" && by !== "combined") return { by, scores, errorTop };
  const [mean, factor] = [numbers("mean", width), numbers("factor", width * width)];
  if (mean === undefined || factor === undefined) return undefined;
  if (by === "mahalanobis") return { by, scores, errorTop, gaussian: { mean, factor } };
  const means = meansSchema.safeParse(parsed(metadata.means)).data;
  return means === undefined ? undefined : { by, scores, errorTop, gaussian: { mean, factor }, means };
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}

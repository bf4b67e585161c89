// The model that a person names for pictures: a run, or two ONNX files.
import { UserError } from "../base/errors.js";
import { readRegularFile } from "../data/regularFile.js";
import { type Decoding, openOnnxPair, type TrainedModel } from "../inference/index.js";
import { openRunModel, type RunModelChoices } from "./runModel.js";

export interface NamedModel extends RunModelChoices {
  readonly run?: string | undefined;
  readonly encoder?: string | undefined;
  readonly decoder?: string | undefined;
  readonly range?: readonly [number, number] | undefined;
}

/** A protobuf message, which an ONNX file is, has at most 2 GiB (https://protobuf.dev/programming-guides/proto-limits/). */
const largestOnnx = { bytes: 2 ** 31 - 1, of: "an ONNX file" };

/** @throws UserError where neither or both are named, or what is named does not open */
export async function openNamedModel(options: NamedModel): Promise<TrainedModel> {
  const { run, encoder, decoder } = options;
  if (encoder !== undefined || decoder !== undefined) return await openPair(encoder, decoder, options);
  if (run === undefined) throw new UserError("no model is named", { hint: "Name a run, or --encoder and --decoder." });
  return await openRunModel(run, options);
}

async function openPair(
  encoder: string | undefined,
  decoder: string | undefined,
  { threads, range }: NamedModel,
): Promise<TrainedModel & Decoding> {
  if (encoder === undefined || decoder === undefined) {
    const [given, missing] = encoder === undefined ? ["--decoder", "--encoder"] : ["--encoder", "--decoder"];
    throw new UserError(`is missing beside ${given}`, { at: missing, hint: "Name both ONNX files." });
  }
  const read = (path: string) => ({ path, bytes: readRegularFile(path, { bound: largestOnnx }) });
  const { openOnnx } = await import("../exchange/onnxModel.js");
  return await openOnnxPair(
    { encoder: read(encoder), decoder: read(decoder) },
    { range, open: (bytes, name) => openOnnx(bytes, name, { threads }) },
  );
}

// The model that a person names for pictures: a run, or two ONNX files.
import { readFileSync } from "node:fs";
import { UserError } from "../base/errors.js";
import type { EngineChoice } from "../engines/index.js";
import { type Coder, openOnnxCoder } from "../exchange/coder.js";
import { withFileErrors } from "../runs/index.js";
import { readModelMetadata } from "../training/metadata.js";
import { type CheckpointChoice, openRunModel, type RunModel } from "./runModel.js";

/** A run's model as a coder. Disposing of either disposes of both. */
export function coderOfRun(model: RunModel): Coder {
  const { preprocessing } = readModelMetadata(model.checkpoint.metadata);
  return {
    inputShape: model.model.inputShape,
    codeShape: model.model.codeShape,
    preprocessing: preprocessing ?? {},
    notes: [],
    encode: model.encode,
    decode: model.decode,
    dispose: model.dispose,
  };
}

/** @throws UserError where neither or both are named, or what is named does not open */
export async function openCoder(options: {
  readonly run?: string | undefined;
  readonly encoder?: string | undefined;
  readonly decoder?: string | undefined;
  readonly range?: readonly [number, number] | undefined;
  readonly checkpoint: CheckpointChoice;
  readonly engine?: EngineChoice | undefined;
  readonly threads?: number | undefined;
}): Promise<Coder> {
  const { run, encoder, decoder } = options;
  if (encoder === undefined && decoder === undefined) {
    if (run === undefined)
      throw new UserError("no model is named", { hint: "Name a run, or --encoder and --decoder." });
    return coderOfRun(await openRunModel(run, options));
  }
  if (encoder === undefined || decoder === undefined) {
    const [given, missing] = encoder === undefined ? ["--decoder", "--encoder"] : ["--encoder", "--decoder"];
    throw new UserError(`is missing beside ${given}`, { at: missing, hint: "Name both ONNX files." });
  }
  const read = (path: string) => ({
    path,
    bytes: withFileErrors({ at: path, what: "can't be read", hint: "Name an ONNX file." }, () => readFileSync(path)),
  });
  return await openOnnxCoder({ encoder: read(encoder), decoder: read(decoder) }, options);
}

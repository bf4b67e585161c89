// First weights that another training has written: of a run's last checkpoint, or of a safetensors file.
import { createHash } from "node:crypto";
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { decodeSafetensors } from "../formats/safetensors.js";
import type { Model } from "../nn/models/define.js";
import { averageName, modelState } from "../nn/programs.js";
import type { Tensors } from "../runs/checkpoint.js";
import { type FileSystem, openRun, readCheckpoint, withFileErrors } from "../runs/index.js";

const at = "initialise.weights";
const hint = "Name the folder of a run of the same model, or a .safetensors file that isthmus export has written.";
const usable = ["F32", "F64", "I64", "I32"];

export interface WrittenWeights {
  /** Parameters and buffers under the model's names, the moving average in place of the weights where one was kept. */
  readonly tensors: Tensors;
  /** Of all their numbers, as float32, in the model's order: the same for the same weights, wherever they came from. */
  readonly sha256: string;
}

/**
 * @param path the folder of a run, or a file that ends in .safetensors
 * @throws UserError where there is none, or its weights do not fit the model
 */
export function readWrittenWeights(model: Model, path: string, files: FileSystem): WrittenWeights {
  if (!files.exists(path)) throw new UserError(`there is no file or folder ${path}`, { at, hint });
  const found = /\.safetensors$/i.test(path) ? fileTensors(path, files) : runTensors(path, files);
  const hash = createHash("sha256");
  const tensors = Object.fromEntries(
    modelState(model, 0).map(({ name, shape }) => {
      const entry = found[averageName(name)] ?? found[name];
      if (entry === undefined) throw new UserError(`${path} has no ${name}`, { at, hint });
      if (!usable.includes(entry.dtype)) {
        throw new UserError(`${name} is of type ${entry.dtype} in ${path}, expected F32`, { at, hint });
      }
      if (entry.shape.join() !== shape.join()) {
        const [has, needs] = [timesText(entry.shape), timesText(shape)];
        throw new UserError(`${name} is ${has} in ${path}, the model needs ${needs}`, { at, hint });
      }
      const data = Float32Array.from(entry.data, Number);
      hash.update(new Uint8Array(data.buffer));
      return [name, { dtype: "F32" as const, shape, data }];
    }),
  );
  return { tensors, sha256: hash.digest("hex") };
}

function fileTensors(path: string, files: FileSystem): Tensors {
  const bytes = withFileErrors({ at: path, what: "can't be read", hint }, () => files.read(path));
  return decodeSafetensors(bytes, path).tensors;
}

function runTensors(path: string, files: FileSystem): Tensors {
  if (!files.exists(`${path}/experiment.yaml`)) {
    throw new UserError(`${path} is neither the folder of a run nor a .safetensors file`, { at, hint });
  }
  const checkpoint = readCheckpoint(openRun(files, path), "last");
  if (checkpoint === undefined) throw new UserError(`the run ${path} has no checkpoint yet`, { at, hint });
  return checkpoint.model;
}

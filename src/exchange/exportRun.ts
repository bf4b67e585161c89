// Writes a trained model's files for others, each checked before it gets its name.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { InternalError, UserError } from "../base/errors.js";
import { pause } from "../base/turns.js";
import type { StateEntry } from "../engines/engine.js";
import { type LoadedRuntime, loadRuntime } from "../engines/onnx/library.js";
import { encodeOnnx, type OnnxModel } from "../formats/onnx.js";
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from "../formats/safetensors.js";
import type { Abortable, EngineModel } from "../inference/index.js";
import { type FileSystem, withFileErrors } from "../runs/index.js";
import { sizeOf } from "../tensor/index.js";
import { openOnnx } from "./onnxModel.js";
import { decoderOnnx, encoderOnnx } from "./toOnnx.js";

/** A model that computes: what the files must agree with. */
export type ExportedModel = Pick<EngineModel, "model" | "state" | "encode" | "decode">;

export interface ExportCheck {
  /** Images at a time that were tried. */
  readonly batchSizes: readonly number[];
  /** By file name, the largest difference of any number from the run's own engine. */
  readonly largestDifference: Readonly<Record<string, number>>;
}

export interface ExportResult {
  /** Paths of the files that were written. */
  readonly files: readonly string[];
  /** Absent where ONNX Runtime is not there to check with. */
  readonly check?: ExportCheck;
  /** Why they were not checked. */
  readonly unchecked?: string;
}

interface ExportOptions {
  readonly files: FileSystem;
  readonly folder: string;
  /** What it is called: the experiment's name. */
  readonly name: string;
  readonly isthmus: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const batchSizes = [1, 3, 7] as const;
/** Images that a check needs. */
export const checkedImages: number = Math.max(...batchSizes);
/** Of the largest number, at least 1: a hundred times float32's rounding through a deep network, far below a pixel's step. */
const tolerance = 1e-4;

/**
 * encoder.onnx and decoder.onnx (a classifier has an encoder only). Each is written under another name, run in ONNX
 * Runtime on `images` at several batch sizes, compared with the model's own engine, and renamed. Without ONNX Runtime they
 * are kept unchecked, and the result says so.
 * @param images [image, channel, height, width] in [0, 1], at least `checkedImages`
 * @throws UserError where a layer can't be exported or the folder can't be written; InternalError where a file computes
 *   something else, which is not kept; AbortError, after which files that were renamed stay
 */
export async function exportOnnx(
  exported: ExportedModel,
  images: Float32Array,
  options: ExportOptions & Abortable & { readonly loadRuntime?: () => Promise<LoadedRuntime> },
): Promise<ExportResult> {
  const { model, state } = exported;
  const { signal } = options;
  const details = { ...options, metadata: { ...options.metadata, weights: fingerprint(state) } };
  const runtime = await (options.loadRuntime ?? (() => loadRuntime(1)))().catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  const written: string[] = [];
  const largestDifference: Record<string, number> = {};
  const write = async (file: string, onnx: OnnxModel, output: string, from: Float32Array, to: Float32Array) => {
    written.push(
      await writeChecked(options, file, encodeOnnx(onnx), async (bytes, at) => {
        if (runtime instanceof UserError) return;
        largestDifference[file] = await differenceOf(bytes, at, runtime, { output, from, to, signal });
      }),
    );
  };
  const codes = await exported.encode(images, { signal });
  await write("encoder.onnx", encoderOnnx(model, state, details), "code", images, codes);
  if (exported.decode !== undefined) {
    const pictures = await exported.decode(codes, { signal });
    await write("decoder.onnx", decoderOnnx(model, state, details), "reconstruction", codes, pictures);
  }
  return {
    files: written,
    ...(runtime instanceof UserError ? { unchecked: runtime.message } : { check: { batchSizes, largestDifference } }),
  };
}

/**
 * model.safetensors: parameters and buffers under PyTorch's names, with the metadata. Checked by reading it back.
 * @throws UserError where the folder can't be written
 */
export async function exportSafetensors(
  { model, state }: Pick<ExportedModel, "model" | "state">,
  options: ExportOptions,
): Promise<ExportResult> {
  const counts = new Set(model.buffers.filter(({ written }) => written === "int64").map(({ name }) => name));
  const tensors = Object.fromEntries(
    state.map(({ name, shape, values = [] }): [string, SafetensorsEntry] => [
      name,
      counts.has(name)
        ? { dtype: "I64", shape, data: BigInt64Array.from(Array.from(values), (value) => BigInt(Math.round(value))) }
        : { dtype: "F32", shape, data: Float32Array.from(values) },
    ]),
  );
  const bytes = encodeSafetensors({ tensors, metadata: { ...options.metadata, weights: fingerprint(state) } });
  const file = await writeChecked(options, "model.safetensors", bytes, async (read, at) => {
    const found = decodeSafetensors(read, at).tensors;
    for (const [name, { data }] of Object.entries(tensors)) {
      const same = found[name]?.data;
      if (same === undefined || !bytesOf(data).equals(bytesOf(same))) {
        throw new InternalError(`${at} reads back another ${name}`);
      }
    }
  });
  return { files: [file] };
}

function bytesOf({ buffer, byteOffset, byteLength }: SafetensorsEntry["data"]): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Written under another name, read back, checked, renamed: a file of that name is whole and right, or the one before. */
async function writeChecked(
  { files, folder }: Pick<ExportOptions, "files" | "folder">,
  name: string,
  bytes: Uint8Array,
  check: (bytes: Uint8Array, at: string) => Promise<void>,
): Promise<string> {
  const path = join(folder, name);
  const temporary = join(folder, `.${name}.${process.pid}`);
  const failure = {
    at: path,
    what: "can't be written",
    hint: "Choose another folder with --out DIR, or make room on the disk.",
  };
  try {
    const read = withFileErrors(failure, () => {
      files.makeFolder(folder);
      files.write(temporary, bytes);
      return files.read(temporary);
    });
    await check(read, path);
    withFileErrors(failure, () => files.rename(temporary, path));
    return path;
  } catch (error) {
    try {
      files.remove(temporary);
    } catch {
      // The mistake that led here is the one to tell.
    }
    throw error;
  }
}

/** The largest difference of a file's output from `to`, over all batch sizes. @throws InternalError beyond the tolerance */
async function differenceOf(
  bytes: Uint8Array,
  at: string,
  runtime: LoadedRuntime,
  {
    output,
    from,
    to,
    signal,
  }: Abortable & { readonly output: string; readonly from: Float32Array; readonly to: Float32Array },
): Promise<number> {
  const onnx = await openOnnx(bytes, at, { runtime });
  try {
    const [input] = onnx.inputs;
    const size = sizeOf((input?.shape ?? []).slice(1).map(Number));
    const perImage = (to.length * size) / from.length;
    // Not Math.max(...): large pictures have more numbers than a call takes arguments.
    const scale = to.subarray(0, checkedImages * perImage).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    let largest = 0;
    for (const batch of batchSizes) {
      await pause(signal);
      const found = (await onnx.run(batch, from.slice(0, batch * size)))[output];
      for (let i = 0; i < batch * perImage; i++) {
        const difference = Math.abs((found?.[i] ?? Number.NaN) - (to[i] ?? Number.NaN));
        if (!(difference <= tolerance * scale)) {
          throw new InternalError(
            `${at} gives ${found?.[i]} where the run gives ${to[i]} (number ${i} of ${output} at a batch of ${batch}); it was not kept`,
          );
        }
        largest = Math.max(largest, difference);
      }
    }
    return largest;
  } finally {
    onnx.dispose();
  }
}

/** Tells whether an encoder and a decoder come from the same weights. */
function fingerprint(state: readonly StateEntry[]): string {
  const hash = createHash("sha256");
  for (const { name, values = [] } of state) {
    hash.update(name);
    hash.update(new Uint8Array(Float32Array.from(values).buffer));
  }
  return hash.digest("hex").slice(0, 16);
}

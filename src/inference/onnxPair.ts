// A trained model opened from two ONNX files, an encoder and a decoder, and every way that they do not fit each other.
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { pause } from "../base/turns.js";
import type { OnnxValue } from "../formats/onnx.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { readModelMetadata } from "../training/metadata.js";
import { type Abortable, type Decoding, type Posterior, scoring, type TrainedModel } from "./trainedModel.js";

/** An ONNX file that is ready to run: what it says of itself, and its computation. */
export interface OpenOnnx {
  /** The file's name, for errors. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Its inputs and outputs. A length that is no number is any. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /**
   * @param batch images
   * @param values [batch, …] of the only input
   * @returns outputs by name, each [batch, …]
   */
  run(batch: number, values: Float32Array): Promise<Readonly<Record<string, Float32Array>>>;
  dispose(): void;
}

/** Images that are computed at once. */
const chunk = 64;

/**
 * A model from an encoder's and a decoder's ONNX file. Shapes are the graphs'; of a file that this package wrote, its
 * metadata say the rest.
 * @param options.open makes a file's bytes ready to run
 * @param options.range what black and white become at the model's input; default what the metadata say, or [0, 1]
 * @throws UserError where a file is no ONNX model, says no shape, or the two do not fit each other
 */
export async function openOnnxPair(
  files: { readonly encoder: OnnxFile; readonly decoder: OnnxFile },
  options: {
    readonly open: (bytes: Uint8Array, name: string) => Promise<OpenOnnx>;
    readonly range?: readonly [number, number] | undefined;
  },
): Promise<TrainedModel & Decoding> {
  const { open } = options;
  const encoder = await open(files.encoder.bytes, files.encoder.path);
  let decoder: OpenOnnx;
  try {
    decoder = await open(files.decoder.bytes, files.decoder.path);
  } catch (error) {
    encoder.dispose();
    throw error;
  }
  const dispose = (): void => {
    encoder.dispose();
    decoder.dispose();
  };
  try {
    const { inputShape, codeShape } = shapesOf(encoder, decoder);
    const { preprocessing } = readModelMetadata(encoder.metadata);
    const [low, high] = options.range ?? preprocessing?.range ?? [0, 1];
    const scaled = (values: Float32Array, scale: number, shift: number): Float32Array =>
      scale === 1 && shift === 0 ? values : values.map((value) => value * scale + shift);
    const imageSize = sizeOf(inputShape);
    const codeSize = sizeOf(codeShape);
    const encoded = (images: Float32Array, outputs: readonly string[], how: Abortable | undefined) =>
      inChunks(encoder, scaled(images, high - low, low), { outputs, from: imageSize, to: codeSize, ...how });
    const encode: TrainedModel["encode"] = async (images, how) => {
      const [codes = new Float32Array()] = await encoded(images, [outputNamed(encoder, "code")], how);
      return codes;
    };
    const decode: Decoding["decode"] = async (codes, how) => {
      const outputs = [outputNamed(decoder, "reconstruction")];
      const [images = codes] = await inChunks(decoder, codes, { outputs, from: codeSize, to: imageSize, ...how });
      return scaled(images, 1 / (high - low), -low / (high - low));
    };
    const reconstruct: Decoding["reconstruct"] = async (images, how) => await decode(await encode(images, how), how);
    const isVariational = ["mean", "logVariance"].every((name) => encoder.outputs.some((one) => one.name === name));
    return {
      ...{ inputShape, codeShape, notes: pairNotes(encoder, decoder) },
      ...(preprocessing === undefined ? {} : { preprocessing }),
      ...{ encode, decode, reconstruct, score: scoring(reconstruct, imageSize) },
      ...(isVariational
        ? {
            async posterior(images: Float32Array, how?: Abortable): Promise<Posterior> {
              const [mean, logVariance] = await encoded(images, ["mean", "logVariance"], how);
              return { mean: mean ?? new Float32Array(), logVariance: logVariance ?? new Float32Array() };
            },
          }
        : {}),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

export interface OnnxFile {
  readonly bytes: Uint8Array;
  readonly path: string;
}

function shapesOf(encoder: OpenOnnx, decoder: OpenOnnx): Pick<TrainedModel, "inputShape" | "codeShape"> {
  expectPart(encoder, "encoder", "--encoder");
  expectPart(decoder, "decoder", "--decoder");
  const [input] = encoder.inputs;
  const [codeInput] = decoder.inputs;
  const inputShape = lengthsOf(input?.shape, encoder);
  const codeShape = lengthsOf(codeInput?.shape, decoder);
  if (inputShape.length !== 3 || (inputShape[0] !== 1 && inputShape[0] !== 3)) {
    throw new UserError(`takes ${timesText(inputShape)}, not pictures of 1 or 3 channels`, {
      at: encoder.name,
      hint: "Name an encoder: its input is [batch, channel, height, width].",
    });
  }
  const given = encoder.outputs.find(({ name }) => name === outputNamed(encoder, "code"));
  const made = given === undefined ? [] : given.shape.slice(1);
  const fits = made.every((length, i) => typeof length !== "number" || length === codeShape[i]);
  if (made.length !== codeShape.length || !fits) {
    throw new UserError(`takes codes of ${timesText(codeShape)}, ${encoder.name} gives codes of ${made.join("×")}`, {
      at: decoder.name,
      hint: "Take encoder and decoder of one run.",
    });
  }
  const back = decoder.outputs.find(({ name }) => name === outputNamed(decoder, "reconstruction"));
  const pictures = (back?.shape ?? []).slice(1).map((length) => (typeof length === "number" ? length : 0));
  if (!pictures.includes(0) && !sameShape(pictures, inputShape)) {
    throw new UserError(
      `gives pictures of ${timesText(pictures)}, ${encoder.name} takes pictures of ${timesText(inputShape)}`,
      { at: decoder.name, hint: "Take encoder and decoder of one run." },
    );
  }
  return { inputShape, codeShape };
}

const articles: Readonly<Record<string, string>> = { encoder: "an encoder", decoder: "a decoder" };

function expectPart({ metadata, name }: OpenOnnx, part: "encoder" | "decoder", flag: string): void {
  const { part: found = part } = metadata;
  if (found === part) return;
  throw new UserError(`is ${articles[found] ?? found}, ${flag} names ${articles[part]}`, {
    at: name,
    hint: "Are --encoder and --decoder exchanged?",
  });
}

function lengthsOf(shape: readonly (number | string)[] | undefined, { name }: OpenOnnx): readonly number[] {
  const lengths = (shape ?? []).slice(1);
  if (lengths.length === 0 || lengths.some((length) => typeof length !== "number" || length < 1)) {
    throw new UserError(`does not say what it takes: its input is [${(shape ?? []).join(", ")}]`, {
      at: name,
      hint: "Export it with fixed lengths of all axes but the first.",
    });
  }
  return lengths.map(Number);
}

/** The output of that name, or the only one. */
function outputNamed({ outputs, name }: OpenOnnx, wanted: string): string {
  const found = outputs.find((output) => output.name === wanted) ?? (outputs.length === 1 ? outputs[0] : undefined);
  if (found !== undefined) return found.name;
  throw new UserError(`has no output called ${wanted} among ${outputs.map((output) => output.name).join(", ")}`, {
    at: name,
  });
}

function pairNotes(encoder: OpenOnnx, decoder: OpenOnnx): readonly string[] {
  const [a, b] = [encoder.metadata.weights, decoder.metadata.weights];
  return a === undefined || b === undefined || a === b
    ? []
    : [`${encoder.name} and ${decoder.name} are of different trainings: their codes mean different things`];
}

/** The named outputs for all values, computed some images at a time. */
async function inChunks(
  onnx: OpenOnnx,
  values: Float32Array,
  { outputs, from, to, signal }: Abortable & Readonly<{ outputs: readonly string[]; from: number; to: number }>,
): Promise<readonly Float32Array[]> {
  const count = values.length / from;
  const results = outputs.map(() => new Float32Array(count * to));
  for (let start = 0; start < count; start += chunk) {
    await pause(signal);
    const batch = Math.min(chunk, count - start);
    const made = await onnx.run(batch, values.slice(start * from, (start + batch) * from));
    for (const [i, output] of outputs.entries()) {
      const found = made[output];
      if (found === undefined || found.length !== batch * to) {
        throw new UserError(`gives ${found?.length ?? 0} numbers for ${batch} images, expected ${batch * to}`, {
          at: onnx.name,
        });
      }
      results[i]?.set(found, start * to);
    }
  }
  return results;
}

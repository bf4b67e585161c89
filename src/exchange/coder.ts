// What turns pictures into codes and codes into pictures, wherever it comes from: a run, or two ONNX files.
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { type Preprocessing, readModelMetadata } from "../training/metadata.js";
import { type OpenOnnx, openOnnx } from "./onnxModel.js";

export interface Coder {
  /** [channel, height, width] */
  readonly inputShape: readonly number[];
  /** Without the batch. */
  readonly codeShape: readonly number[];
  /** Absent where nothing is known of how pictures are made ready for it. */
  readonly preprocessing?: Partial<Preprocessing>;
  /** Sentences about what was seen. */
  readonly notes: readonly string[];
  /** @param images [image, channel, height, width] in [0, 1] */
  encode(images: Float32Array): Promise<Float32Array>;
  /** @param codes [image, …codeShape] */
  decode(codes: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

/** Images that are computed at once. */
const chunk = 64;

/**
 * An encoder and a decoder from ONNX files. Shapes are the graphs'; of a file that this package wrote, its metadata say the
 * rest.
 * @param options.range what black and white become at the model's input; default what the metadata say, or [0, 1]
 * @throws UserError where a file is no ONNX model, says no shape, or the two do not fit each other
 */
export async function openOnnxCoder(
  files: { readonly encoder: OnnxFile; readonly decoder: OnnxFile },
  options: { readonly threads?: number | undefined; readonly range?: readonly [number, number] | undefined } = {},
): Promise<Coder> {
  const encoder = await openOnnx(files.encoder.bytes, files.encoder.path, { threads: options.threads });
  let decoder: OpenOnnx;
  try {
    decoder = await openOnnx(files.decoder.bytes, files.decoder.path, { threads: options.threads });
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
    return {
      inputShape,
      codeShape,
      ...(preprocessing === undefined ? {} : { preprocessing }),
      notes: pairNotes(encoder, decoder),
      encode: (images) =>
        inChunks(encoder, outputNamed(encoder, "code"), scaled(images, high - low, low), imageSize, codeSize),
      async decode(codes) {
        const output = outputNamed(decoder, "reconstruction");
        const images = await inChunks(decoder, output, codes, codeSize, imageSize);
        return scaled(images, 1 / (high - low), -low / (high - low));
      },
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

function shapesOf(encoder: OpenOnnx, decoder: OpenOnnx): Pick<Coder, "inputShape" | "codeShape"> {
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

async function inChunks(
  onnx: OpenOnnx,
  output: string,
  values: Float32Array,
  from: number,
  to: number,
): Promise<Float32Array> {
  const count = values.length / from;
  const results = new Float32Array(count * to);
  for (let start = 0; start < count; start += chunk) {
    const batch = Math.min(chunk, count - start);
    const found = (await onnx.run(batch, values.slice(start * from, (start + batch) * from)))[output];
    if (found === undefined || found.length !== batch * to) {
      throw new UserError(`gives ${found?.length ?? 0} numbers for ${batch} images, expected ${batch * to}`, {
        at: onnx.name,
      });
    }
    results.set(found, start * to);
  }
  return results;
}

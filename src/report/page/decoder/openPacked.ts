// A packed model as what a page can do with it: codes to pictures, pictures to codes. Knows no layers, engines or schemas.
import { InternalError, UserError } from "../../../base/errors.js";
import { isPauseDue, pause } from "../../../base/turns.js";
import { decodeSafetensors } from "../../../formats/safetensors.js";
import { prepare, type Work } from "./kernels.js";
import { type PackedModel, type PackedProgram, packedKey } from "./packed.js";

/** Numbers to numbers, one image or many. Works between other things of the page: the thread is given back every 30 ms. */
export type Mapping = (
  values: Float32Array,
  how?: { readonly signal?: AbortSignal | undefined },
) => Promise<Float32Array>;

export interface PageModel {
  /** [channel, height, width] */
  readonly imageShape: readonly number[];
  /** Without the batch. */
  readonly codeShape: readonly number[];
  /** @param codes [code, …codeShape] @returns [image, channel, height, width], not clipped */
  readonly decode?: Mapping;
  /** @param images [image, channel, height, width] in [0, 1] @returns [image, …codeShape] */
  readonly encode?: Mapping;
}

/**
 * Opens what `packModel` made.
 * @param name the file, for errors
 * @throws UserError for what is no such file, or comes of a newer isthmus
 */
export function openPacked(bytes: Uint8Array, name = "packed model"): PageModel {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const packed = readPacked(metadata?.[packedKey], name);
  const weights = (tensor: string): Float32Array => {
    const data = tensors[tensor]?.data;
    if (!(data instanceof Float32Array)) throw new UserError(`has no weights ${tensor} in float32`, { at: name });
    return data;
  };
  const { imageShape, codeShape, decode, encode } = packed;
  return {
    imageShape,
    codeShape,
    ...(decode === undefined ? {} : { decode: mapping(decode, "code", "reconstruction", weights) }),
    ...(encode === undefined ? {} : { encode: mapping(encode, "input", "code", weights) }),
  };
}

function readPacked(text: string | undefined, name: string): PackedModel {
  if (text === undefined) {
    throw new UserError("is no packed model", {
      at: name,
      hint: "Checkpoints are packed by the report or the studio.",
    });
  }
  const packed = JSON.parse(text) as PackedModel;
  if (packed.format !== 1) throw new UserError(`is of format ${packed.format}, this page reads 1`, { at: name });
  return packed;
}

function mapping(
  program: PackedProgram,
  inputName: string,
  outputName: string,
  weights: (tensor: string) => Float32Array,
): Mapping {
  // Made ready when it is first asked for: most pages never decode.
  let opened: ReturnType<typeof openProgram> | undefined;
  // One after the other: all runs share the program's memory.
  let last: Promise<unknown> = Promise.resolve();
  return (values, { signal } = {}) => {
    const done = last.then(async () => {
      opened ??= openProgram(program, weights);
      const { memory, works } = opened;
      const input = memory(program.inputs[inputName]);
      const output = memory(program.outputs[outputName]);
      const count = values.length / input.length;
      if (!Number.isInteger(count)) throw new InternalError(`${values.length} numbers are no ${inputName}s`);
      const results = new Float32Array(count * output.length);
      for (let i = 0; i < count; i++) {
        await pause(signal);
        input.set(values.subarray(i * input.length, (i + 1) * input.length));
        for (const { parts, run } of works) {
          const some = Math.ceil(parts / pieces);
          for (let part = 0; part < parts; part += some) {
            if (isPauseDue()) await pause(signal);
            run(part, Math.min(parts, part + some));
          }
        }
        results.set(output, i * output.length);
      }
      return results;
    });
    last = done.catch(() => {});
    return done;
  };
}

/** An op is done in at most so many pieces, between which the thread can be given back. */
const pieces = 32;

/** Memory for every value, and the work on it in order. */
export function openProgram({ shapes, steps, tensors }: PackedProgram, weights: (tensor: string) => Float32Array) {
  const memories: (Float32Array | undefined)[] = shapes.map((_, value) => {
    const tensor = tensors[value];
    return tensor === undefined ? undefined : weights(tensor);
  });
  const memory = (value: number | undefined): Float32Array => {
    if (value === undefined || shapes[value] === undefined) throw new InternalError("the program has no such value");
    const known = memories[value];
    if (known !== undefined) return known;
    const fresh = new Float32Array(shapes[value].reduce((product, side) => product * side, 1));
    memories[value] = fresh;
    return fresh;
  };
  const works: Work[] = [];
  for (const { op, inputs, output, attributes } of steps) {
    const places = inputs.map(memory);
    if (op === "reshape") {
      memories[output] = places[0];
      continue;
    }
    const given = { inputs: places, shapes: inputs.map((value) => shapes[value]) };
    const work = prepare(op, { ...given, output: memory(output), shape: shapes[output], attributes });
    if (work === undefined) throw new UserError(`the packed model computes with ${op}, which this page does not have`);
    works.push(work);
  }
  return { memory, works };
}

// Packs a trained model for a page: its programs for one image, with all that depends on weights alone computed ahead.
// Runs wherever the model is known (Node, or a page that trains); what it makes runs in pages that know nothing of models.
import { UserError } from "../../../base/errors.js";
import type { StateEntry } from "../../../engines/engine.js";
import { referenceEngine } from "../../../engines/reference/index.js";
import { encodeSafetensors, type SafetensorsEntry } from "../../../formats/safetensors.js";
import { decodeProgram, encodeProgram, type Model } from "../../../nn/index.js";
import {
  type AttributesOf,
  type Node,
  type Program,
  program,
  sizeOf,
  type Value,
  valuesOf,
} from "../../../tensor/index.js";
import { isPageOp } from "./kernels.js";
import { type PackedModel, type PackedProgram, type PackedStep, packedKey } from "./packed.js";

/** Programs are judged as if for many images, so that enlargements are folded into the convolutions after them. */
const judgedBy = 1000;

/**
 * A model as one safetensors file for a page (`openPacked`). A decoder alone is as large as its weights in float32.
 * @param model one whose decoder gives pixels, as `openTrainedRun` and `pictureModel` have it
 * @param state its parameters and buffers, in any order
 * @param options.encoder packs the encoder too. Default false
 * @throws UserError where a layer computes with an op that pages do not have
 */
export async function packModel(
  model: Model,
  state: readonly StateEntry[],
  { encoder = false }: { readonly encoder?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const tensors: Record<string, SafetensorsEntry> = {};
  const packed: PackedModel = {
    format: 1,
    imageShape: model.inputShape,
    codeShape: model.codeShape,
    ...(model.decode === undefined
      ? {}
      : { decode: await packProgram(decodeProgram(model, 1, judgedBy), state, "decode", tensors) }),
    ...(encoder ? { encode: await packProgram(encodeProgram(model, 1), state, "encode", tensors) } : {}),
  };
  return encodeSafetensors({ tensors, metadata: { [packedKey]: JSON.stringify(packed) } });
}

/**
 * One program as data.
 * @param prefix of the tensors' names
 * @param tensors where the constants are put
 * @throws UserError as `packModel`
 */
export async function packProgram(
  given: Program,
  state: readonly StateEntry[],
  prefix: string,
  tensors: Record<string, SafetensorsEntry>,
): Promise<PackedProgram> {
  const moving = movingNodes(given);
  const outputs = Object.entries(given.outputs);
  const isMoving = (value: Value): boolean => moving.has(value.node);
  const running = given.nodes.filter((node) => moving.has(node) && node.op !== "input");
  const needed = [...running.flatMap(({ inputs }) => inputs), ...outputs.map(([, value]) => value)];
  const constants = await computed([...new Set(needed.filter((value) => !isMoving(value)))], state);

  const shapes: (readonly number[])[] = [];
  const places = new Map<Value, number>();
  const named: Record<string, string> = {};
  const placeOf = (value: Value): number => {
    const known = places.get(value);
    if (known !== undefined) return known;
    const place = shapes.push(value.shape) - 1;
    places.set(value, place);
    return place;
  };
  const constant = (data: Float32Array, shape: readonly number[]): number => {
    const place = shapes.push(shape) - 1;
    const name = `${prefix}.${Object.keys(named).length}`;
    named[place] = name;
    tensors[name] = { dtype: "F32", shape, data };
    return place;
  };
  const constantPlaces = new Map<Value, number>();
  const inputPlace = (value: Value): number => {
    if (isMoving(value)) return placeOf(value);
    const known = constantPlaces.get(value) ?? constant(Float32Array.from(constants.get(value) ?? []), value.shape);
    constantPlaces.set(value, known);
    return known;
  };

  const inputs: Record<string, number> = {};
  for (const node of given.nodes) {
    if (node.op === "input") inputs[(node.attributes as AttributesOf<"input">).name] = placeOf(valuesOf(node)[0]);
  }
  const steps = running.map((node): PackedStep => {
    const [x, ...parameters] = node.inputs;
    const output = placeOf(valuesOf(node)[0]);
    refuseFurtherOutputs(node, given);
    if (node.op === "batchNormInference" && !parameters.some(isMoving)) {
      const [scale, shift, mean, variance] = parameters.map((value) => constants.get(value) ?? new Float64Array());
      const { epsilon } = node.attributes as AttributesOf<"batchNormInference">;
      const factor = Float32Array.from(scale, (value, c) => value / Math.sqrt(variance[c] + epsilon));
      const summand = Float32Array.from(
        shift,
        (value, c) => value - (mean[c] * scale[c]) / Math.sqrt(variance[c] + epsilon),
      );
      const channels = [factor.length];
      return {
        op: "perChannel",
        inputs: [placeOf(x), constant(factor, channels), constant(summand, channels)],
        output,
        attributes: {},
      };
    }
    if (!isPageOp(node.op)) {
      throw new UserError(`computes with ${node.op}, which pages do not have`, {
        at: node.place,
        hint: "Its pictures can be had where the run is served: isthmus studio.",
      });
    }
    return { op: node.op, inputs: node.inputs.map(inputPlace), output, attributes: node.attributes };
  });
  return {
    shapes,
    inputs,
    outputs: Object.fromEntries(outputs.map(([name, value]) => [name, inputPlace(value)])),
    tensors: named,
    steps,
  };
}

/** The nodes that depend on an input of the program. */
function movingNodes({ nodes }: Program): ReadonlySet<Node> {
  const moving = new Set<Node>();
  for (const node of nodes) {
    if (node.op === "input" || node.inputs.some((value) => moving.has(value.node))) moving.add(node);
  }
  return moving;
}

/** Values that depend on state alone, in float64. */
async function computed(
  values: readonly Value[],
  state: readonly StateEntry[],
): Promise<ReadonlyMap<Value, ArrayLike<number>>> {
  const session = await referenceEngine().open(state.filter(({ kind }) => kind === "parameter" || kind === "buffer"));
  try {
    const outputs = Object.fromEntries(values.map((value, i) => [String(i), value]));
    const executable = await session.compile(program({ name: "constants", outputs }));
    const found = await executable.run({});
    return new Map(values.map((value, i) => [value, found[i] ?? new Float64Array(sizeOf(value.shape))]));
  } finally {
    session.dispose();
  }
}

/** The first output is all that a page computes: places of maxima, means and variances serve gradients. */
function refuseFurtherOutputs(node: Node, { nodes, outputs }: Program): void {
  const isFurther = (value: Value): boolean => value.node === node && value.output > 0;
  if (Object.values(outputs).some(isFurther) || nodes.some(({ inputs }) => inputs.some(isFurther))) {
    throw new UserError(`gives more of ${node.op} than pages have`, { at: node.place });
  }
}

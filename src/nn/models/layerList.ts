// A list of layers as a part of a model: read from data, built into a graph, its parameters and rows collected.
import { InternalError, ShapeError, UserError } from "../../base/errors.js";
import { sizeOf, type Value } from "../../tensor/index.js";
import type { Scope } from "../layers/define.js";
import { type ConfiguredLayer, readLayer } from "../layers/index.js";
import { shown } from "../spec.js";
import type { BufferSpec, BuildContext, LayerSpec, ParameterSpec, SummaryRow } from "./define.js";

/** The part of a model that a list of layers is. */
export type Part = SummaryRow["part"];

export interface LayerList {
  readonly part: Part;
  readonly layers: readonly ConfiguredLayer[];
}

/** What building a list of layers once, to look at it, has found. */
export interface Findings {
  readonly parameters: ParameterSpec[];
  readonly buffers: BufferSpec[];
  readonly rows: SummaryRow[];
}

/**
 * @param at the list's path in what the user wrote: `model.encoder`
 * @throws UserError for what is not a list of layers, with the path of the layer that is wrong
 */
export function readLayerList(specs: unknown, part: Part, at: string): LayerList {
  if (!Array.isArray(specs) || specs.length === 0) {
    throw new UserError(`expected a list of layers, got ${shown(specs)}`, { at });
  }
  return { part, layers: specs.map((spec: LayerSpec, i) => readLayer(spec, `${at}[${i}]`)) };
}

/**
 * Adds the layers to the graph, one after another; parameters are named `encoder.0.weight`, nodes placed at
 * `encoder[4] conv2d`.
 * @param findings where parameters, buffers and rows are noted, in the order of the layers
 * @throws UserError that names the layer where shapes do not fit
 */
export function buildLayerList(
  { part, layers }: LayerList,
  context: BuildContext,
  input: Value,
  findings?: Findings,
): Value {
  let value = input;
  layers.forEach(({ layer, options }, i) => {
    const place = `${part}[${i}] ${layer.name}`;
    const own: ParameterSpec[] = [];
    const scope = layerScope(`${part}.${i}.`, context, own, findings?.buffers);
    value = context.graph.within(place, () => {
      try {
        return layer.build(options, value, scope);
      } catch (error) {
        if (error instanceof ShapeError) throw new UserError(error.message, { at: place });
        throw error;
      }
    });
    findings?.parameters.push(...own);
    findings?.rows.push({
      number: findings.rows.length + 1,
      title: layer.title,
      part,
      outputShape: value.shape.slice(1),
      parameters: count(own),
      trainable: count(own.filter(({ trainable }) => trainable)),
    });
  });
  return value;
}

function count(parameters: readonly ParameterSpec[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function layerScope(prefix: string, context: BuildContext, parameters: ParameterSpec[], buffers?: BufferSpec[]): Scope {
  const { graph, mode, updates, randomInputs } = context;
  return {
    add: graph.add,
    addAll: graph.addAll,
    mode,
    parameter(name, shape, initialise) {
      parameters.push({ name: prefix + name, shape, initialise, trainable: true });
      return graph.state(prefix + name, shape);
    },
    buffer(name, shape, initial, written = "float32") {
      buffers?.push({ name: prefix + name, shape, initial, written });
      return graph.state(prefix + name, shape);
    },
    update(buffer, value) {
      if (mode !== "training") throw new InternalError(`${prefix}${buffer} is updated outside training`);
      updates[prefix + buffer] = value;
    },
    random(name, shape, draw) {
      randomInputs.push({ ...draw, name: prefix + name, shape });
      return graph.input(prefix + name, shape);
    },
  };
}

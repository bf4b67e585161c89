// A list of layers as a part of a model: read from data, built into a graph, its parameters and rows collected.
import { InternalError, ShapeError, UserError } from "../../base/errors.js";
import { withThousands } from "../../base/text.js";
import { shown } from "../../schema/read.js";
import { type Shape, sizeOf, type Value } from "../../tensor/index.js";
import type { Scope } from "../layers/define.js";
import { type ConfiguredLayer, readLayer } from "../layers/index.js";
import { averageName } from "../state.js";
import type { BufferSpec, BuildContext, Findings, LayerSpec, ParameterSpec } from "./define.js";
import { batchToLookAt, lookContext } from "./pictures.js";

export interface LayerList {
  /** `encoder` or `decoder`. */
  readonly part: string;
  /** As they were written. */
  readonly specs: readonly LayerSpec[];
  readonly layers: readonly ConfiguredLayer[];
}

/**
 * @param at the list's path in what the user wrote: `model.encoder`
 * @throws UserError for what is not a list of layers, with the path of the layer that is wrong
 */
export function readLayerList(specs: unknown, part: string, at: string): LayerList {
  if (!Array.isArray(specs) || specs.length === 0) {
    throw new UserError(`expected a list of layers, got ${shown(specs)}`, { at });
  }
  const layers = specs.map((spec: LayerSpec, i) => readLayer(spec, `${at}[${i}]`));
  const counts = layers.map(countLayers);
  const total = counts.reduce((sum, layer) => sum + layer, 0);
  if (total > mostLayers) {
    const largest = counts.indexOf(Math.max(...counts));
    throw new UserError(`has ${withThousands(total)} layers in all, expected at most ${withThousands(mostLayers)}`, {
      at,
      hint: `The most are in [${largest}], ${layers[largest]?.layer.name}: ${withThousands(counts[largest] ?? 0)}.`,
    });
  }
  return { part, specs, layers };
}

/** Of a list, those inside of others included: three times the deepest networks in use, and built in a second. */
const mostLayers = 10_000;

/** A layer and those inside of it, as often as they are built. */
function countLayers({ options }: ConfiguredLayer): number {
  const inner = Object.values(options as object)
    .flatMap((option: unknown) => (Array.isArray(option) ? option : []))
    .filter(isConfigured)
    .reduce((sum, layer) => sum + countLayers(layer), 0);
  const { times } = options as { readonly times?: unknown };
  return 1 + inner * (typeof times === "number" ? times : 1);
}

/** Whatever the option is called that a layer keeps others in. */
function isConfigured(value: unknown): value is ConfiguredLayer {
  return typeof value === "object" && value !== null && "layer" in value && "options" in value;
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
  layers.forEach((configured, i) => {
    const place = `${part}[${i}]`;
    const own: ParameterSpec[] = [];
    value = buildLayer(configured, value, { place, prefix: `${part}.${i}.` }, context, own, findings?.buffers);
    findings?.parameters.push(...own);
    findings?.rows.push({
      number: findings.rows.length + 1,
      title: configured.layer.title,
      part,
      outputShape: value.shape.slice(1),
      parameters: count(own),
      trainable: count(own.filter(({ trainable }) => trainable)),
    });
  });
  return value;
}

/**
 * What layers give of an input of that shape, both without the batch.
 * @throws UserError that names the layer that does not fit
 */
export function layerListShape(specs: readonly LayerSpec[], input: Shape, at: string): Shape {
  const context = lookContext();
  const list = readLayerList(specs, "decoder", at);
  return buildLayerList(list, context, context.graph.input("input", [batchToLookAt, ...input])).shape.slice(1);
}

/** Where a layer stands: for errors (`encoder[4]`) and before the names of its parameters (`encoder.4.`). */
interface Site {
  readonly place: string;
  readonly prefix: string;
  /** Within a layer that keeps its weights. */
  readonly isFrozen?: boolean;
}

function buildLayer(
  { layer, options }: ConfiguredLayer,
  input: Value,
  site: Site,
  context: BuildContext,
  parameters: ParameterSpec[],
  buffers?: BufferSpec[],
): Value {
  const place = `${site.place} ${layer.name}`;
  return context.graph.within(place, () => {
    try {
      return layer.build(options, input, layerScope(site, context, parameters, buffers));
    } catch (error) {
      if (error instanceof ShapeError) throw new UserError(error.message, { at: place });
      throw error;
    }
  });
}

function count(parameters: readonly ParameterSpec[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** What a layer, or a model's own head, builds itself with. @param site where it stands */
export function layerScope(
  { place, prefix, isFrozen = false }: Site,
  context: BuildContext,
  parameters: ParameterSpec[],
  buffers?: BufferSpec[],
): Scope {
  const { graph, mode, updates, randomInputs, average = false } = context;
  const state = (name: string, shape: Shape): Value => graph.state(average ? averageName(name) : name, shape);
  return {
    add: graph.add,
    addAll: graph.addAll,
    mode,
    parameter(name, shape, initialise) {
      parameters.push({ name: prefix + name, shape, initialise, trainable: !isFrozen });
      return state(prefix + name, shape);
    },
    buffer(name, shape, initial, written = "float32") {
      buffers?.push({ name: prefix + name, shape, initial, written });
      return state(prefix + name, shape);
    },
    update(buffer, value) {
      if (mode !== "training") throw new InternalError(`${prefix}${buffer} is updated outside training`);
      updates[prefix + buffer] = value;
    },
    random(name, shape, draw) {
      randomInputs.push({ ...draw, name: prefix + name, shape });
      return graph.input(prefix + name, shape);
    },
    layers: (inner, input, { first = 0, isFrozen: areFrozen = false } = {}) =>
      inner.reduce((value, configured, i) => {
        const number = first + i;
        const innerSite = {
          ...{ place: `${place}.layers[${number}]`, prefix: `${prefix}${number}.`, isFrozen: isFrozen || areFrozen },
        };
        return buildLayer(configured, value, innerSite, context, parameters, buffers);
      }, input),
  };
}

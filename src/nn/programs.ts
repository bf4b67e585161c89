// The programs that a model needs: training step, evaluation, encode, decode, reconstruct.
import { InternalError, UserError } from "../base/errors.js";
import {
  biasBeforeBatchNorm,
  foldUpsampling,
  type GraphBuilder,
  gradients,
  graphBuilder,
  ops,
  type Program,
  program,
  runPasses,
  type Value,
  valuesOf,
} from "../tensor/index.js";
import type { Mode } from "./layers/define.js";
import type { Loss, Target } from "./losses/define.js";
import type { Metric } from "./metrics/define.js";
import { decoderOf } from "./models/build.js";
import type { BuildContext, Model, ParameterSpec } from "./models/define.js";
import { checkPredictionRange } from "./models/unitRange.js";
import { clipped, optionsFor, type SharedOptions, scalarsFor } from "./optimizers/shared.js";
import { accumulatedName, averageName, type ConfiguredOptimizer, slotEntries, slotName } from "./state.js";

export { accumulationState, averageName, type ConfiguredOptimizer, type ModelStateEntry, modelState } from "./state.js";

/** What is measured on a batch. */
interface Measured {
  readonly model: Model;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  readonly batchSize: number;
}

/**
 * One training step. Inputs: `input`, `target` [batch, channel, height, width] (`label` [batch] instead where the model compares labels, besides where it learns from both); the
 * random inputs; `optimizer.NAME` scalars (shape []). Outputs: `objective`, the parts and the metrics that are measured in training, all scalars. Updates: parameters, slots, buffers.
 * @param options.accumulated the step's gradient is `accumulate.kept`·accumulated + `accumulate.share`·gradient, scalar inputs, with
 *   what the batches before left in `accumulationState`
 * @throws UserError where a layer refuses the batch, as batch norm does a single value per channel
 */
export function trainingProgram(
  options: Measured & { readonly optimizer: ConfiguredOptimizer; readonly accumulated?: boolean },
): Program {
  const { optimizer, accumulated = false } = options;
  const { forward, context, trainable, variables, slopes } = backward(options);
  const gradients = accumulated ? accumulatedGradients(context.graph, trainable, slopes) : slopes;
  const updates = context.graph.within("optimizer", () =>
    optimizerUpdates(context.graph, optimizer, trainable, variables, gradients),
  );
  return runPasses(
    program({
      name: `train ${options.batchSize}`,
      outputs: forward.outputs,
      updates: { ...forward.updates, ...updates },
      randomInputs: forward.randomInputs,
    }),
  );
}

/**
 * A batch of a step that is not its last: outputs as a training step, but parameters and slots stay. The states `accumulated.NAME`
 * become `accumulate.kept`·accumulated + `accumulate.share`·gradient; kept is 0 for a step's first batch, the share a batch's part
 * of the step's images, so that a step's gradient is the mean over them all. Inputs besides: as a training step without the optimizer's.
 * @throws UserError as `trainingProgram`
 */
export function accumulateProgram(options: Measured): Program {
  const { model } = options;
  const { forward, context, trainable, slopes } = backward(options);
  const gradients = accumulatedGradients(context.graph, trainable, slopes);
  const collected = trainable.flatMap(({ name }, i): [string, Value][] => {
    const gradient = gradients[i] ?? null;
    return gradient === null ? [] : [[accumulatedName(name), gradient]];
  });
  const byStep = new Set(model.buffers.filter(({ changesByStep }) => changesByStep).map(({ name }) => name));
  const ofBatch = Object.entries(forward.updates).filter(([name]) => !byStep.has(name));
  return runPasses(
    program({
      name: `accumulate ${options.batchSize}`,
      outputs: forward.outputs,
      updates: Object.fromEntries([...ofBatch, ...collected]),
      randomInputs: forward.randomInputs,
    }),
  );
}

/** Forward and backward pass of a batch in training mode. */
function backward(options: Measured) {
  const { model } = options;
  const context = buildContext("training");
  const written = program({
    name: "forward",
    outputs: figures(options, context),
    updates: context.updates,
    randomInputs: context.randomInputs,
  });
  const forward = foldUpsampling(biasBeforeBatchNorm(written));
  const { objective } = forward.outputs;
  if (objective === undefined) throw new InternalError("the forward program lost its objective");

  const states = statesOf(forward);
  const trainable = model.parameters.filter((parameter) => parameter.trainable);
  const variables = trainable.map(({ name, shape }) => states.get(name) ?? context.graph.state(name, shape));
  return { forward, context, trainable, variables, slopes: gradients(objective, variables) };
}

/** The gradients of a step so far, this batch's share in them. */
function accumulatedGradients(
  { add, input, state, within }: GraphBuilder,
  parameters: readonly ParameterSpec[],
  slopes: readonly (Value | null)[],
): readonly (Value | null)[] {
  const kept = input(keptInput, []);
  const share = input(shareInput, []);
  return within("accumulate", () =>
    slopes.map((slope, i) => {
      const parameter = parameters[i];
      if (slope === null || parameter === undefined) return null;
      const before = add(ops.mul, [state(accumulatedName(parameter.name), slope.shape), kept], {});
      return add(ops.add, [before, add(ops.mul, [slope, share], {})], {});
    }),
  );
}

const keptInput = "accumulate.kept";
const shareInput = "accumulate.share";

/**
 * Inference mode. Inputs: `input`, `target` or `label` (or both, as the model says) and random inputs; outputs: `objective`, parts, metrics (scalars, means
 * over the batch).
 * @param options.average with the moving average of the weights in place of the weights
 */
export function evaluationProgram(options: Measured & { readonly average?: boolean }): Program {
  const { average = false } = options;
  return inferenceProgram(`evaluate ${options.batchSize}`, (context) => figures(options, context), average);
}

/**
 * Moves the average of weights and buffers, states `average.NAME`, after a training step: average + rate·(now − average), with
 * the scalar input `average.rate`, which `averageRate` gives. Counts are copied. PyTorch's `AveragedModel` with
 * `get_ema_multi_avg_fn` and use_buffers.
 */
export function averageProgram({ parameters, buffers }: Model): Program {
  const { input, state, add } = graphBuilder();
  const rate = input("average.rate", []);
  const moved = [...parameters, ...buffers].map((entry): [string, Value] => {
    const name = averageName(entry.name);
    const average = state(name, entry.shape);
    const difference = add(ops.sub, [state(entry.name, entry.shape), average], {});
    const isCount = "written" in entry && entry.written === "int64";
    return [name, add(ops.add, [average, isCount ? difference : add(ops.mul, [difference, rate], {})], {})];
  });
  return runPasses(program({ name: "average", outputs: {}, updates: Object.fromEntries(moved) }));
}

/** How far the average goes to the weights in a step: all the way in the first one. @param step from 1 since the slots were fresh */
export function averageRate(decay: number, step: number): number {
  return step === 1 ? 1 : 1 - decay;
}

/** Inference mode: `input` [batch, channel, height, width] to `code` [batch, …codeShape]. */
export function encodeProgram(model: Model, batchSize: number): Program {
  return inferenceProgram(`encode ${batchSize}`, (context) => ({
    code: model.encode(context, context.graph.input("input", [batchSize, ...model.inputShape])),
  }));
}

/** As `encodeProgram`; of a variational model `mean` (which is the code) and `logVariance` too, [batch, …codeShape]. */
export function posteriorProgram(model: Model, batchSize: number): Program {
  return inferenceProgram(`encode ${batchSize}`, (context) => {
    const input = context.graph.input("input", [batchSize, ...model.inputShape]);
    const found = model.posterior?.(context, input);
    return found === undefined ? { code: model.encode(context, input) } : { code: found.mean, ...found };
  });
}

/** Inference mode: `code` [batch, …codeShape] to `reconstruction` [batch, channel, height, width]. */
export function decodeProgram(model: Model, batchSize: number): Program {
  const decode = decoderOf(model);
  return inferenceProgram(`decode ${batchSize}`, (context) => ({
    reconstruction: decode(context, context.graph.input("code", [batchSize, ...model.codeShape])),
  }));
}

/** Inference mode: `input` to `code` and `reconstruction`. */
export function reconstructProgram(model: Model, batchSize: number): Program {
  const decode = decoderOf(model);
  return inferenceProgram(`reconstruct ${batchSize}`, (context) => {
    const code = model.encode(context, context.graph.input("input", [batchSize, ...model.inputShape]));
    return { code, reconstruction: decode(context, code) };
  });
}

function buildContext(mode: Mode): BuildContext {
  return { graph: graphBuilder(), mode, updates: {}, randomInputs: [] };
}

function inferenceProgram(
  name: string,
  outputs: (context: BuildContext) => Readonly<Record<string, Value>>,
  average = false,
): Program {
  const context: BuildContext = { ...buildContext("inference"), average };
  return runPasses(foldUpsampling(program({ name, outputs: outputs(context), randomInputs: context.randomInputs })));
}

/** The objective, its parts and the metrics by name. An objective of one part has the loss as its part. */
function figures({ model, loss, metrics, batchSize }: Measured, context: BuildContext): Record<string, Value> {
  expectComparable(loss.compares, model, `the loss ${loss.name}`, "loss");
  checkPredictionRange(model, loss);
  metrics.forEach(({ name, compares = "pictures" }, i) => {
    expectComparable(compares, model, `the metric ${name}`, `metrics[${i}]`);
  });
  const { add, input, within } = context.graph;
  const shape = [batchSize, ...model.inputShape];
  const label = model.classes === undefined ? undefined : input("label", [batchSize]);
  const target = model.compares === "labels" && label !== undefined ? label : input("target", shape);
  const found = model.objective(
    context,
    input("input", shape),
    target,
    (prediction, of) => within("loss", () => loss.build(prediction, of, add)),
    label,
  );
  const { objective, parts, reconstruction } = found;
  const told = model.figures(loss);
  const untold = Object.keys({ ...parts, ...found.figures }).filter((name) => !Object.hasOwn(told, name));
  if (untold.length > 0) throw new InternalError(`${model.spec.kind} does not tell what its figure ${untold[0]} is`);
  const single = Object.keys(parts).length === 0 ? { [loss.figure]: objective } : parts;
  const outputs: Record<string, Value> = { objective, ...single, ...found.figures };
  const shown = loss.ofLogits ? within("metrics", () => add(ops.sigmoid, [reconstruction], {})) : reconstruction;
  for (const metric of metrics) {
    // Built in any case, so that what it cannot measure is known before the first step; what no output needs is not computed.
    const value = within("metrics", () => metric.build(shown, target, add));
    if (context.mode === "inference" || metric.inTraining !== false) outputs[metric.name] ??= value;
  }
  return outputs;
}

function expectComparable(compares: Target, model: Model, what: string, at: string): void {
  if (compares === model.compares) return;
  throw new UserError(
    `${what} compares ${compares}, a model of kind ${model.spec.kind} is held against ${model.compares}`,
    {
      at,
    },
  );
}

function statesOf({ nodes }: Program): ReadonlyMap<string, Value> {
  const states = new Map<string, Value>();
  for (const node of nodes) {
    const [value] = valuesOf(node);
    if (node.op === "state" && value !== undefined) {
      states.set((node.attributes as { readonly name: string }).name, value);
    }
  }
  return states;
}

/** New values of all trainable parameters and their slots, by state name. */
function optimizerUpdates(
  graph: GraphBuilder,
  { optimizer, options }: ConfiguredOptimizer,
  parameters: readonly ParameterSpec[],
  variables: readonly Value[],
  slopes: readonly (Value | null)[],
): Record<string, Value> {
  const scalars: Record<string, Value> = {};
  for (const name of Object.keys(optimizer.scalars(options, 1, 0))) {
    scalars[name] = graph.input(`optimizer.${name}`, []);
  }
  // Every optimizer's options have the shared ones.
  const shared = options as SharedOptions;
  // What the objective does not depend on has gradient 0: a bias that batch norm takes away again, an unused layer.
  const known = clipped(
    slopes.filter((slope) => slope !== null),
    shared,
    graph.add,
  );
  let next = 0;
  const updates: Record<string, Value> = {};
  parameters.forEach((parameter, i) => {
    const { name, shape } = parameter;
    const slots: Record<string, Value> = {};
    for (const entry of slotEntries(parameter, { optimizer, options })) {
      slots[entry.slot] = graph.state(entry.name, entry.shape);
    }
    const slope = slopes[i] === null ? undefined : known[next++];
    const gradient = slope ?? graph.add(ops.fill, [], { shape, value: 0 });
    const after = optimizer.update(
      optionsFor(shared, parameter),
      { parameter: variables[i], gradient, slots, scalars: scalarsFor(scalars, shared, parameter, graph.add) },
      graph.addAll,
    );
    updates[name] = after.parameter;
    for (const [slot, value] of Object.entries(after.slots)) updates[slotName(optimizer.name, slot, name)] = value;
  });
  return updates;
}

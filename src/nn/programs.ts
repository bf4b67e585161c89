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
import {
  averageName,
  gradientName,
  type ObjectiveOptimizer,
  type Optimizers,
  objectiveOptimizers,
  slotEntries,
  slotName,
} from "./state.js";

export {
  averageName,
  type ConfiguredOptimizer,
  gradientState,
  type ModelStateEntry,
  modelState,
  type Optimizers,
} from "./state.js";

/** What is measured on a batch. */
interface Measured {
  readonly model: Model;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  readonly batchSize: number;
}

/**
 * One training step. Inputs: `input`, `target` [batch, channel, height, width] (`label` [batch] instead where the model compares labels, besides where it learns from both); the
 * random inputs; the optimizers' scalars (shape []), see `objectiveOptimizers`. Outputs: `objective`, the parts and the metrics that are measured in training, all
 * scalars. Updates: parameters, slots, buffers. All objectives are differentiated at the same parameters; then each optimizer takes its step.
 * @throws UserError where a layer refuses the batch, as batch norm does a single value per channel
 */
export function trainingProgram(options: Measured & { readonly optimizer: Optimizers }): Program {
  const { forward, context, trained } = backward(options);
  const updates = context.graph.within("optimizer", () => optimizerUpdates(context.graph, trained));
  return runPasses(
    program({
      name: `train ${options.batchSize}`,
      outputs: forward.outputs,
      updates: { ...forward.updates, ...updates },
      randomInputs: forward.randomInputs,
    }),
  );
}

/** What a batch is of its step: all of it, the first of several batches, or one after the first. */
export type PartOfStep = "whole" | "first" | "further";

/**
 * The first half of a training step: inputs and outputs as a training step without the optimizer's, but parameters and slots stay. The
 * states `gradient.NAME` become the gradient of a batch that is the whole step; of a step's first batch its gradient times the
 * scalar input `gradient.share`, the batch's part of the step's images; further batches add theirs, so that a step's gradient is
 * the mean over all its images.
 * @throws UserError as `trainingProgram`
 */
export function gradientProgram(
  options: Measured & { readonly optimizer: Optimizers; readonly part?: PartOfStep },
): Program {
  const { model, part = "whole" } = options;
  const { forward, context, trained } = backward(options);
  const { add, input, state, within } = context.graph;
  const collected = (slope: Value, name: string): Value => {
    if (part === "whole") return slope;
    const shared = add(ops.mul, [slope, input("gradient.share", [])], {});
    return part === "first" ? shared : add(ops.add, [state(name, slope.shape), shared], {});
  };
  const gradientsOf = within("gradient", () =>
    trained.flatMap(({ slopes }) =>
      slopes.flatMap(({ parameter, slope }): [string, Value][] => {
        const name = gradientName(parameter.name);
        // Zeros where the objective does not depend on it, so that every gradient is written in every step.
        const zeros = () => add(ops.fill, [], { shape: parameter.shape, value: 0 });
        return [[name, slope === null ? zeros() : collected(slope, name)]];
      }),
    ),
  );
  return runPasses(
    program({
      name: `gradient ${options.batchSize}${part === "whole" ? "" : ` ${part}`}`,
      outputs: forward.outputs,
      updates: Object.fromEntries([...ofBatches(model, forward.updates), ...gradientsOf]),
      randomInputs: forward.randomInputs,
    }),
  );
}

/**
 * The second half: parameters and slots after a step whose gradient lies in the states `gradient.NAME`, clipped here where the
 * optimizer clips. Inputs: the optimizer's scalars. Outputs: none. The same for every size of a batch.
 */
export function applyProgram(options: Measured & { readonly optimizer: Optimizers }): Program {
  const { model } = options;
  const { forward, context, trained } = backward(options);
  const { graph } = context;
  const kept = trained.map(({ slopes, ...objective }) => ({
    ...objective,
    slopes: slopes.map(({ parameter, variable, slope }) => {
      const gradient = slope === null ? null : graph.state(gradientName(parameter.name), parameter.shape);
      return { parameter, variable, slope: gradient };
    }),
  }));
  const updates = graph.within("optimizer", () => optimizerUpdates(graph, kept));
  const batches = new Set(ofBatches(model, forward.updates).map(([name]) => name));
  const ofSteps = Object.entries(forward.updates).filter(([name]) => !batches.has(name));
  return runPasses(program({ name: "apply", outputs: {}, updates: { ...Object.fromEntries(ofSteps), ...updates } }));
}

/** New values of buffers that change with every batch, and not with every step. */
function ofBatches({ buffers }: Model, updates: Readonly<Record<string, Value>>): readonly [string, Value][] {
  const byStep = new Set(buffers.filter(({ changesByStep }) => changesByStep).map(({ name }) => name));
  return Object.entries(updates).filter(([name]) => !byStep.has(name));
}

/** An objective that is differentiated: each of its parameters with its state's value and its gradient, null where the objective does not depend on it. */
interface Differentiated {
  readonly optimizer: ObjectiveOptimizer;
  readonly slopes: readonly {
    readonly parameter: ParameterSpec;
    readonly variable: Value;
    readonly slope: Value | null;
  }[];
}

/** Forward and backward pass of a batch in training mode. */
function backward(options: Measured & { readonly optimizer: Optimizers }) {
  const { model } = options;
  const context = buildContext("training");
  const written = program({
    name: "forward",
    outputs: figures(options, context),
    updates: context.updates,
    randomInputs: context.randomInputs,
  });
  const forward = foldUpsampling(biasBeforeBatchNorm(written));
  const states = statesOf(forward);
  const trained = objectiveOptimizers(model, options.optimizer).map((optimizer): Differentiated => {
    const value = forward.outputs[optimizer.objective];
    if (value === undefined) {
      throw new UserError(`the model gives no value for its objective ${optimizer.objective}`, { at: "model" });
    }
    const { parameters } = optimizer;
    const variables = parameters.map(({ name, shape }) => states.get(name) ?? context.graph.state(name, shape));
    const found = gradients(value, variables);
    return {
      optimizer,
      slopes: parameters.map((parameter, i) => ({ parameter, variable: variables[i], slope: found[i] ?? null })),
    };
  });
  return { forward, context, trained };
}

/**
 * Inference mode. Inputs: `input`, `target` or `label` (or both, as the model says) and random inputs; outputs: `objective`, parts, metrics (scalars, means
 * over the batch).
 * @param options.average with the moving average of the weights in place of the weights
 */
export function evaluationProgram(options: Measured & { readonly average?: boolean }): Program {
  const { average = false } = options;
  return inferenceProgram(`evaluate ${options.batchSize}`, (context) => figures(options, context), { average });
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

/**
 * As `encodeProgram`; of a variational model `mean` (which is the code) and `logVariance` too, [batch, …codeShape].
 * @param judgedBy the batch by which it is judged what is fast, where the same form is wanted for several. Default `batchSize`
 */
export function posteriorProgram(model: Model, batchSize: number, judgedBy = batchSize): Program {
  const outputs = (context: BuildContext): Record<string, Value> => {
    const input = context.graph.input("input", [batchSize, ...model.inputShape]);
    const found = model.posterior?.(context, input);
    return found === undefined ? { code: model.encode(context, input) } : { code: found.mean, ...found };
  };
  return inferenceProgram(`encode ${batchSize}`, outputs, { judgedBy });
}

/**
 * Inference mode: `code` [batch, …codeShape] to `reconstruction` [batch, channel, height, width].
 * @param judgedBy as in `posteriorProgram`
 */
export function decodeProgram(model: Model, batchSize: number, judgedBy = batchSize): Program {
  const decode = decoderOf(model);
  const outputs = (context: BuildContext): Record<string, Value> => ({
    reconstruction: decode(context, context.graph.input("code", [batchSize, ...model.codeShape])),
  });
  return inferenceProgram(`decode ${batchSize}`, outputs, { judgedBy });
}

/** Inference mode: `input` to `code` and `reconstruction`. @param average as in `evaluationProgram` */
export function reconstructProgram(model: Model, batchSize: number, average = false): Program {
  const decode = decoderOf(model);
  const outputs = (context: BuildContext): Record<string, Value> => {
    const code = model.encode(context, context.graph.input("input", [batchSize, ...model.inputShape]));
    return { code, reconstruction: decode(context, code) };
  };
  return inferenceProgram(`reconstruct ${batchSize}`, outputs, { average });
}

function buildContext(mode: Mode): BuildContext {
  return { graph: graphBuilder(), mode, updates: {}, randomInputs: [] };
}

function inferenceProgram(
  name: string,
  outputs: (context: BuildContext) => Readonly<Record<string, Value>>,
  { average = false, judgedBy }: { readonly average?: boolean; readonly judgedBy?: number } = {},
): Program {
  const context: BuildContext = { ...buildContext("inference"), average };
  const written = program({ name, outputs: outputs(context), randomInputs: context.randomInputs });
  return runPasses(foldUpsampling(written, judgedBy));
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
  for (const [name, value] of Object.entries(found.objectives ?? {})) {
    if (outputs[name] !== undefined && outputs[name] !== value) {
      throw new UserError(`an objective and another figure of the model are both called ${name}`, { at: "model" });
    }
    outputs[name] = value;
  }
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

/** New values of all trained parameters and their slots, by state name. */
function optimizerUpdates(graph: GraphBuilder, trained: readonly Differentiated[]): Record<string, Value> {
  return Object.fromEntries(trained.flatMap((objective) => Object.entries(objectiveUpdates(graph, objective))));
}

function objectiveUpdates(graph: GraphBuilder, { optimizer: how, slopes }: Differentiated): Record<string, Value> {
  const { optimizer, options } = how;
  const scalars: Record<string, Value> = {};
  for (const name of Object.keys(optimizer.scalars(options, 1, 0))) {
    scalars[name] = graph.input(how.scalarName(name), []);
  }
  // Every optimizer's options have the shared ones.
  const shared = options as SharedOptions;
  // What the objective does not depend on has gradient 0: a bias that batch norm takes away again, an unused layer.
  const known = clipped(
    slopes.flatMap(({ slope }) => (slope === null ? [] : [slope])),
    shared,
    graph.add,
  );
  let next = 0;
  const updates: Record<string, Value> = {};
  for (const { parameter, variable, slope } of slopes) {
    const { name, shape } = parameter;
    const slots: Record<string, Value> = {};
    for (const entry of slotEntries(parameter, { optimizer, options })) {
      slots[entry.slot] = graph.state(entry.name, entry.shape);
    }
    const gradient = (slope === null ? undefined : known[next++]) ?? graph.add(ops.fill, [], { shape, value: 0 });
    const after = optimizer.update(
      optionsFor(shared, parameter),
      { parameter: variable, gradient, slots, scalars: scalarsFor(scalars, shared, parameter, graph.add) },
      graph.addAll,
    );
    updates[name] = after.parameter;
    for (const [slot, value] of Object.entries(after.slots)) updates[slotName(optimizer.name, slot, name)] = value;
  }
  return updates;
}

// The programs that a model needs: training step, evaluation, encode, decode, reconstruct.
import { InternalError } from "../base/errors.js";
import {
  biasBeforeBatchNorm,
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
import type { Loss } from "./losses/define.js";
import type { Metric } from "./metrics/define.js";
import type { BuildContext, Model, ParameterSpec } from "./models/define.js";
import { type ConfiguredOptimizer, slotName } from "./state.js";

export { type ConfiguredOptimizer, type ModelStateEntry, modelState } from "./state.js";

/** What is measured on a batch. */
interface Measured {
  readonly model: Model;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  readonly batchSize: number;
}

/**
 * One training step. Inputs: `input`, `target` [batch, channel, height, width]; the random inputs; `optimizer.NAME` scalars
 * (shape []). Outputs: `objective`, the parts and the metrics, all scalars. Updates: parameters, slots, buffers.
 * @throws UserError where a layer refuses the batch, as batch norm does a single value per channel
 */
export function trainingProgram(options: Measured & { readonly optimizer: ConfiguredOptimizer }): Program {
  const { model, optimizer } = options;
  const context = buildContext("training");
  const forward = biasBeforeBatchNorm(
    program({
      name: "forward",
      outputs: figures(options, context),
      updates: context.updates,
      randomInputs: context.randomInputs,
    }),
  );
  const { objective } = forward.outputs;
  if (objective === undefined) throw new InternalError("the forward program lost its objective");

  const states = statesOf(forward);
  const trainable = model.parameters.filter((parameter) => parameter.trainable);
  const variables = trainable.map(({ name, shape }) => states.get(name) ?? context.graph.state(name, shape));
  const slopes = gradients(objective, variables);
  const updates = context.graph.within("optimizer", () =>
    optimizerUpdates(context.graph, optimizer, trainable, variables, slopes),
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

/** Inference mode. Inputs: `input`, `target`; outputs: `objective`, parts, metrics (scalars, means over the batch). */
export function evaluationProgram(options: Measured): Program {
  return inferenceProgram(`evaluate ${options.batchSize}`, (context) => figures(options, context));
}

/** Inference mode: `input` [batch, channel, height, width] to `code` [batch, …codeShape]. */
export function encodeProgram(model: Model, batchSize: number): Program {
  return inferenceProgram(`encode ${batchSize}`, (context) => ({
    code: model.encode(context, context.graph.input("input", [batchSize, ...model.inputShape])),
  }));
}

/** Inference mode: `code` [batch, …codeShape] to `reconstruction` [batch, channel, height, width]. */
export function decodeProgram(model: Model, batchSize: number): Program {
  return inferenceProgram(`decode ${batchSize}`, (context) => ({
    reconstruction: model.decode(context, context.graph.input("code", [batchSize, ...model.codeShape])),
  }));
}

/** Inference mode: `input` to `code` and `reconstruction`. */
export function reconstructProgram(model: Model, batchSize: number): Program {
  return inferenceProgram(`reconstruct ${batchSize}`, (context) => {
    const code = model.encode(context, context.graph.input("input", [batchSize, ...model.inputShape]));
    return { code, reconstruction: model.decode(context, code) };
  });
}

function buildContext(mode: Mode): BuildContext {
  return { graph: graphBuilder(), mode, updates: {}, randomInputs: [] };
}

function inferenceProgram(name: string, outputs: (context: BuildContext) => Readonly<Record<string, Value>>): Program {
  const context = buildContext("inference");
  return runPasses(program({ name, outputs: outputs(context), randomInputs: context.randomInputs }));
}

/** The objective, its parts and the metrics by name. An objective of one part has the loss as its part. */
function figures({ model, loss, metrics, batchSize }: Measured, context: BuildContext): Record<string, Value> {
  const { add, input, within } = context.graph;
  const shape = [batchSize, ...model.inputShape];
  const target = input("target", shape);
  const { objective, parts, reconstruction } = model.objective(
    context,
    input("input", shape),
    target,
    (prediction, of) => within("loss", () => loss.build(prediction, of, add)),
  );
  const single = Object.keys(parts).length === 0 ? { [loss.name]: objective } : parts;
  const outputs: Record<string, Value> = { objective, ...single };
  for (const metric of metrics) {
    outputs[metric.name] ??= within("metrics", () => metric.build(reconstruction, target, add));
  }
  return outputs;
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
  const updates: Record<string, Value> = {};
  parameters.forEach(({ name, shape }, i) => {
    const slots: Record<string, Value> = {};
    for (const slot of optimizer.slots(options)) slots[slot] = graph.state(slotName(optimizer.name, slot, name), shape);
    // What the objective does not depend on has gradient 0: a bias that batch norm takes away again, an unused layer.
    const gradient = slopes[i] ?? graph.add(ops.fill, [], { shape, value: 0 });
    const after = optimizer.update(options, { parameter: variables[i], gradient, slots, scalars }, graph.addAll);
    updates[name] = after.parameter;
    for (const [slot, value] of Object.entries(after.slots)) updates[slotName(optimizer.name, slot, name)] = value;
  });
  return updates;
}

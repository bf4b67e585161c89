// Optimizer updates as ONNX operators.
import { InternalError } from "../../base/errors.js";
import {
  type AttributesOf,
  type Node,
  type UpdateOperands,
  updateNamed,
  updateOperands,
  updateResults,
} from "../../tensor/index.js";
import type { UpdateLowering } from "../engine.js";
import type { Graph } from "./graph.js";

/** What the row of an update speaks to. */
interface Step {
  readonly graph: Graph;
  /** Adds the operator of the parameter after the step. */
  parameter(operator: string, from: readonly string[]): void;
  /** Adds the operator of a slot after the step and gives its name. */
  slot(name: string, operator: string, from: readonly string[]): string;
}

/** The row of every update in the table of all ops. */
export function updateRow(node: Node, graph: Graph): void {
  const op = updateNamed(node.op);
  if (op === undefined) throw new InternalError(`${node.op} is no update`);
  const results = updateResults(op, node);
  const step: Step = {
    graph,
    parameter: (operator, from) => graph.give(results.parameter, operator, from),
    slot(name, operator, from) {
      graph.give(results.slot(name), operator, from);
      return graph.read(results.slot(name));
    },
  };
  const row = rows[op.name as keyof typeof rows] as (operands: unknown, attributes: unknown, step: Step) => void;
  row(
    updateOperands(op, node, (value) => graph.read(value)),
    node.attributes,
    step,
  );
}

const times = (graph: Graph, name: string, factor: number): string =>
  factor === 1 ? name : graph.op("Mul", [name, graph.number(factor)]);

const rows: UpdateLowering<string, Step> = {
  adam(operands, attributes, step) {
    step.parameter("Sub", [operands.parameter, adamWay(operands, attributes, step)]);
  },
  adamw(operands, attributes, step) {
    const { graph } = step;
    const way = adamWay(operands, attributes, step);
    const kept = graph.op("Sub", [graph.number(1), operands.scalar("decay")]);
    step.parameter("Sub", [graph.op("Mul", [operands.parameter, kept]), way]);
  },
  rmsprop({ parameter, gradient, slot, scalar }, { alpha, epsilon, momentum }, step) {
    const { graph } = step;
    const squared = graph.op("Mul", [times(graph, gradient, 1 - alpha), gradient]);
    const mean = step.slot("meanSquare", "Add", [times(graph, slot("meanSquare"), alpha), squared]);
    const size = graph.op("Add", [graph.op("Sqrt", [mean]), graph.number(epsilon)]);
    const own = graph.op("Div", [gradient, size]);
    const direction =
      momentum === 0 ? own : step.slot("momentumBuffer", "Add", [times(graph, slot("momentumBuffer"), momentum), own]);
    step.parameter("Sub", [parameter, graph.op("Mul", [scalar("learningRate"), direction])]);
  },
  sgd({ parameter, gradient: slope, slot, scalar }, { momentum, dampening, nesterov, weightDecay }, step) {
    const { graph } = step;
    const gradient = weightDecay === 0 ? slope : graph.op("Add", [slope, times(graph, parameter, weightDecay)]);
    const goDown = (direction: string): void =>
      step.parameter("Sub", [parameter, graph.op("Mul", [scalar("learningRate"), direction])]);
    if (momentum === 0) {
      goDown(gradient);
      return;
    }
    // On the first step the buffer becomes the gradient undampened.
    const buffer = times(graph, slot("momentumBuffer"), momentum);
    const later = graph.op("Add", [buffer, times(graph, gradient, 1 - dampening)]);
    const isFirst = graph.op("Greater", [scalar("first"), graph.number(0.5)]);
    const velocity = step.slot("momentumBuffer", "Where", [isFirst, gradient, later]);
    goDown(nesterov ? graph.op("Add", [gradient, times(graph, velocity, momentum)]) : velocity);
  },
};

/** What Adam goes, from moments that it moves. */
function adamWay(
  { gradient, slot, scalar }: UpdateOperands<string, "firstMoment" | "secondMoment", "stepSize" | "epsilon">,
  { beta1, beta2 }: AttributesOf<"adam">,
  step: Step,
): string {
  const { graph } = step;
  const first = [times(graph, slot("firstMoment"), beta1), times(graph, gradient, 1 - beta1)];
  const newFirst = step.slot("firstMoment", "Add", first);
  const squared = graph.op("Mul", [times(graph, gradient, 1 - beta2), gradient]);
  const newSecond = step.slot("secondMoment", "Add", [times(graph, slot("secondMoment"), beta2), squared]);
  const divisor = graph.op("Add", [graph.op("Sqrt", [newSecond]), scalar("epsilon")]);
  return graph.op("Mul", [graph.op("Div", [newFirst, divisor]), scalar("stepSize")]);
}

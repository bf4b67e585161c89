// Optimizer updates as ONNX operators.
import { InternalError } from "../../base/errors.js";
import type { AttributesOf, Node } from "../../tensor/index.js";
import { valuesOf } from "../../tensor/index.js";
import type { Graph } from "./graph.js";

/** The row of every update. */
export function updateRow(node: Node, graph: Graph): void {
  const inputs = node.inputs.map(graph.read);
  const results = valuesOf(node);
  const give: Give = (index, operator, from) => {
    graph.give(results[index], operator, from);
    return graph.read(results[index]);
  };
  if (node.op === "adam" || node.op === "adamw") adam(graph, node.attributes as AttributesOf<"adam">, inputs, give);
  else if (node.op === "rmsprop") rmsprop(graph, node.attributes as AttributesOf<"rmsprop">, inputs, give);
  else if (node.op === "sgd") sgd(graph, node.attributes as AttributesOf<"sgd">, inputs, give);
  else throw new InternalError(`${node.op} is no update`);
}

/** Adds the operator of a result (0 the parameter, then its slots) and gives its name. */
type Give = (index: number, operator: string, from: readonly string[]) => string;

function adam(
  graph: Graph,
  { beta1, beta2 }: AttributesOf<"adam">,
  [w, g, m, v, stepSize, epsilon, decay]: readonly string[],
  give: Give,
): void {
  const times = (name: string, factor: number): string => graph.op("Mul", [name, graph.number(factor)]);
  const newM = give(1, "Add", [times(m, beta1), times(g, 1 - beta1)]);
  const newV = give(2, "Add", [times(v, beta2), graph.op("Mul", [times(g, 1 - beta2), g])]);
  const divisor = graph.op("Add", [graph.op("Sqrt", [newV]), epsilon]);
  // Only adamw has a decay.
  const kept = decay === undefined ? w : graph.op("Mul", [w, graph.op("Sub", [graph.number(1), decay])]);
  give(0, "Sub", [kept, graph.op("Mul", [graph.op("Div", [newM, divisor]), stepSize])]);
}

function rmsprop(
  graph: Graph,
  { alpha, epsilon, momentum }: AttributesOf<"rmsprop">,
  inputs: readonly string[],
  give: Give,
): void {
  const times = (name: string, factor: number): string => graph.op("Mul", [name, graph.number(factor)]);
  const [w, g, v] = inputs;
  const newV = give(1, "Add", [times(v, alpha), graph.op("Mul", [times(g, 1 - alpha), g])]);
  const own = graph.op("Div", [g, graph.op("Add", [graph.op("Sqrt", [newV]), graph.number(epsilon)])]);
  const direction = momentum === 0 ? own : give(2, "Add", [times(inputs[3], momentum), own]);
  give(0, "Sub", [w, graph.op("Mul", [inputs[momentum === 0 ? 3 : 4], direction])]);
}

function sgd(
  graph: Graph,
  { momentum, dampening, nesterov, weightDecay }: AttributesOf<"sgd">,
  inputs: readonly string[],
  give: Give,
): void {
  const times = (name: string, factor: number): string =>
    factor === 1 ? name : graph.op("Mul", [name, graph.number(factor)]);
  const [w, g] = inputs;
  const gradient = weightDecay === 0 ? g : graph.op("Add", [g, times(w, weightDecay)]);
  if (momentum === 0) {
    give(0, "Sub", [w, graph.op("Mul", [inputs[2], gradient])]);
    return;
  }
  const [, , buffer, learningRate, first] = inputs;
  // On the first step the buffer becomes the gradient undampened.
  const later = graph.op("Add", [times(buffer, momentum), times(gradient, 1 - dampening)]);
  const isFirst = graph.op("Greater", [first, graph.number(0.5)]);
  const velocity = give(1, "Where", [isFirst, gradient, later]);
  const direction = nesterov ? graph.op("Add", [gradient, times(velocity, momentum)]) : velocity;
  give(0, "Sub", [w, graph.op("Mul", [learningRate, direction])]);
}

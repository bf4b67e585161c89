// Removes nodes that neither an output nor an update needs, and the draws of random inputs that went with them.
import { type Program, topologicalOrder } from "../graph.js";

export function deadNodes(program: Program): Program {
  const needed = new Set(topologicalOrder([...Object.values(program.outputs), ...Object.values(program.updates)]));
  const nodes = program.nodes.filter((node) => needed.has(node));
  const inputs = new Set(
    nodes.filter(({ op }) => op === "input").map(({ attributes }) => (attributes as { readonly name: string }).name),
  );
  return { ...program, nodes, randomInputs: program.randomInputs.filter(({ name }) => inputs.has(name)) };
}

// What a valid program is. Runs after every pass, so that a wrong graph stops at the pass that made it.
import { InternalError, ShapeError } from "../base/errors.js";
import { type Program, valuesOf } from "./graph.js";
import { listText } from "./ops/checks.js";
import type { Node, Shape, Value } from "./ops/define.js";
import { sameShape } from "./ops/define.js";
import { isOpName, opNamed } from "./ops/index.js";

/**
 * Gives the program back if it is valid:
 * 1. every node's op is known, and the node stands in the list once;
 * 2. every input, output and update is a value of a node in the list, and inputs come from nodes before;
 * 3. sizes are whole numbers of 1 or more, and shapes and types are what the op says they are;
 * 4. an `index` flows only from an op into that op's own gradient, and is neither output nor update;
 * 5. no two inputs have one name, and no two states;
 * 6. an update has the shape of the state that it replaces, and a random input the shape of its input.
 * @throws InternalError that names the node
 */
export function verify(program: Program): Program {
  const fail = (what: string): never => {
    throw new InternalError(`program ${program.name}: ${what}`);
  };
  const places = new Map<Node, number>();
  const leaves = new Map<string, Node>();

  program.nodes.forEach((node, place) => {
    const here = nodeText(node, place);
    if (places.has(node)) fail(`${here} stands in the list twice`);
    if (!isOpName(node.op)) fail(`${here} has an unknown op`);
    node.inputs.forEach((value, i) => {
      if (!places.has(value.node)) fail(`${here} uses ${value.node.op} (input ${i}), which does not come before it`);
      if (valuesOf(value.node)[value.output] !== value)
        fail(`${here} has as input ${i} a value that its node does not give`);
      if (value.type === "index" && node.op !== `${value.node.op}Gradient`) {
        fail(`${here} uses the places that ${value.node.op} noted, which only ${value.node.op}Gradient can read`);
      }
    });
    for (const shape of node.shapes) {
      if (!shape.every((length) => Number.isInteger(length) && length >= 1)) {
        fail(`${here} has the shape ${listText(shape)}`);
      }
    }
    verifyAgainstOp(node, here, fail);
    if (node.op === "input" || node.op === "state") {
      const key = leafKey(node);
      if (leaves.has(key)) fail(`${here} is the second ${key}`);
      leaves.set(key, node);
    }
    places.set(node, place);
  });

  const verifyResult = (what: string, value: Value): void => {
    if (!places.has(value.node)) fail(`${what} is computed by ${value.node.op}, which is not in the list`);
    if (valuesOf(value.node)[value.output] !== value) fail(`${what} is a value that its node does not give`);
    if (value.type !== "float") fail(`${what} is of type ${value.type}`);
  };
  for (const [name, value] of Object.entries(program.outputs)) verifyResult(`output ${name}`, value);
  for (const [name, value] of Object.entries(program.updates)) {
    verifyResult(`update of ${name}`, value);
    const replaced = leaves.get(`state ${name}`)?.shapes[0];
    if (replaced !== undefined && !sameShape(replaced, value.shape)) {
      fail(`update of ${name} has the shape ${listText(value.shape)}, the state ${listText(replaced)}`);
    }
  }
  for (const { name, shape } of program.randomInputs) {
    const drawn = leaves.get(`input ${name}`)?.shapes[0];
    if (drawn !== undefined && !sameShape(drawn, shape)) {
      fail(`random input ${name} is drawn as ${listText(shape)}, the input is ${listText(drawn)}`);
    }
  }
  return program;
}

function verifyAgainstOp(node: Node, here: string, fail: (what: string) => never): void {
  const op = opNamed(node.op);
  let shapes: readonly Shape[];
  try {
    shapes = op.shapes(
      node.inputs.map(({ shape }) => shape),
      node.attributes,
    );
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    fail(`${here}: ${error.message}`);
  }
  const fits = shapes.length === node.shapes.length && shapes.every((shape, i) => sameShape(shape, node.shapes[i]));
  if (!fits) fail(`${here} should be ${shapes.map(listText).join(", ")}, is ${node.shapes.map(listText).join(", ")}`);
  const types = op.types ?? shapes.map(() => "float");
  if (node.types.join() !== types.join()) fail(`${here} should be of type ${types.join()}, is of ${node.types.join()}`);
}

/** The name of a leaf; its attributes are of the leaf ops' type. */
function leafKey(node: Node): string {
  return `${node.op} ${(node.attributes as { readonly name: string }).name}`;
}

function nodeText({ op, place }: Node, position: number): string {
  return `node ${position} ${op}${place === "" ? "" : ` of ${place}`}`;
}

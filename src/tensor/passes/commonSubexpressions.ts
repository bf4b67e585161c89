// Computes once what is written twice: nodes with equal op, attributes and inputs. All ops are pure, and random numbers
// are inputs, so equal nodes give equal values.
import type { Program } from "../graph.js";
import { valuesOf } from "../graph.js";
import type { Node, Value } from "../ops/define.js";
import { rewrite } from "./rewrite.js";

export function commonSubexpressions(program: Program): Program {
  const numbers = new Map<Value, number>();
  const numberOf = (value: Value): number => {
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
  const known = new Map<string, Node>();
  return rewrite(program, (node) => {
    const key = `${node.op} ${node.inputs.map(numberOf).join(",")} ${canonicalText(node.attributes)}`;
    const twin = known.get(key);
    if (twin !== undefined) return valuesOf(twin);
    known.set(key, node);
    return null;
  });
}

/** The attributes as text that does not depend on the order of their names; −0 and numbers that are not finite stay apart. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, inner]) => `${name}:${canonicalText(inner)}`).join(",")}}`;
  }
  if (Object.is(value, -0)) return "-0";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

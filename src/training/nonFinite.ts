// Finds where the first number that is not finite came from: one step again, with every value of its program given out.
import type { Executable, Inputs, Session } from "../engines/engine.js";
import type { Tensors } from "../formats/safetensors.js";
import { type Program, program, type Value, valuesOf } from "../tensor/index.js";

/** The first op, in the order of computation, that gave a number that is not finite. */
export interface NonFiniteOrigin {
  readonly op: string;
  /** The layer: `encoder[3] elu`; empty outside layers. */
  readonly place: string;
  /** NaN, Infinity or -Infinity. */
  readonly value: number;
  /** The state that held it before the step, where it was there already: the step before made it. */
  readonly state?: string;
}

/**
 * @param inputs of the step that gave a figure that is not finite; the session's state is that before this step and is
 * left as it is
 * @returns undefined if every value of the step is finite
 */
export async function nonFiniteOrigin(
  session: Session,
  step: Program,
  inputs: Inputs,
): Promise<NonFiniteOrigin | undefined> {
  const updated = new Set(Object.values(step.updates));
  // The new state is looked at by itself: giving it out would keep an engine from updating in place.
  const values = step.nodes
    .flatMap((node) => valuesOf(node))
    .filter((value) => value.type === "float" && !updated.has(value) && value.node.op !== "input");
  const named: Record<string, Value> = {};
  values.forEach((value, i) => {
    named[String(i)] = value;
  });
  const executable: Executable = await session.compile(program({ name: "check", outputs: named }));
  try {
    const outputs = await executable.run(inputs);
    for (const [i, { node }] of values.entries()) {
      const value = outputs[String(i)]?.find((number) => !Number.isFinite(number));
      if (value === undefined) continue;
      const { name } = node.attributes as { readonly name?: string };
      return {
        op: node.op,
        place: node.place,
        value,
        ...(node.op === "state" && name !== undefined ? { state: name } : {}),
      };
    }
    return undefined;
  } finally {
    executable.dispose();
  }
}

/** `the first such number came from elu in encoder[3] elu` */
export function describeOrigin({ op, place, value, state }: NonFiniteOrigin): string {
  if (state !== undefined) return `the first such number, ${value}, was in ${state} after the update before it`;
  return `the first such number, ${value}, came from ${op}${place === "" ? "" : ` in ${place}`}`;
}

/** The first tensor that holds something that is not finite, and what. */
export function nonFiniteTensor(tensors: Tensors): { readonly name: string; readonly value: number } | undefined {
  for (const [name, { data }] of Object.entries(tensors)) {
    if (!(data instanceof Float32Array)) continue;
    const value = data.find((number) => !Number.isFinite(number));
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

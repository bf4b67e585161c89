// For tests: one parameter under an optimizer, gradients given.
import { graphBuilder, program, type Shape, sizeOf, type Value } from "../../tensor/index.js";
import { readOptimizer } from "../optimizers/index.js";
import { slotEntries } from "../state.js";
import { evaluate } from "./evaluate.js";

/** The parameter after one step for each gradient. @param shape of the parameter; a vector by default */
export async function optimize(
  spec: unknown,
  first: readonly number[],
  gradients: readonly (readonly number[])[],
  shape: Shape = [first.length],
): Promise<readonly number[]> {
  const { optimizer, options } = readOptimizer(spec);
  const kept = slotEntries({ name: "w", shape }, { optimizer, options });
  let values: Record<string, readonly number[]> = { parameter: first };
  for (const { slot, shape, values: first } of kept) values[slot] = [...(first ?? new Float32Array(sizeOf(shape)))];
  for (const [i, gradient] of gradients.entries()) {
    const { input, state, addAll } = graphBuilder();
    const numbers = optimizer.scalars(options, i + 1, options.learningRate);
    const scalars = Object.fromEntries(
      Object.keys(numbers).map((name): [string, Value] => [name, input(`optimizer.${name}`, [])]),
    );
    const slots = Object.fromEntries(kept.map(({ slot, shape }): [string, Value] => [slot, state(slot, shape)]));
    const after = optimizer.update(
      options,
      { parameter: state("parameter", shape), gradient: input("gradient", shape), slots, scalars },
      addAll,
    );
    const given = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`optimizer.${name}`, [value]]));
    const step = program({ name: "step", outputs: {}, updates: { parameter: after.parameter, ...after.slots } });
    // What no step changes, such as a basis, stays.
    values = { ...values, ...evaluate(step, { ...values, ...given, gradient }).updates };
    const read = async (slot: string): Promise<Float64Array> => Float64Array.from(values[slot] ?? []);
    const changed = await optimizer.refresh?.(options, shape, i + 1, read);
    for (const [slot, numbers] of Object.entries(changed ?? {})) values[slot] = [...numbers];
  }
  return values.parameter ?? [];
}

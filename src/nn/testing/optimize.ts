// For tests: one parameter under an optimizer, gradients given.
import { graphBuilder, program, type Value } from "../../tensor/index.js";
import { readOptimizer } from "../optimizers/index.js";
import { evaluate } from "./evaluate.js";

/** The parameter after one step for each gradient. */
export function optimize(
  spec: unknown,
  first: readonly number[],
  gradients: readonly (readonly number[])[],
): readonly number[] {
  const { optimizer, options } = readOptimizer(spec);
  const shape = [first.length];
  let values: Record<string, readonly number[]> = { parameter: first };
  for (const slot of optimizer.slots(options)) values[slot] = first.map(() => 0);
  gradients.forEach((gradient, i) => {
    const { input, state, addAll } = graphBuilder();
    const numbers = optimizer.scalars(options, i + 1, options.learningRate);
    const scalars = Object.fromEntries(
      Object.keys(numbers).map((name): [string, Value] => [name, input(`optimizer.${name}`, [])]),
    );
    const slots = Object.fromEntries(
      optimizer.slots(options).map((slot): [string, Value] => [slot, state(slot, shape)]),
    );
    const after = optimizer.update(
      options,
      { parameter: state("parameter", shape), gradient: input("gradient", shape), slots, scalars },
      addAll,
    );
    const given = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`optimizer.${name}`, [value]]));
    const step = program({ name: "step", outputs: {}, updates: { parameter: after.parameter, ...after.slots } });
    values = { ...evaluate(step, { ...values, ...given, gradient }).updates };
  });
  return values.parameter ?? [];
}

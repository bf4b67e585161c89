// What the golden tests share: reading fixtures, the engines that open, and what "equal" means.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Engine, EngineName } from "../../src/engines/engine.js";
import { engineNames, openEngine } from "../../src/engines/index.js";
import { decodeSafetensors } from "../../src/formats/safetensors.js";

export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}
export type FixtureTensors = Readonly<Record<string, FixtureTensor>>;

const pathOf = (file: string): URL => new URL(`./fixtures/${file}`, import.meta.url);

/** All tensors of a fixture as float64, whatever they are written as. */
export function readTensors(name: string): FixtureTensors {
  const file = `${name}.safetensors`;
  const { tensors } = decodeSafetensors(readFileSync(pathOf(file)), file);
  return Object.fromEntries(
    Object.entries(tensors).map(([key, { shape, data }]) => [key, { shape, values: Float64Array.from(data, Number) }]),
  );
}

export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(pathOf(`${name}.json`), "utf8"));
}

/** A tensor that must be there: a fixture that lacks it is a mistake of its script. */
export function tensor(tensors: FixtureTensors, name: string): FixtureTensor {
  const found = tensors[name];
  if (found === undefined) throw new Error(`the fixture has no tensor ${name}`);
  return found;
}

/** The tensors below a prefix, by what follows it. */
export function below(tensors: FixtureTensors, prefix: string): readonly [name: string, tensor: FixtureTensor][] {
  return Object.entries(tensors)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value]);
}

/** An engine to hold against the fixtures, or why it does not open. */
export interface Candidate {
  readonly name: EngineName;
  readonly isExact: boolean;
  /** Not to be tested: it does not open here. With CI=true a missing engine fails instead. */
  readonly isMissing: boolean;
  open(): Promise<Engine>;
}

/** Every engine of Isthmus. `reference` computes in float64, all others in float32. */
export const candidates: readonly Candidate[] = await Promise.all(
  engineNames.map(async (name): Promise<Candidate> => {
    const opening = await openEngine(name).then(
      (engine) => ({ engine }),
      (error: unknown) => ({ error }),
    );
    return {
      name,
      isExact: name === "reference",
      isMissing: "error" in opening && process.env.CI !== "true",
      async open() {
        if ("error" in opening) throw opening.error;
        return opening.engine;
      },
    };
  }),
);

/** The engine's own array for an input: float64 stays exact where the engine can hold it. */
export function inputFor({ isExact }: Candidate, values: ArrayLike<number>): Float32Array | Float64Array {
  return isExact ? Float64Array.from(values) : Float32Array.from(values);
}

export function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i] ?? Number.NaN));
  return result;
}

/** The largest difference between two arrays of one length; NaN where either has one. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let result = 0;
  for (let i = 0; i < expected.length; i++) {
    result = Math.max(result, Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)));
  }
  return result;
}

/** No element differs by more than `tolerance` times the largest of the expected ones (and `more`, where given). */
export function expectClose(
  name: string,
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
  tolerance: number,
  more = 0,
): void {
  expect(actual, `${name} is there`).toBeDefined();
  const allowed = tolerance * largest(expected) + more;
  expect(largestDifference(actual ?? [], expected), `largest difference of ${name}`).toBeLessThanOrEqual(allowed);
}

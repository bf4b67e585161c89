// Every op's gradient rule against central differences, in float64 on the reference engine.
import { describe, expect, it } from "vitest";
import type { Executable } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { opNamed, ops } from "../../src/tensor/index.js";
import { type ContractCase, contractCases } from "./cases.js";

const cases = contractCases();

/**
 * Step of the differences. With D(h) = (f(x + h) − f(x − h)) / 2h, (4·D(h) − D(2h)) / 3 is the derivative but for
 * 4h⁴·f⁽⁵⁾/120 (Richardson) and for rounding of f, divided by h.
 */
const step = 1e-4;
/**
 * The most curved op on its cases' domain is ln p at p = 0.05: f⁽⁵⁾ = 24 / 0.05⁵ = 7.7·10⁷, times a weight below 4:
 * 4·10⁻¹⁶ · 3.1·10⁸ / 120 = 1.0·10⁻⁹.
 */
const truncation = 1.1e-9;

describe("ops", () => {
  it("have a case each, but for leaves", () => {
    const without = Object.keys(ops).filter((name) => opNamed(name).cases.length === 0);
    expect(without).toEqual(Object.keys(ops).filter((name) => opNamed(name).kind === "leaf"));
  });

  it("are listed under their own names", () => {
    for (const [name, op] of Object.entries(ops)) expect(op.name).toBe(name);
  });
});

describe("gradients equal central differences", () => {
  for (const contract of cases) {
    if (contract.backward !== null) it(contract.title, () => checkGradients(contract, contract.backward));
  }
});

async function checkGradients({ op, inputs, terms }: ContractCase, backward: ContractCase["backward"]): Promise<void> {
  if (backward === null) return;
  const session = await referenceEngine().open([]);
  const executable = await session.compile(backward);
  const outputs = await executable.run(inputs);
  const found = Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, Array.from(values)]));

  const variables = Object.keys(inputs).filter((name) => name.startsWith("x"));
  const expected = variables
    .map((_, i) => i)
    .filter((i) => !(opNamed(op).constantInputs ?? []).includes(i))
    .map((i) => `d${i}`);
  expect(Object.keys(found)).toEqual(["objective", ...expected]);

  for (const name of expected) {
    const variable = `x${name.slice(1)}`;
    for (let i = 0; i < inputs[variable].length; i++) {
      const near = await difference(executable, inputs, variable, i, step);
      const far = await difference(executable, inputs, variable, i, 2 * step);
      const derivative = (4 * near.slope - far.slope) / 3;
      // Each of f's values is wrong by at most terms · 2⁻⁵³ · magnitude; (4/3)/h + (1/3)/2h of that reaches the quotient.
      const rounding = (1.5 * terms * 2 ** -53 * Math.max(1, near.magnitude, far.magnitude)) / step;
      expect(Math.abs(found[name][i] - derivative), `${name}[${i}]`).toBeLessThanOrEqual(truncation + rounding);
    }
  }
  session.dispose();
}

async function difference(
  executable: Executable,
  inputs: ContractCase["inputs"],
  variable: string,
  index: number,
  h: number,
): Promise<{ slope: number; magnitude: number }> {
  const at = async (shift: number): Promise<number> => {
    const moved = inputs[variable].slice();
    moved[index] += shift;
    const { objective } = await executable.run({ ...inputs, [variable]: moved });
    return objective[0];
  };
  const [above, below] = [await at(h), await at(-h)];
  return { slope: (above - below) / (2 * h), magnitude: Math.max(Math.abs(above), Math.abs(below)) };
}

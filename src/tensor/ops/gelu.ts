// The Gaussian error linear unit (Hendrycks & Gimpel 2016), exact and by tanh, and its gradient from its input.
import { expectShape } from "./checks.js";
import { defineOp } from "./define.js";

export interface GeluAttributes {
  /** "none" is the definition by the normal distribution; "tanh" the paper's approximation, 5e-4 away at most. */
  readonly approximation: "none" | "tanh";
}

const rootOfTwoOverPi = Math.sqrt(2 / Math.PI);
const cubeShare = 0.044715;

/** x·Φ(x), with Φ the standard normal distribution, or x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
export const gelu = defineOp<"gelu", GeluAttributes>({
  name: "gelu",
  shapes: ([x]) => [x],
  gradient: ({ inputs: [x] }, [dy], attributes, { add }) => [
    dy === null ? null : add(geluGradient, [x, dy], attributes),
  ],
  reference([x], { approximation }, [y]) {
    for (let i = 0; i < x.data.length; i++) {
      const value = x.data[i];
      const share =
        approximation === "none"
          ? (1 + errorFunction(value * Math.SQRT1_2)) / 2
          : (1 + Math.tanh(rootOfTwoOverPi * (value + cubeShare * value ** 3))) / 2;
      y.data[i] = value * share;
    }
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: { approximation: "none" } },
    { inputs: [[1, 7]], attributes: { approximation: "none" } },
    { inputs: [[2, 3, 5, 1]], attributes: { approximation: "tanh" } },
  ],
});

/** x, dy to dx: dy·(Φ(x) + x·φ(x)), or the derivative of the approximation. */
export const geluGradient = defineOp<"geluGradient", GeluAttributes>({
  name: "geluGradient",
  shapes([x, dy]) {
    expectShape("output gradient", dy, x);
    return [x];
  },
  gradient: "none",
  reference([x, dy], { approximation }, [dx]) {
    for (let i = 0; i < dx.data.length; i++) {
      const value = x.data[i];
      if (approximation === "none") {
        const density = Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI);
        dx.data[i] = dy.data[i] * ((1 + errorFunction(value * Math.SQRT1_2)) / 2 + value * density);
      } else {
        const bend = Math.tanh(rootOfTwoOverPi * (value + cubeShare * value ** 3));
        const inner = rootOfTwoOverPi * (1 + 3 * cubeShare * value * value);
        dx.data[i] = dy.data[i] * ((1 + bend) / 2 + (value / 2) * (1 - bend * bend) * inner);
      }
    }
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: { approximation: "none" },
    },
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: { approximation: "tanh" },
    },
  ],
});

/**
 * The error function to a few units of 2⁻⁵³: 2/√π·e^(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!, whose terms all have one sign
 * (Abramowitz & Stegun 7.1.6). Beyond 6 it differs from ±1 by less than 2.2·10⁻¹⁷.
 */
export function errorFunction(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

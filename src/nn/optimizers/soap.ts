// SOAP: Adam in the eigenbasis of Shampoo's preconditioner.
import { z } from "zod";
import { multiplySquare, orthonormalRows } from "../../base/matrices.js";
import { positiveWholeNumber } from "../../schema/options.js";
import { ops, type Shape, sizeOf, type Value } from "../../tensor/index.js";
import { adamOptions } from "./adam.js";
import { adamw } from "./adamw.js";
import { defineOptimizer, type Slot } from "./define.js";
import { weightDecay } from "./shared.js";

/** Power iterations at the first refresh, which starts from no knowledge, and at each later one. */
const [firstIterations, laterIterations] = [10, 1];

/** A parameter as a matrix: its first axis by all others. */
type Matrix = readonly [rows: number, columns: number];

const sides = ["left", "right"] as const;
type Side = (typeof sides)[number];

/** Sides of a parameter's matrix that are turned. None where it is not one. */
function turnedSides(shape: Shape, largestSide: number): readonly Side[] {
  if (shape.length < 2) return [];
  return sides.filter((_, i) => {
    const length = matrixOf(shape)[i] as number;
    return length > 1 && length <= largestSide;
  });
}

function matrixOf(shape: Shape): Matrix {
  const [rows = 1, ...rest] = shape;
  return [rows, sizeOf(rest)];
}

/**
 * SOAP (Vyas et al. 2024, "SOAP: improving and stabilizing Shampoo using Adam"): Adam on the gradient as seen from the
 * eigenvectors of its own averaged products. For a parameter of two or more axes, taken as a matrix W of its first axis by all
 * others, with gradient G and bases P (left) and Q (right) whose rows are eigenvectors:
 *
 *     L ← β₂ L + (1−β₂) G·Gᵀ,  R ← β₂ R + (1−β₂) Gᵀ·G
 *     M ← β₁ M + (1−β₁) G,  V ← β₂ V + (1−β₂) (P·G·Qᵀ)²
 *     W ← W − learningRate · (Pᵀ·(P·M̂·Qᵀ / (√V̂ + ε))·Q + weightDecay · W)
 *
 * Every `refreshEvery` steps P and Q go a power iteration nearer to the eigenvectors of L and R, in float64. A side longer than
 * `largestSide` is not turned; what has no side left, and every bias and scale, takes AdamW's step. Needs fewer steps than Adam,
 * each of them somewhat dearer.
 */
export const soap = defineOptimizer({
  name: "soap",
  summary:
    "SOAP (Vyas et al. 2024): Adam in the eigenbasis of the gradients' products; fewer steps, each somewhat dearer.",
  options: z.strictObject({
    ...adamOptions,
    learningRate: adamOptions.learningRate.unwrap().default(0.003).describe("step length; what a schedule changes"),
    beta1: adamOptions.beta1.unwrap().default(0.95).describe("how slowly the mean of the gradients forgets"),
    beta2: adamOptions.beta2
      .unwrap()
      .default(0.95)
      .describe("how slowly the mean of the squared gradients forgets, and that of their products"),
    refreshEvery: positiveWholeNumber().default(50).describe("steps between two looks for the eigenvectors"),
    largestSide: positiveWholeNumber()
      .default(256)
      .describe("longest side of a weight's matrix whose eigenvectors are sought"),
    weightDecay: weightDecay(0).describe("pull of every parameter towards 0, times parameter and learning rate"),
  }),
  slots({ largestSide }, shape) {
    const turned = turnedSides(shape, largestSide);
    if (turned.length === 0) return ["firstMoment", "secondMoment"];
    const matrix = matrixOf(shape);
    const square = (side: Side): Shape => [
      matrix[sides.indexOf(side)] as number,
      matrix[sides.indexOf(side)] as number,
    ];
    return [
      { name: "firstMoment", shape: matrix },
      { name: "secondMoment", shape: matrix },
      ...turned.flatMap((side): Slot[] => [
        { name: `${side}Products`, shape: square(side) },
        { name: `${side}Basis`, shape: square(side), isIdentity: true },
      ]),
    ];
  },
  scalars: adamw.scalars,
  update(options, values, addAll) {
    const { beta1, beta2, largestSide } = options;
    const { parameter, gradient, slots, scalars } = values;
    const turned = turnedSides(parameter.shape, largestSide);
    if (turned.length === 0) return adamw.update(options, values, addAll);
    const product = (a: Value, b: Value, transposeA = false, transposeB = false): Value =>
      addAll(ops.matmul, [a, b], { transposeA, transposeB })[0];
    const mixed = (before: Value, now: Value, beta: number): Value =>
      addAll(ops.scaledAdd, [before, now], { scaleA: beta, scaleB: 1 - beta })[0];
    /** Seen from the bases; or, `back`, what is seen from them. */
    const turn = (matrix: Value, back = false): Value =>
      turned.reduce((value, side) => {
        const basis = slots[`${side}Basis`] as Value;
        return side === "left" ? product(basis, value, back) : product(value, basis, false, !back);
      }, matrix);

    const [matrix] = addAll(ops.reshape, [gradient], { shape: matrixOf(parameter.shape) });
    const products = Object.fromEntries(
      turned.map((side): [string, Value] => {
        const outer = side === "left" ? product(matrix, matrix, false, true) : product(matrix, matrix, true);
        return [`${side}Products`, mixed(slots[`${side}Products`] as Value, outer, beta2)];
      }),
    );
    const firstMoment = mixed(slots.firstMoment as Value, matrix, beta1);
    const seen = turn(matrix);
    const [squares] = addAll(ops.mul, [seen, seen], {});
    const secondMoment = mixed(slots.secondMoment as Value, squares, beta2);
    const [root] = addAll(ops.sqrt, [secondMoment], {});
    const [size] = addAll(ops.add, [root, scalars.epsilon], {});
    const [ratio] = addAll(ops.div, [turn(firstMoment), size], {});
    const [step] = addAll(ops.mul, [turn(ratio, true), scalars.stepSize], {});
    const [shaped] = addAll(ops.reshape, [step], { shape: parameter.shape });
    const [undecayed] = addAll(ops.sub, [parameter, shaped], {});
    if (options.weightDecay === 0) return { parameter: undecayed, slots: { firstMoment, secondMoment, ...products } };
    const [pull] = addAll(ops.mul, [parameter, scalars.decay], {});
    const [after] = addAll(ops.sub, [undecayed, pull], {});
    return { parameter: after, slots: { firstMoment, secondMoment, ...products } };
  },
  refresh({ refreshEvery, largestSide }, shape, step, read) {
    if (step % refreshEvery !== 0) return undefined;
    const turned = turnedSides(shape, largestSide);
    if (turned.length === 0) return undefined;
    return refreshed(matrixOf(shape), turned, step === refreshEvery ? firstIterations : laterIterations, read);
  },
});

/** Bases that are some power iterations nearer to the eigenvectors, and the second moment as seen from them. */
async function refreshed(
  matrix: Matrix,
  turned: readonly Side[],
  iterations: number,
  read: (slot: string) => Promise<Float32Array | Float64Array>,
): Promise<Readonly<Record<string, Float32Array | Float64Array>>> {
  let secondMoment = await read("secondMoment");
  const after: Record<string, Float32Array | Float64Array> = {};
  for (const side of turned) {
    const products = Float64Array.from(await read(`${side}Products`));
    const found = nearerBasis(products, Float64Array.from(await read(`${side}Basis`)), iterations);
    if (found === undefined) continue;
    after[`${side}Basis`] = found.basis;
    secondMoment = reordered(secondMoment, matrix, side, found.order);
    after.secondMoment = secondMoment;
  }
  return after;
}

/**
 * Power iterations B ← orthonormal rows of B·A, rows from the largest eigenvalue that they estimate down.
 * @param products A, symmetric, [n, n]
 * @param basis B, [vector, n]
 * @returns `order`: which row before each row comes from; undefined where A is 0 or not finite
 */
function nearerBasis(
  products: Float64Array,
  basis: Float64Array,
  iterations: number,
): { readonly basis: Float64Array; readonly order: readonly number[] } | undefined {
  const n = Math.sqrt(products.length);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += products[i * n + i] as number;
  if (!(trace > 0 && Number.isFinite(trace))) return undefined;
  // So that directions that no gradient had stay directions.
  for (let i = 0; i < n; i++) products[i * n + i] = (products[i * n + i] as number) + (1e-7 * trace) / n;
  let rows = basis;
  let order = Array.from({ length: n }, (_, i) => i);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const image = multiplySquare(rows, products, n);
    const estimates = order.map((_, r) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (rows[r * n + i] as number) * (image[r * n + i] as number);
      return sum;
    });
    const by = order.map((_, r) => r).sort((a, b) => (estimates[b] as number) - (estimates[a] as number));
    order = by.map((r) => order[r] as number);
    rows = new Float64Array(n * n);
    by.forEach((from, r) => {
      rows.set(image.subarray(from * n, (from + 1) * n), r * n);
    });
    orthonormalRows(rows, n, n);
  }
  return { basis: rows, order };
}

/** The matrix with its rows (left) or columns (right) in another order. */
function reordered(
  values: Float32Array | Float64Array,
  [rows, columns]: Matrix,
  side: Side,
  order: readonly number[],
): Float32Array | Float64Array {
  const after = values.slice();
  for (let r = 0; r < rows; r++) {
    const from = (side === "left" ? (order[r] as number) : r) * columns;
    for (let c = 0; c < columns; c++) {
      after[r * columns + c] = values[from + (side === "left" ? c : (order[c] as number))] as number;
    }
  }
  return after;
}

// The product of two matrices, each as it is or transposed.
import { ShapeError } from "../../base/errors.js";
import { listText, matrixShape, type Pair } from "./checks.js";
import { defineOp, type Op, type Shape } from "./define.js";

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** [rows, columns] after the transposition that was asked for. */
function turned(shape: Shape, transpose: boolean): Pair {
  const [rows, columns] = matrixShape(shape, "rows, columns");
  return transpose ? [columns, rows] : [rows, columns];
}

/** a [m, k] · b [k, n] to [m, n]; a transposed operand is given as [k, m] or [n, k]. */
export const matmul: Op<"matmul", MatmulAttributes> = defineOp({
  name: "matmul",
  shapes([a, b], { transposeA, transposeB }) {
    const [rows, inner] = turned(a, transposeA);
    const [innerToo, columns] = turned(b, transposeB);
    if (inner !== innerToo) {
      throw new ShapeError(`cannot multiply ${listText([rows, inner])} by ${listText([innerToo, columns])}`);
    }
    return [[rows, columns]];
  },
  gradient({ inputs: [a, b] }, [dy], { transposeA, transposeB }, { add }) {
    if (dy === null) return [null, null];
    return [
      transposeA
        ? add(matmul, [b, dy], { transposeA: transposeB, transposeB: true })
        : add(matmul, [dy, b], { transposeA: false, transposeB: !transposeB }),
      transposeB
        ? add(matmul, [dy, a], { transposeA: true, transposeB: transposeA })
        : add(matmul, [a, dy], { transposeA: !transposeA, transposeB: false }),
    ];
  },
  reference([a, b], { transposeA, transposeB }, [y]) {
    const [rows, inner] = turned(a.shape, transposeA);
    const [, columns] = turned(b.shape, transposeB);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          sum +=
            a.data[transposeA ? k * rows + i : i * inner + k] * b.data[transposeB ? j * inner + k : k * columns + j];
        }
        y.data[i * columns + j] = sum;
      }
    }
  },
  cases: [
    {
      inputs: [
        [2, 3],
        [3, 5],
      ],
      attributes: { transposeA: false, transposeB: false },
    },
    {
      inputs: [
        [3, 2],
        [3, 5],
      ],
      attributes: { transposeA: true, transposeB: false },
    },
    {
      inputs: [
        [2, 3],
        [5, 3],
      ],
      attributes: { transposeA: false, transposeB: true },
    },
    {
      inputs: [
        [3, 2],
        [5, 3],
      ],
      attributes: { transposeA: true, transposeB: true },
    },
    {
      inputs: [
        [1, 1],
        [1, 4],
      ],
      attributes: { transposeA: false, transposeB: false },
    },
  ],
});

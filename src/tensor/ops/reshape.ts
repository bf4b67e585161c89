// The same elements in the same order, in another shape.
import { ShapeError } from "../../base/errors.js";
import { listText } from "./checks.js";
import { defineOp, type Op, type Shape, sizeOf } from "./define.js";

/** x to the same elements, row-major, in `shape`. */
export const reshape: Op<"reshape", { readonly shape: Shape }> = defineOp<"reshape", { readonly shape: Shape }>({
  name: "reshape",
  shapes([x], { shape }) {
    if (sizeOf(shape) !== sizeOf(x)) {
      throw new ShapeError(
        `${listText(x)} has ${sizeOf(x)} elements and cannot become ${listText(shape)}, which has ${sizeOf(shape)}`,
      );
    }
    return [shape];
  },
  gradient: ({ inputs: [x] }, [dy], _, { add }) => [dy === null ? null : add(reshape, [dy], { shape: x.shape })],
  reference([x], _, [y]) {
    y.data.set(x.data);
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: { shape: [2, 15] } },
    { inputs: [[1, 6]], attributes: { shape: [1, 2, 3, 1] } },
  ],
});

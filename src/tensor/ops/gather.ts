// Chosen places along an axis, the gradient that adds up where a place was chosen often, and labels as rows of 0 and 1.
import { ShapeError } from "../../base/errors.js";
import { listText } from "./checks.js";
import { defineOp, type Shape, sizeOf } from "./define.js";

export interface GatherAttributes {
  /** The axis along which places are chosen; counted from 0. */
  readonly axis: number;
  /** Which, in the order of the result; any may come more than once. */
  readonly indices: readonly number[];
}
export interface GatherGradientAttributes extends GatherAttributes {
  /** The length of the input along the axis. */
  readonly length: number;
}

function expectPlaces(shape: Shape, { axis, indices }: GatherAttributes, length: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new ShapeError(`axis must be a whole number from 0 to ${shape.length - 1}, got ${axis}`);
  }
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= length);
  if (wrong !== undefined) throw new ShapeError(`there is no place ${wrong} among ${length} along axis ${axis}`);
  if (indices.length === 0) throw new ShapeError("no places were chosen");
}

const replaced = (shape: Shape, axis: number, length: number): Shape =>
  shape.map((size, i) => (i === axis ? length : size));

/** Visits each pair of an element of the whole, `length` long along the axis, and one of the choice made from it. */
function forEachPair(
  shape: Shape,
  { axis, indices }: GatherAttributes,
  length: number,
  visit: (whole: number, chosen: number) => void,
): void {
  const inner = sizeOf(shape.slice(axis + 1));
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++) {
    indices.forEach((index, place) => {
      for (let i = 0; i < inner; i++) {
        visit((outer * length + index) * inner + i, (outer * indices.length + place) * inner + i);
      }
    });
  }
}

/** x at the given indices of one axis. */
export const gather = defineOp<"gather", GatherAttributes>({
  name: "gather",
  shapes([x], attributes) {
    expectPlaces(x, attributes, x[attributes.axis]);
    return [replaced(x, attributes.axis, attributes.indices.length)];
  },
  gradient: ({ inputs: [x] }, [dy], attributes, { add }) => [
    dy === null ? null : add(gatherGradient, [dy], { ...attributes, length: x.shape[attributes.axis] }),
  ],
  reference([x], attributes, [y]) {
    forEachPair(x.shape, attributes, x.shape[attributes.axis], (whole, chosen) => {
      y.data[chosen] = x.data[whole];
    });
  },
  cases: [
    { inputs: [[5, 3]], attributes: { axis: 0, indices: [4, 0, 0, 2] } },
    { inputs: [[2, 4, 3, 2]], attributes: { axis: 1, indices: [3, 1] } },
    { inputs: [[3, 4]], attributes: { axis: 1, indices: [2] } },
  ],
});

/** dy to the gradient of the whole: sums over the times that a place was chosen, 0 where it was not. */
export const gatherGradient = defineOp<"gatherGradient", GatherGradientAttributes>({
  name: "gatherGradient",
  shapes([dy], attributes) {
    expectPlaces(dy, attributes, attributes.length);
    if (dy[attributes.axis] !== attributes.indices.length) {
      throw new ShapeError(
        `${attributes.indices.length} places do not fit ${listText(dy)} along axis ${attributes.axis}`,
      );
    }
    return [replaced(dy, attributes.axis, attributes.length)];
  },
  gradient: "none",
  reference([dy], attributes, [dx]) {
    forEachPair(dy.shape, attributes, attributes.length, (whole, chosen) => {
      dx.data[whole] += dy.data[chosen];
    });
  },
  cases: [
    { inputs: [[4, 3]], attributes: { axis: 0, indices: [4, 0, 0, 2], length: 5 } },
    { inputs: [[2, 2, 3, 2]], attributes: { axis: 1, indices: [3, 1], length: 4 } },
  ],
});

/** labels [batch], whole numbers from 0, to [batch, classes]: 1 in the label's column, 0 elsewhere. No gradient. */
export const oneHot = defineOp<"oneHot", { readonly classes: number }>({
  name: "oneHot",
  constantInputs: [0],
  shapes([labels], { classes }) {
    if (labels.length !== 1) throw new ShapeError(`expects labels [batch], got ${listText(labels)}`);
    if (!Number.isInteger(classes) || classes < 1) {
      throw new ShapeError(`classes must be a whole number of 1 or more, got ${classes}`);
    }
    return [[labels[0], classes]];
  },
  gradient: () => [null],
  reference([labels], { classes }, [y]) {
    for (let i = 0; i < labels.data.length; i++) {
      for (let c = 0; c < classes; c++) y.data[i * classes + c] = labels.data[i] === c ? 1 : 0;
    }
  },
  cases: [
    { inputs: [[7]], attributes: { classes: 5 }, fill: [{ below: 5 }] },
    { inputs: [[1]], attributes: { classes: 3 }, fill: [{ constant: 2 }] },
  ],
});

// Sums and means over axes and over everything.
import { type Node, sizeOf, valuesOf } from "../../../tensor/index.js";
import type { Lowering } from "../../engine.js";
import type { Placed, Plan } from "../plan.js";
import { sumAxes, sumRows } from "./products.js";

function reduce(node: Node, plan: Plan, axes: readonly number[], factor: number): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  sumAxes(plan, plan.readPlain(x), x.shape, axes, factor, plan.write(y, plan.plain(y.shape)));
}

/**
 * A sum over all elements times a factor, to a scalar: in two stages, first within rows and then over them, so that no
 * float32 sum has more terms than about the square root of all. Products with ones are the fast primitive for it.
 */
function total(node: Node, plan: Plan, of: "elements" | "squares"): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  const source = plan.read(x);
  // Blocked layouts' padding is zero, so sums over the flat memory do not see it.
  const length = plan.adapter.bytesOf(source.layout) / 4;
  const rows = divisorNearRoot(length);
  const columns = length / rows;
  let terms: Placed = { ...source, layout: plan.plain([rows, columns]) };
  if (of === "squares") {
    const squares = plan.scratch(terms.layout);
    const same = { source: terms.layout, source1: terms.layout, destination: terms.layout };
    const square = plan.primitive({ kind: "binary", algorithm: "mul", ...same });
    plan.emit(square, ["source", terms], ["source1", terms], ["destination", squares]);
    terms = squares;
  }
  const sums = plan.scratch(plan.plain([rows, 1]));
  sumRows(plan, terms, sums, columns);
  const destination = plan.write(y, plan.plain([]));
  sumRows(
    plan,
    { ...sums, layout: plan.plain([1, rows]) },
    { ...destination, layout: plan.plain([1, 1]) },
    rows,
    1 / sizeOf(x.shape),
  );
}

/** The largest divisor of `length` that is not above its square root. */
function divisorNearRoot(length: number): number {
  let divisor = Math.floor(Math.sqrt(length));
  while (length % divisor !== 0) divisor--;
  return divisor;
}

export const reductionRows = {
  sum: (node, plan) => reduce(node, plan, node.attributes.axes, 1),
  meanOver(node, plan) {
    const { axes } = node.attributes;
    const [{ shape }] = node.inputs;
    reduce(node, plan, axes, 1 / sizeOf(axes.map((axis) => shape[axis])));
  },
  sumTo(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.readPlain(x);
    const dims = [...Array.from({ length: source.layout.dims.length - y.shape.length }, () => 1), ...y.shape];
    const destination = plan.write(y, plan.plain(y.shape));
    const layout = plan.plain(dims);
    if (plan.adapter.sameLayout(source.layout, layout)) {
      plan.reorder(source, { ...destination, layout });
      return;
    }
    const primitive = plan.primitive({
      kind: "reduction",
      source: source.layout,
      destination: layout,
    });
    plan.emit(primitive, ["source", source], ["destination", { ...destination, layout }]);
  },
  mean: (node, plan) => total(node, plan, "elements"),
  meanSquare: (node, plan) => total(node, plan, "squares"),
} satisfies Partial<Lowering<Plan>>;

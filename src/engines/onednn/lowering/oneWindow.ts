// Convolutions with a single window, which covers the wide image exactly: inner products, two to three times as fast as such.
// A convolution goes from the wide image to the narrow one, 1×1; a transposed one goes back.
import type { Value } from "../../../tensor/index.js";
import type { PostOp, PrimitiveSpec } from "../adapter.js";
import type { Placed, Plan } from "../plan.js";

interface Windows {
  readonly padding: readonly [number, number, number, number];
  readonly groups: number;
}
type Shape = readonly number[];

/** @param kernel [narrow channel, wide channel, height, width] */
export function isOneWindow(wide: Shape, narrow: Shape, kernel: Shape, { padding, groups }: Windows): boolean {
  const covers = kernel[2] === wide[2] && kernel[3] === wide[3] && narrow[2] === 1 && narrow[3] === 1;
  // A kernel of one element has fast code as a convolution, in the layouts that others use.
  return covers && wide[2] * wide[3] > 1 && groups === 1 && padding.every((side) => side === 0);
}

/** The narrow image as rows, [batch, channel]. */
function asRows(plan: Plan, placed: Placed): Placed {
  const layout = plan.plain(placed.layout.dims.slice(0, 2));
  return { ...placed, layout, written: layout };
}

function product(
  plan: Plan,
  pass: Extract<PrimitiveSpec, { kind: "innerProduct" }>["pass"],
  wide: Shape,
  kernel: Shape,
  narrow: Shape,
  options: { readonly bias?: Placed; readonly postOps?: readonly PostOp[] } = {},
) {
  const { bias, postOps = [] } = options;
  const spec = {
    kind: "innerProduct",
    source: plan.adapter.any(wide),
    weights: plan.adapter.any(kernel),
    bias: bias?.layout,
    destination: plan.plain(narrow.slice(0, 2)),
  } as const;
  if (pass === "forwardTraining") return plan.primitive({ ...spec, pass }, { postOps });
  const hint = plan.primitive({ ...spec, pass: "forwardTraining" });
  // One layout of the weights for all three, so that they are not turned around in every step.
  return plan.primitive({ ...spec, weights: hint.layoutOf("weights"), pass, hint });
}

/** Writes the narrow image `narrow` from the wide one. */
export function intoNarrow(
  plan: Plan,
  wide: Value,
  w: Value,
  b: Value | undefined,
  narrow: Value,
  postOps: readonly PostOp[] = [],
): void {
  const bias = b === undefined ? undefined : plan.readPlain(b);
  const primitive = product(plan, "forwardTraining", wide.shape, w.shape, narrow.shape, {
    ...(bias === undefined ? {} : { bias }),
    postOps,
  });
  plan.emit(
    primitive,
    ["source", plan.readAs(wide, primitive.layoutOf("source"))],
    ["weights", plan.readAs(w, primitive.layoutOf("weights"))],
    ...(bias === undefined ? [] : [["bias", bias] as const]),
    ["destination", asRows(plan, plan.write(narrow, plan.plain(narrow.shape)))],
  );
}

/** Writes the wide image `wide` from the narrow one; gives where it lies. */
export function intoWide(plan: Plan, narrow: Value, w: Value, wide: Value): Placed {
  const primitive = product(plan, "backwardData", wide.shape, w.shape, narrow.shape);
  const source = asRows(plan, plan.readPlain(narrow));
  const weights = plan.readAs(w, primitive.layoutOf("weights"));
  const destination = plan.write(wide, primitive.layoutOf("sourceGradient"));
  plan.emit(primitive, ["destinationGradient", source], ["weights", weights], ["sourceGradient", destination]);
  return destination;
}

/** Writes the kernel's gradient `dw` from both images, and the narrow image's sum over the batch into `db` if there is one. */
export function intoKernel(plan: Plan, wide: Value, narrow: Value, dw: Value, db: Value | undefined): void {
  const bias = db === undefined ? undefined : plan.write(db, plan.plain(db.shape));
  const primitive = product(
    plan,
    "backwardWeights",
    wide.shape,
    dw.shape,
    narrow.shape,
    bias === undefined ? {} : { bias },
  );
  plan.emit(
    primitive,
    ["source", plan.readAs(wide, primitive.layoutOf("source"))],
    ["destinationGradient", asRows(plan, plan.readPlain(narrow))],
    ["weightsGradient", plan.write(dw, primitive.layoutOf("weightsGradient"))],
    ...(bias === undefined ? [] : [["biasGradient", bias] as const]),
  );
}

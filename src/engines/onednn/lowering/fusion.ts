// Activations computed within the primitive that makes their input. It has no rows.
import { type Value, valuesOf } from "../../../tensor/index.js";
import type { EltwiseAlgorithm, PostOp } from "../adapter.js";
import type { Plan } from "../plan.js";

const activations: Readonly<Record<string, EltwiseAlgorithm>> = {
  relu: "relu",
  elu: "elu",
  sigmoid: "logistic",
  tanh: "tanh",
};

/** If an activation is all that follows, its post-op and the value it gives; its node counts as computed. */
export function fusedActivation(plan: Plan, y: Value): { readonly value: Value; readonly postOps: readonly PostOp[] } {
  const user = plan.onlyUser(y);
  const algorithm = user === undefined ? undefined : activations[user.op];
  if (user === undefined || algorithm === undefined) return { value: y, postOps: [] };
  plan.fuse(user);
  const { alpha = 0 } = user.attributes as { readonly alpha?: number };
  return { value: valuesOf(user)[0], postOps: [{ kind: "eltwise", algorithm, alpha, beta: 0 }] };
}

// Whether a model's prediction surely lies in [0, 1], which some losses need.
import { UserError } from "../../base/errors.js";
import type { Value } from "../../tensor/index.js";
import type { Loss } from "../losses/define.js";
import type { Model } from "./define.js";
import { batchToLookAt, lookContext } from "./pictures.js";

/** Ops whose numbers are all among their input's, or lie between them. */
const keepers: ReadonlySet<string> = new Set([
  "reshape",
  "transpose",
  "slice",
  "concat",
  "maximum",
  "maxPool2d",
  "avgPool2d",
  "adaptiveAvgPool2d",
  "upsample",
  "upsampleBilinear",
]);

/** True where the ops that made a value hold it in [0, 1], whatever they were given. */
export function staysInUnit({ node }: Value): boolean {
  if (node.op === "sigmoid" || node.op === "softmax") return true;
  if (node.op === "clamp") {
    const { minimum, maximum } = node.attributes as { readonly minimum: number; readonly maximum: number };
    return minimum >= 0 && maximum <= 1;
  }
  return keepers.has(node.op) && node.inputs.every(staysInUnit);
}

/**
 * @param at the loss's path in what the user wrote
 * @throws UserError where the loss needs predictions in [0, 1] and the decoder may give others
 */
export function checkPredictionRange(model: Model, loss: Loss, at = "loss"): void {
  const { decode } = model;
  if (!loss.needsUnitRange || decode === undefined) return;
  const context = lookContext();
  if (staysInUnit(decode(context, context.graph.input("code", [batchToLookAt, ...model.codeShape])))) return;
  throw new UserError(
    `${loss.label} needs predictions from 0 to 1, which a decoder that does not end in sigmoid may leave`,
    { at, hint: "End the decoder with sigmoid, or take bceWithLogits, whose decoder ends without one." },
  );
}

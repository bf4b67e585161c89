// Every loss, by hand.
import { UserError } from "../../base/errors.js";
import { find, shown } from "../spec.js";
import { bce } from "./bce.js";
import type { Loss } from "./define.js";
import { mse } from "./mse.js";

export const losses = { mse, bce } as const;
export type LossName = keyof typeof losses;

/**
 * The loss of that name.
 * @param at its path in what the user wrote: `loss`
 * @throws UserError for an unknown name, with the nearest one
 */
export function readLoss(spec: unknown, at = "loss"): Loss {
  if (typeof spec !== "string") throw new UserError(`expected the name of a loss, got ${shown(spec)}`, { at });
  return find<Loss>(losses, "loss", spec, at);
}

// Where values come from without being computed: inputs of a run, state of a session, constants.
import { InternalError } from "../../base/errors.js";
import { defineOp, type Shape } from "./define.js";

/** A value handed in at each run. */
export const input = defineOp<"input", { readonly name: string; readonly shape: Shape }>({
  name: "input",
  kind: "leaf",
  shapes: (_, { shape }) => [shape],
  gradient: () => [],
  reference: leafHasNoDefinition,
  cases: [],
});

/** A parameter, buffer or optimizer slot that the session owns. */
export const state = defineOp<"state", { readonly name: string; readonly shape: Shape }>({
  name: "state",
  kind: "leaf",
  shapes: (_, { shape }) => [shape],
  gradient: () => [],
  reference: leafHasNoDefinition,
  cases: [],
});

/** One number everywhere. */
export const fill = defineOp<"fill", { readonly shape: Shape; readonly value: number }>({
  name: "fill",
  shapes: (_, { shape }) => [shape],
  gradient: () => [],
  reference(_, { value }, [y]) {
    y?.data.fill(value);
  },
  cases: [{ inputs: [], attributes: { shape: [2, 3], value: 0.5 } }],
});

function leafHasNoDefinition(): never {
  throw new InternalError("inputs and state are given, not computed");
}

// Pictures that a program handed in as arrays. They are kept nowhere, so nothing opens them again.
import { UserError } from "../../base/errors.js";
import { defineSourceKind } from "../define.js";
import { arrays as description } from "../descriptions/arrays.js";

export const arrays = defineSourceKind({
  ...description,
  look: () => Promise.resolve([]),
  /** @throws UserError always: other data must be named */
  open() {
    return Promise.reject(
      new UserError("the pictures were handed in by a program and are kept nowhere", {
        at: "data",
        hint: "Name other data: --data SPEC.",
      }),
    );
  },
});

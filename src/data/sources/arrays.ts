// Pictures that a program handed in as arrays. A run folder says so here; they are kept nowhere, so nothing opens them again.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { positiveWholeNumber } from "../../schema/options.js";
import { defineSourceKind } from "../define.js";

export const arrays = defineSourceKind({
  name: "arrays",
  summary: "Arrays that a program handed to the library; named by the runs that it trained.",
  options: z.strictObject({
    images: positiveWholeNumber().optional().describe("how many pictures were handed in"),
  }),
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

// What a run says that a program trained on its own arrays.
import { z } from "zod";
import { positiveWholeNumber } from "../../schema/options.js";
import { describeSource } from "./define.js";

const options = z.strictObject({
  images: positiveWholeNumber().optional().describe("how many pictures were handed in"),
});

export const arrays = describeSource({
  name: "arrays",
  summary: "Arrays that a program handed to the library; named by the runs that it trained.",
  options,
});

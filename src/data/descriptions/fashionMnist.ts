// What Fashion-MNIST is asked for.
import { z } from "zod";
import { describeSource } from "./define.js";

const options = z.strictObject({
  folder: z
    .string("expected the path of a folder")
    .optional()
    .describe("folder with the four IDX files, compressed or not; default: see isthmus data list"),
});

export const fashionMnist = describeSource({
  name: "fashion-mnist",
  summary: "Clothes: 60,000 to train, 10,000 to test, 1×28×28, ten classes.",
  options,
});

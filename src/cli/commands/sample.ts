// isthmus sample RUN
import { sample as task } from "../../tasks/sample.js";
import { defineCommand } from "../define.js";
import { printsFile } from "../taskContext.js";

export const sample = defineCommand({
  task,
  arguments: [{ field: "run", usage: "RUN" }],
  examples: [
    ["isthmus sample runs/2026-11-22-mnist-codes-vae-1", "64 pictures from the prior of a variational model"],
    ["isthmus sample runs/2026-11-22-mnist-conv-1 --count 16 --seed 1", "others, from codes like those in training"],
  ],
  json: "one JSON object on stdout: { file, count, seed, from, fittedTo, codes }",
  run: printsFile(task),
});

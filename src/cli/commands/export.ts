// isthmus export RUN
import { exportRun as task } from "../../tasks/export.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";

export const exportCommand = defineCommand({
  task,
  arguments: [{ field: "run", usage: "RUN" }],
  examples: [
    ["isthmus export runs/2026-11-22-mnist-conv-1", "encoder.onnx and decoder.onnx in the run's folder exports/"],
    [
      "isthmus export runs/2026-11-22-mnist-conv-1 --format safetensors --out models",
      "the weights, as PyTorch names them",
    ],
    ["isthmus export runs/2026-11-22-mnist-conv-1 --checkpoint best", "the weights of the best epoch"],
  ],
  json: "one JSON object on stdout: { run, step, format, files, check: { on, batchSizes, largestDifference }, notes }",
  async run(options, context) {
    const result = await task.run(options, taskContext(context));
    if (context.json) {
      context.printJson(result);
      return 0;
    }
    for (const file of result.files) context.print(file);
    if (result.check !== undefined) {
      const { on, batchSizes, largestDifference } = result.check;
      const largest = Math.max(...Object.values(largestDifference));
      context.say(
        `checked in ONNX Runtime on ${on}, ${batchSizes.join(", ")} at a time: ${largest === 0 ? "equal to" : `at most ${largest.toExponential(1)} from`} the run's own engine`,
      );
    }
    for (const note of result.notes) context.say(context.style.yellow(note));
    return 0;
  },
});

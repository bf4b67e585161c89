// isthmus summary PRESET|FILE|RUN
import { summary as task } from "../../tasks/summary.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";

export const summary = defineCommand({
  task,
  arguments: [{ field: "experiment", usage: "PRESET|FILE|RUN" }],
  examples: [
    ["isthmus summary mnist-conv", "the layers of a preset's model"],
    ["isthmus summary my.yaml --set model.encoder.0.conv2d.channels=32", "with one setting changed"],
  ],
  json: "one JSON object on stdout: { name, inputShape, codeShape, layers, parameters, trainable }",
  async run(options, context) {
    const { text, ...rest } = await context.lookUp(() => task.run(options, taskContext(context)));
    if (context.json) context.printJson(rest);
    else context.print(text.trimEnd());
    return 0;
  },
});

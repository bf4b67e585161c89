// isthmus schema
import { schema as task } from "../../tasks/schema.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";

export const schema = defineCommand({
  task,
  arguments: [],
  examples: [
    ["isthmus schema > experiment.schema.json", "a file for an editor"],
    ["isthmus schema --json", "the same on one line"],
  ],
  json: "the schema as one JSON object on one line",
  async run(options, context) {
    const found = await task.run(options, taskContext(context));
    if (context.json) context.printJson(found);
    else context.print(JSON.stringify(found, null, 2));
    return 0;
  },
});

// isthmus decode RUN CODES
import { decode as task } from "../../tasks/decode.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";

export const decode = defineCommand({
  task,
  arguments: [
    { field: "run", usage: "RUN" },
    { field: "codes", usage: "CODES" },
  ],
  examples: [
    ["isthmus decode runs/2026-11-22-mnist-conv-1 codes.npy", "decoded/0.png, decoded/1.png …"],
    ["isthmus decode runs/2026-11-22-mnist-conv-1 codes.csv --grid --out pictures", "all in pictures/grid.png"],
  ],
  json: "one JSON object on stdout: { count, pictures }",
  async run(options, context) {
    const result = await task.run(options, taskContext(context));
    if (context.json) context.printJson(result);
    else for (const picture of result.pictures) context.print(picture);
    return 0;
  },
});

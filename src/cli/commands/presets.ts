// isthmus presets [NAME]
import { presets as task } from "../../tasks/presets.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";

export const presets = defineCommand({
  task,
  arguments: [{ field: "name", usage: "NAME" }],
  examples: [
    ["isthmus presets", "all presets, each with what it is"],
    ["isthmus presets mnist-conv", "the experiment file of one"],
    ["isthmus presets mnist-conv > my.yaml", "a file to change and train: isthmus train my.yaml"],
  ],
  json: "one JSON object on stdout: { presets: [{ name, summary, text }] }",
  async run(options, context) {
    const found = await context.lookUp(() => task.run(options, taskContext(context)));
    if (context.json) {
      context.printJson({ presets: found });
    } else if (options.name !== undefined) {
      context.print(found.map(({ text }) => text.trimEnd()).join("\n"));
    } else {
      const width = Math.max(...found.map(({ name }) => name.length)) + 2;
      for (const { name, summary } of found) context.print(`${context.outStyle.bold(name.padEnd(width))}${summary}`);
    }
    return 0;
  },
});

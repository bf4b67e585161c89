// isthmus new FILE --data SPEC
import { newExperiment as task } from "../../tasks/new.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";

export const newCommand = defineCommand({
  task,
  arguments: [{ field: "file", usage: "FILE" }],
  examples: [
    ["isthmus new photos.yaml --data folder:./photos", "an autoencoder for the pictures in a folder"],
    ["isthmus new photos.yaml --data folder:./photos --for denoise", "one that takes noise out of them"],
    [
      "isthmus new photos.yaml --data folder:./photos --code 64 --size 48x64",
      "with a code of 64 numbers, at 48×64 pixels",
    ],
    ["isthmus new photos.yaml --data folder:./photos --minutes 30", "as large as half an hour allows"],
    ["isthmus train photos.yaml", "train it, as it is or changed"],
  ],
  json: "one JSON object on stdout: { file, name, notes, text }",
  async run(options, context) {
    const made = await context.lookUp(() => task.run(options, taskContext(context)));
    if (context.json) {
      context.printJson(made);
      return 0;
    }
    for (const note of made.notes) context.say(note);
    context.print(`experiment  ${made.file}`);
    context.print(`train it    isthmus train ${made.file}`);
    return 0;
  },
});

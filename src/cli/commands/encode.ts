// isthmus encode RUN IMAGES…
import { encodeCodes } from "../../tasks/codeFiles.js";
import { encode as task } from "../../tasks/encode.js";
import { defineCommand } from "../define.js";
import { sayNotes, taskContext } from "../taskContext.js";

export const encode = defineCommand({
  task,
  arguments: [
    { field: "run", usage: "RUN" },
    { field: "images", usage: "IMAGE" },
  ],
  examples: [
    ["isthmus encode runs/2026-11-22-mnist-conv-1 photos", "codes.npy, a row for each picture in the folder"],
    [
      "isthmus encode runs/2026-11-22-mnist-conv-1 a.png b.png --format csv",
      "two rows with their names, on the screen",
    ],
    ["isthmus encode runs/2026-11-22-mnist-conv-1 --data mnist --on test --out test.csv", "a split, with labels"],
  ],
  json: "one JSON object on stdout: { images, labels, codes }; with a file { file, rows, width, format }",
  async run(options, context) {
    const isPrinted = context.json && options.out === undefined;
    const asked = isPrinted ? { ...options, format: "json" as const } : options;
    const result = await task.run(asked, taskContext(context));
    const { file, rows, width, format, notes } = result;
    if (file === undefined) {
      const text = await encodeCodes(result, format, context.terminal.interrupted);
      context.print(new TextDecoder().decode(text).trimEnd());
    } else if (context.json) context.printJson({ file, rows, width, format });
    else context.print(`${file}: ${rows} ${rows === 1 ? "code" : "codes"} of ${width}`);
    sayNotes(context, notes);
    return 0;
  },
});

// isthmus probe RUN
import { withThousands } from "../../base/text.js";
import { probe as task } from "../../tasks/probe.js";
import { defineCommand } from "../define.js";
import { columnsText } from "../figureTable.js";
import { sayNotes, taskContext } from "../taskContext.js";

export const probe = defineCommand({
  task,
  arguments: [{ field: "run", usage: "RUN" }],
  examples: [
    [
      "isthmus probe runs/2026-11-22-mnist-codes-relu-1",
      "accuracy of four classifiers on the codes, and their confusions",
    ],
    [
      "isthmus probe runs/2026-11-22-mnist-codes-relu-1 --form logits --epochs 20",
      "sooner: nothing is chosen, one form",
    ],
  ],
  json: "one JSON object on stdout: { run, name, codeSize, classes, images, seed, probes: [{ probe, title, chosen, accuracy, standardError, images, confusion, classAccuracy }], files, notes }",
  async run(options, context) {
    const result = await task.run(options, taskContext(context));
    if (context.json) {
      context.printJson(result);
      return 0;
    }
    const { name, codeSize, images, probes, classes, files } = result;
    context.print(
      `${name}: codes of ${codeSize}, ${withThousands(images.train)} to train on (${withThousands(images.held)} of them to choose by), ${withThousands(images.test)} to test`,
    );
    context.print("");
    const rows = probes.map(({ title, accuracy, standardError, chosen }) => [
      title,
      accuracy.toFixed(4),
      `± ${standardError.toFixed(4)}`,
      Object.entries(chosen)
        .map(([what, value]) => `${value} ${what}`)
        .join(", "),
    ]);
    for (const line of columnsText([["classifier", "accuracy", "std. error", "chosen"], ...rows])) context.print(line);
    context.print("");
    const byClass = classes.map((of, label) => [
      of,
      ...probes.map(({ classAccuracy }) => {
        const accuracy = classAccuracy[label] ?? Number.NaN;
        return Number.isNaN(accuracy) ? "–" : accuracy.toFixed(3);
      }),
    ]);
    for (const line of columnsText([["class", ...probes.map(({ probe: of }) => of)], ...byClass])) context.print(line);
    for (const file of files) context.say(`picture: ${file}`);
    sayNotes(context, result.notes);
    return 0;
  },
});

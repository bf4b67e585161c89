// isthmus compare RUN RUN…
import { withThousands } from "../../base/text.js";
import { compare as task } from "../../tasks/compare.js";
import { defineCommand } from "../define.js";
import { columnsText } from "../figureTable.js";
import { taskContext } from "../taskContext.js";

export const compare = defineCommand({
  task,
  arguments: [{ field: "runs", usage: "RUN" }],
  examples: [
    ["isthmus compare runs/2026-11-22-mnist-conv-1 runs/2026-11-22-mnist-conv-2", "settings that differ, and figures"],
    [
      "isthmus compare runs/a-1 runs/b-1 runs/c-1 --out pictures",
      "curves.png and images.png go into the folder pictures",
    ],
  ],
  json: "one JSON object on stdout: { runs: [{ run, name, epochs, parameters, codeSize, minutes, train, test, best }], differences: [{ path, values }], figures, meanImage, files, notes }",
  async run(options, context) {
    const result = await task.run(options, taskContext(context));
    if (context.json) {
      context.printJson(result);
      return 0;
    }
    const { runs, differences, figures, meanImage, files, notes } = result;
    const numbers = runs.map((_, i) => String(i + 1));
    for (const [i, { run }] of runs.entries()) context.print(`${numbers[i]}  ${run}`);
    context.print("");
    const settings = differences.map(({ path, values }) => [path, ...values.map((value) => String(value ?? "–"))]);
    const settingHeads = [differences.length === 0 ? "no setting differs" : "setting", ...numbers];
    for (const line of columnsText([settingHeads, ...settings])) context.print(line);
    context.print("");
    const rows = [
      ["figure", ...numbers, ...(meanImage === undefined ? [] : ["mean image"])],
      ["epochs", ...runs.map(({ epochs }) => String(epochs))],
      ["minutes of training", ...runs.map(({ minutes }) => minutes.toFixed(1))],
      ["parameters", ...runs.map(({ parameters }) => withThousands(parameters))],
      ["code", ...runs.map(({ codeSize }) => withThousands(codeSize))],
      ...figures.flatMap((name) => {
        const mean = meanImage?.[name] === undefined ? [] : [meanImage[name].toFixed(6)];
        return [
          [`test ${name}`, ...runs.map(({ test }) => test[name]?.toFixed(6) ?? "–"), ...mean],
          [
            `  ${runs.find(({ best }) => best[name] !== undefined)?.best[name]?.which ?? "lowest"} ${name}`,
            ...runs.map(({ best }) => `${best[name]?.value.toFixed(6) ?? "–"}, epoch ${best[name]?.epoch ?? "–"}`),
          ],
          [`  train ${name}`, ...runs.map(({ train }) => train[name]?.toFixed(6) ?? "–")],
        ];
      }),
    ];
    for (const line of columnsText(rows)) context.print(line);
    for (const note of notes) context.say(context.style.yellow(`note: ${note}`));
    for (const file of Object.values(files)) context.say(`picture: ${file}`);
    return 0;
  },
});

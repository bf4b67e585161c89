// isthmus bench PRESET|FILE|RUN
import { bench as task } from "../../tasks/bench.js";
import { profileTables } from "../../tasks/profile.js";
import { defineCommand } from "../define.js";
import { columnsText } from "../figureTable.js";
import { taskContext } from "../taskContext.js";

export const bench = defineCommand({
  task,
  arguments: [{ field: "experiment", usage: "PRESET|FILE|RUN" }],
  examples: [
    ["isthmus bench mnist-conv", "steps and images a second on each engine that opens"],
    ["isthmus bench mnist-conv --set phases.0.batchSize=128", "with another batch size"],
    ["isthmus bench mnist-conv --engine onednn --profile --trace step.json", "where the time of a step goes"],
  ],
  json: "one JSON object on stdout: { name, batchSize, speeds: [{ engine, library, threads, steps, milliseconds, stepsPerSecond, imagesPerSecond, profile }], closed, trace }",
  async run(options, context) {
    const result = await task.run(options, taskContext(context));
    if (context.json) {
      context.printJson(result);
      return 0;
    }
    const { name, batchSize, speeds, closed, trace } = result;
    context.print(`${name}, batches of ${batchSize}: one training step`);
    const rows = speeds.map(({ engine, library, threads, milliseconds, stepsPerSecond, imagesPerSecond }) => [
      `${engine} (${library})`,
      String(threads),
      milliseconds.median.toFixed(2),
      `${milliseconds.fastest.toFixed(2)}–${milliseconds.slowest.toFixed(2)}`,
      stepsPerSecond.toFixed(1),
      imagesPerSecond.toFixed(0),
    ]);
    const heads = ["engine", "threads", "ms", "fastest–slowest", "steps/s", "images/s"];
    for (const line of columnsText([heads, ...rows])) context.print(line);
    for (const { engine, profile } of speeds) {
      if (profile === undefined) continue;
      const { layers, steps } = profileTables(profile);
      context.print("");
      context.print(
        `${engine}: ${profile.milliseconds.toFixed(2)} ms in ${profile.primitives} primitives; ` +
          `a matrix product reaches ${profile.peak.toFixed(0)} GFLOP/s`,
      );
      for (const table of [layers, steps]) {
        context.print("");
        for (const line of columnsText(table)) context.print(line);
      }
    }
    if (options.profile || options.trace !== undefined) {
      for (const { engine, profile } of speeds)
        if (profile === undefined) context.say(`${engine} does not tell times of its primitives`);
    }
    for (const { engine, why, remedy } of closed) {
      context.say(`${engine} does not open: ${why}`);
      if (remedy !== undefined) context.say(`  ${remedy}`);
    }
    if (trace !== undefined) context.say(`trace: ${trace}`);
    return 0;
  },
});

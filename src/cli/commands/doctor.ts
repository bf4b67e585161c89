// isthmus doctor
import { doctor as task } from "../../tasks/doctor.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";

export const doctor = defineCommand({
  task,
  arguments: [],
  examples: [["isthmus doctor", "is this machine ready, and what is missing?"]],
  json: "one JSON object on stdout: { node, platform, processors, engines: [{ name, opens, detail, remedy }], auto }",
  async run(options, context) {
    const report = await task.run(options, taskContext(context));
    const opens = report.engines.some((engine) => engine.opens);
    if (context.json) {
      context.printJson(report);
      return opens ? 0 : 1;
    }
    const { green, red } = context.outStyle;
    context.print(`Node         ${report.node}`);
    context.print(`platform     ${report.platform}`);
    context.print(`processors   ${report.processors}`);
    for (const { name, opens: isOpen, detail, remedy } of report.engines) {
      context.print(`${name.padEnd(12)} ${isOpen ? green("opens") : red("does not open")}: ${detail}`);
      if (remedy !== undefined) context.print(`${" ".repeat(13)}${remedy}`);
    }
    context.print(
      report.auto === undefined
        ? "--engine auto finds no fast engine here; --engine reference computes, slowly"
        : `--engine auto takes ${report.auto}`,
    );
    return opens ? 0 : 1;
  },
});

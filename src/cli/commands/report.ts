// isthmus report RUN
import { report as task } from "../../tasks/report.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";

export const report = defineCommand({
  task,
  arguments: [{ field: "run", usage: "RUN" }],
  examples: [
    [
      "isthmus report runs/2026-11-22-mnist-conv-1",
      "report.html in the run's folder: opens from disk, on a phone, in print",
    ],
    [
      "isthmus report runs/b-1 --compare runs/a-1 --out comparison.html",
      "two runs beside each other: curves in one chart, the same images, changed settings",
    ],
    ["isthmus report runs/2026-11-22-mnist-conv-1 --watch", "written again while the run is trained"],
  ],
  json: "one JSON object on stdout: { file, bytes, absent: [{ section, why }], notes }",
  async run(options, context) {
    const result = await task.run(options, taskContext(context));
    if (context.json) context.printJson(result);
    else context.print(result.file);
    // Often one thing that is damaged takes several sections away: it is said once.
    for (const why of new Set(result.absent.map((one) => one.why))) {
      const sections = result.absent.filter((one) => one.why === why).map(({ section }) => section);
      context.say(context.style.dim(`without ${sections.join(", ")}: ${why}`));
    }
    for (const note of result.notes) context.say(context.style.yellow(`note: ${note}`));
    return 0;
  },
});

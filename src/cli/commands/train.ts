// isthmus train PRESET|FILE|RUN
import { readLoss } from "../../nn/losses/index.js";
import { figureText } from "../../report/figures.js";
import { summary } from "../../tasks/summary.js";
import { planTraining, type TrainOptions, type TrainResult, train as task } from "../../tasks/train.js";
import { defineCommand } from "../define.js";
import { columnsText } from "../figureTable.js";
import { trainingProgress } from "../progress.js";
import { taskContext } from "../taskContext.js";

export const train = defineCommand({
  task,
  arguments: [{ field: "experiment", usage: "PRESET|FILE|RUN" }],
  examples: [
    ["isthmus train mnist-conv --epochs 3", "a preset, for three epochs"],
    ["isthmus train mnist-conv --quick", "a first look on part of the images"],
    ["isthmus train my.yaml --set phases.0.batchSize=128", "an experiment file, with one setting changed"],
    ["isthmus train runs/2026-11-22-mnist-conv-1 --resume", "go on with a run that was stopped"],
    ["isthmus train runs/2026-11-22-mnist-conv-1 --seed 1", "the same once more, from other first weights"],
  ],
  json: "JSON lines on stdout: every event of the training, at the end { kind: result, … }",
  async run(options, context) {
    const { terminal, say, style, json } = context;
    const { experiment, quick, notes } = await context.lookUp(async () => planTraining(options));
    if (!json) {
      const { text } = await context.lookUp(() => summary.run(summaryOptions(options), taskContext(context)));
      say(text.trimEnd());
    }
    for (const note of notes) say(note);

    const show = trainingProgress({ output: terminal.stderr, style, mark: quick ? "quick" : "" });
    const onInterrupt = () => say(style.yellow("\nfinishing this step and saving; Ctrl-C again leaves at once"));
    terminal.interrupted.addEventListener("abort", onInterrupt);
    const result = await task
      .run(
        options,
        taskContext(context, {
          onEvent(event) {
            if (json) context.printJson(event);
            if (event.kind === "finished") terminal.interrupted.removeEventListener("abort", onInterrupt);
            show(event);
          },
        }),
      )
      .finally(() => terminal.interrupted.removeEventListener("abort", onInterrupt));

    if (json) context.printJson({ kind: "result", ...result });
    else if (result.reason === "done")
      for (const line of resultLines(result, readLoss(experiment.loss).figure, options.experiment)) context.print(line);
    if (result.reason === "done") return 0;
    say(
      `stopped at step ${result.step.toLocaleString("en-US")}, saved. To go on: isthmus train ${result.run} --resume`,
    );
    return 130;
  },
});

function summaryOptions({ experiment, set, data }: TrainOptions) {
  return { experiment, set, ...(data === undefined ? {} : { data }) };
}

/**
 * The figures beside their baselines, and where everything is.
 * @param loss name of the loss's figure, which is shown beside the mse
 * @param experiment what was asked to be trained
 */
export function resultLines(result: TrainResult, loss: string, experiment: string): string[] {
  const { last, lowest, baselines, pictures, quick, run } = result;
  if (last === undefined || lowest === undefined) return [];
  const mark = quick ? "quick " : "";
  const names = [...new Set(["mse", loss])].filter((name) => last.test[name] !== undefined);
  const value = (figure: number | undefined) => (figure === undefined ? "" : figureText(figure));
  const table = columnsText([
    [`${mark}figures after epoch ${last.epoch}`, "test", "mean image", "lowest test of the run"],
    ...names.map((name) => [
      `${mark}${name}`,
      value(last.test[name]),
      value(baselines?.meanImage[name]),
      `${value(lowest[name]?.value)}, epoch ${lowest[name]?.epoch}`,
    ]),
  ]);
  return [
    ...table,
    ...(quick ? ["quick: trained and tested on part of the images; these figures compare with no others"] : []),
    "",
    `run folder       ${run}`,
    ...(pictures === undefined
      ? []
      : [`reconstructions  ${pictures.reconstructions}`, `curves           ${pictures.curves} (and .svg)`]),
    quick
      ? `train it fully   isthmus train ${experiment}`
      : `train it longer  isthmus train ${run} --epochs ${2 * last.epoch}`,
  ];
}

// isthmus train PRESET|FILE|RUN, or pictures
import { z } from "zod";
import { countText, withThousands } from "../../base/text.js";
import { figureText } from "../../report/figures.js";
import type { LearningRateFinding } from "../../tasks/findLearningRate.js";
import {
  type TrainingPlan,
  type TrainOptions,
  type TrainResult,
  train as task,
  trainOptions,
  trainPlanned,
} from "../../tasks/train.js";
import { refuseWishes } from "../../tasks/wishes.js";
import { type CommandContext, defineCommand, type ExitCode } from "../define.js";
import { columnsText } from "../figureTable.js";
import { trainingProgress } from "../progress.js";
import { taskContext } from "../taskContext.js";

const options = trainOptions.extend({
  findLearningRate: z
    .boolean()
    .default(false)
    .describe("train nothing, but try rising learning rates for some hundred steps and plot their losses"),
});

export const train = defineCommand({
  task: { ...task, options },
  arguments: [{ field: "experiment", usage: "PRESET|FILE|RUN" }],
  examples: [
    ["isthmus train folder:./photos --minutes 10", "your own pictures: an experiment made for them"],
    ["isthmus train mnist-conv --epochs 3", "a preset, for three epochs"],
    ["isthmus train mnist-conv --quick", "a first look on part of the images"],
    ["isthmus train my.yaml --minutes 3", "as long as fits into three minutes, pictures and exports included"],
    ["isthmus train my.yaml --set phases.0.batchSize=128", "an experiment file, with one setting changed"],
    ["isthmus train my.yaml --tensorboard", "figures and pictures for TensorBoard too: tensorboard --logdir runs"],
    ["isthmus train my.yaml --find-learning-rate", "which learning rate to begin with, and a plot"],
    ["isthmus train runs/2026-11-22-mnist-conv-1 --resume", "go on with a run that was stopped"],
    ["isthmus train runs/2026-11-22-mnist-conv-1 --seed 1", "the same once more, from other first weights"],
  ],
  json: "JSON lines on stdout: every event of the training, at the end { kind: result, … }",
  async run({ findLearningRate, ...options }, context) {
    if (findLearningRate) return await findRate(options, context);
    const { terminal, say, style, json } = context;
    let show: ReturnType<typeof trainingProgress> = () => {};
    let figure = "";
    let hasPlan = () => {};
    const planned = new Promise<void>((resolve) => {
      hasPlan = resolve;
    });
    const onPlan = (plan: TrainingPlan): void => {
      if (!json) say(plan.summary.trimEnd());
      for (const note of plan.notes) say(note);
      show = trainingProgress({ output: terminal.stderr, style, mark: plan.quick ? "quick" : "" });
      figure = plan.figure;
      hasPlan();
    };
    const onInterrupt = () => {
      const { reason } = terminal.interrupted;
      const again = reason === "SIGTERM" || reason === "SIGHUP" ? "another signal" : "Ctrl-C again";
      say(style.yellow(`\nfinishing this step and saving; ${again} leaves at once`));
    };
    terminal.interrupted.addEventListener("abort", onInterrupt);
    const training = trainPlanned(
      options,
      taskContext(context, {
        onEvent(event) {
          if (json) context.printJson(event);
          if (event.kind === "finished") terminal.interrupted.removeEventListener("abort", onInterrupt);
          show(event);
        },
      }),
      onPlan,
      // The process began with the command.
      terminal.began,
    ).finally(() => terminal.interrupted.removeEventListener("abort", onInterrupt));
    // What fails before it is known what is trained is a wrong command.
    await context.lookUp(() => Promise.race([planned, training]));
    const result = await training;

    if (json) context.printJson({ kind: "result", ...result });
    else if (result.reason === "done")
      for (const line of resultLines(result, figure, options.experiment)) context.print(line);
    if (result.reason === "done") return 0;
    say(`stopped at step ${withThousands(result.step)}, saved. To go on: isthmus train ${result.run} --resume`);
    return 130;
  },
});

async function findRate(options: TrainOptions, context: CommandContext): Promise<ExitCode> {
  await context.lookUp(async () => refuseWishes(options, options.experiment));
  const { readTraining } = await import("../../tasks/readTraining.js");
  const { findLearningRate, refusePictures } = await import("../../tasks/findLearningRate.js");
  await context.lookUp(async () => refusePictures(options));
  await context.lookUp(async () => readTraining(options));
  const found = await findLearningRate.run(options, taskContext(context));
  if (context.json) context.printJson({ kind: "result", ...found });
  else for (const line of findingLines(found, options.experiment)) context.print(line);
  return 0;
}

/** What a range test has found and how to use it. */
export function findingLines(found: LearningRateFinding, experiment: string): string[] {
  const { steepest, tenthOfLowest, steps, flag, plot } = found;
  if (steepest === undefined || tenthOfLowest === undefined || flag === undefined) {
    return [
      `the loss did not fall at any rate in ${countText(steps, "step")}: look at the plot, the data and the model`,
      "",
      `plot  ${plot}`,
    ];
  }
  return [
    `learning rate  ${steepest}, where the loss falls most steeply; ${tenthOfLowest} is a tenth of where it is lowest`,
    "",
    `plot           ${plot} (and .svg, .json)`,
    `train so       isthmus train ${experiment} ${flag}`,
  ];
}

/**
 * The figures beside their baselines, and where everything is.
 * @param loss name of the loss's figure, which is shown beside the mse
 * @param experiment what was asked to be trained
 */
export function resultLines(result: TrainResult, loss: string, experiment: string): string[] {
  const { last, lowest, figures = [], baselines, pictures, exports, report, quick, run } = result;
  if (last === undefined || lowest === undefined) return [];
  const mark = quick ? "quick " : "";
  // What the family tells of itself, such as the parts of its objective, before the means over elements.
  const own = figures.filter(({ isOwn }) => isOwn).map(({ name }) => name);
  const names = [...new Set([...own, "mse", loss])].filter((name) => last.test[name] !== undefined);
  const isHigherBetter = (name: string) => figures.find((figure) => figure.name === name)?.better === "higher";
  const value = (figure: number | undefined) => (figure === undefined ? "" : figureText(figure));
  const table = columnsText([
    [`${mark}figures after epoch ${last.epoch}`, "test", "mean image", "lowest test of the run"],
    ...names.map((name) => [
      `${mark}${name}`,
      value(last.test[name]),
      value(baselines?.meanImage[name]),
      isHigherBetter(name) ? "" : `${value(lowest[name]?.value)}, epoch ${lowest[name]?.epoch}`,
    ]),
  ]);
  return [
    ...table,
    ...(quick ? ["quick: trained and tested on part of the images; these figures compare with no others"] : []),
    "",
    `run folder       ${run}`,
    ...(pictures === undefined
      ? []
      : [
          ...(pictures.reconstructions === undefined ? [] : [`reconstructions  ${pictures.reconstructions}`]),
          `curves           ${pictures.curves} (and .svg)`,
        ]),
    ...(exports === undefined ? [] : [`exports          ${exports.join(", ")}`]),
    ...(report === undefined ? [] : [`report           ${report}`]),
    quick
      ? `train it fully   isthmus train ${experiment}`
      : `train it longer  isthmus train ${run} --epochs ${2 * last.epoch}`,
  ];
}

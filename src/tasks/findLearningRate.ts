// Finds a learning rate for an experiment: a range test, its plot, and the flag that sets what was found.
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { openEngine } from "../engines/index.js";
import { diskFileSystem as files, withFileErrors } from "../runs/index.js";
import { checkBatches } from "../training/batchChecks.js";
import { rangeTest } from "../training/rangeTest.js";
import { openResolved } from "../training/run.js";
import { defineTask } from "./define.js";
import { isPictures } from "./picturesNamed.js";
import { readTraining } from "./readTraining.js";
import { type TrainOptions, trainOptions } from "./trainOptions.js";

export interface LearningRateFinding {
  /** Where the loss falls most steeply over the logarithm of the rate, to two digits; undefined if it never falls. */
  readonly steepest?: number;
  /** A tenth of the rate with the lowest loss, to two digits; undefined if it never falls. */
  readonly tenthOfLowest?: number;
  /** Steps taken. */
  readonly steps: number;
  /** Sets `steepest`: `--set phases.0.optimizer.adam.learningRate=0.0021`. */
  readonly flag?: string;
  /** Paths of files. */
  readonly plot: string;
  readonly plotSvg: string;
  readonly record: string;
}

export const findLearningRate = defineTask({
  name: "findLearningRate",
  summary: "Find a learning rate: a short trial over rising rates, with a plot.",
  options: trainOptions,
  /**
   * Tries rates from 1e-7 to 10 on the first phase and writes learning-rate.png, .svg and .json into a new folder. The
   * weights of the trial are thrown away.
   * @throws UserError for everything that a person can mend, AbortError
   */
  async run(options, { report, signal }): Promise<LearningRateFinding> {
    refusePictures(options);
    const { request } = readTraining(options);
    if (request.kind === "resume") {
      throw new UserError("does not go with --resume: it looks for the rate of a training that is yet to begin", {
        at: "--find-learning-rate",
        hint: "Leave out --resume.",
      });
    }
    const { resolved, source } = await openResolved(request.experiment, { emit: () => {} }, { exact: options.exact });
    const { experiment } = resolved;
    checkBatches(resolved, source);
    const engine = await openEngine(
      options.engine ?? "auto",
      typeof options.threads === "number" ? { threads: options.threads } : {},
    );
    const found = await rangeTest({
      files,
      resolved,
      source,
      engine,
      onStep: (done, of) => report({ done, of, what: "trying learning rates" }),
      signal,
    });
    const { rates, losses, smoothed } = found;
    if (rates.length < 2) {
      throw new UserError("the loss is not a number from the first steps on", {
        at: "--find-learning-rate",
        hint: "Look at the data and the model: no learning rate will mend that.",
      });
    }
    const steepest = rounded(found.steepest);
    const tenthOfLowest = rounded(found.tenthOfLowest);
    const { renderChart } = await import("../report/charts.js");
    const { learningRateSpec } = await import("../report/learningRate.js");
    const { svg, png } = renderChart(
      learningRateSpec({
        name: experiment.name,
        rates,
        losses,
        smoothed,
        marks: [
          ...(steepest === undefined ? [] : [{ rate: steepest, label: `${steepest}: steepest descent` }]),
          ...(tenthOfLowest === undefined
            ? []
            : [{ rate: tenthOfLowest, label: `${tenthOfLowest}: a tenth of the lowest` }]),
        ],
      }),
    );
    const folder = newFolder(options.out, `${request.date}-${experiment.name}-learning-rate`);
    const paths = {
      plot: join(folder, "learning-rate.png"),
      plotSvg: join(folder, "learning-rate.svg"),
      record: join(folder, "learning-rate.json"),
    };
    const rateFlag = steepest === undefined ? {} : { flag: flagFor(experiment.phases[0]?.optimizer, steepest) };
    const suggestions = {
      ...(steepest === undefined ? {} : { steepest }),
      ...(tenthOfLowest === undefined ? {} : { tenthOfLowest }),
    };
    withFileErrors(
      { at: folder, what: "the plot can't be written", hint: "Choose another folder with --out DIR." },
      () => {
        files.write(paths.plot, png);
        files.write(paths.plotSvg, new TextEncoder().encode(svg));
        const record = { format: 1, experiment: experiment.name, ...suggestions, rates, losses, smoothed };
        files.write(paths.record, new TextEncoder().encode(`${JSON.stringify(record)}\n`));
      },
    );
    return { ...suggestions, steps: rates.length, ...rateFlag, ...paths };
  },
});

function rounded(rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : Number(rate.toPrecision(2));
}

function flagFor(optimizer: string | object | undefined, rate: number): string {
  const [name = ""] = typeof optimizer === "string" ? [optimizer] : Object.keys(optimizer ?? {});
  return `--set phases.0.optimizer.${name}.learningRate=${rate}`;
}

/** The first folder `<out>/<name>-<n>` that is free. */
function newFolder(out: string, name: string): string {
  return withFileErrors({ at: out, what: "can't be written to", hint: "Choose another folder with --out DIR." }, () => {
    let number = 1;
    while (!files.makeFolder(join(out, `${name}-${number}`))) number += 1;
    return join(out, `${name}-${number}`);
  });
}

/** @throws UserError for pictures in place of an experiment, whose rate is chosen for them */
export function refusePictures({ experiment, resume }: Pick<TrainOptions, "experiment" | "resume">): void {
  if (resume || !isPictures(experiment)) return;
  throw new UserError(`looks for the rate of an experiment; ${experiment} names pictures`, {
    at: "--find-learning-rate",
    hint: `Write their experiment down first: isthmus new pictures.yaml --data ${experiment}`,
  });
}

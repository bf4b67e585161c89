// Training steps a second of an experiment's first phase, here, on each engine that opens; and where the time goes.
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { fillDropoutMask, fillNormals, randomSequence } from "../base/random.js";
import { pause } from "../base/turns.js";
import type { Engine, EngineName, StepTime } from "../engines/engine.js";
import { engineNames, openEngine } from "../engines/index.js";
import type { ReadExperiment } from "../experiment/index.js";
import type { Model } from "../nn/index.js";
import { type RandomInput, sizeOf } from "../tensor/index.js";
import { defineTask, type TaskContext } from "./define.js";
import { resolveExperiment } from "./experiment.js";
import { experimentOptions } from "./experimentOptions.js";
import { chromeTrace, median, medianTimes, type Profile, profileOf } from "./profile.js";
import { expectRunPaths } from "./readTraining.js";
import { resolveWithData } from "./summary.js";
import { threadsOption } from "./threads.js";

export const benchOptions = z.strictObject({
  ...experimentOptions,
  engine: z.enum(engineNames).optional().describe("measure this engine only (default: each that opens, but reference)"),
  threads: threadsOption(),
  seconds: z
    .number()
    .positive()
    .default(3)
    .describe("how long each engine is measured, at least ten steps")
    .meta({ placeholder: "N" }),
  profile: z.boolean().default(false).describe("show where the time goes, by layer and by primitive"),
  trace: z
    .string()
    .optional()
    .describe("also write the profile as a trace for chrome://tracing or ui.perfetto.dev")
    .meta({ placeholder: "FILE" }),
});

/** What one engine does here. */
export interface EngineSpeed {
  readonly engine: EngineName;
  /** `oneDNN 2.6.3` */
  readonly library: string;
  readonly threads: number;
  readonly steps: number;
  /** Of one training step, reading its figures included: the median, the fastest and the slowest. */
  readonly milliseconds: { readonly median: number; readonly fastest: number; readonly slowest: number };
  readonly stepsPerSecond: number;
  readonly imagesPerSecond: number;
  /** Where asked for and the engine can tell. */
  readonly profile?: Profile;
}

export interface BenchResult {
  readonly name: string;
  readonly batchSize: number;
  readonly speeds: readonly EngineSpeed[];
  /** Engines that do not open, and why. */
  readonly closed: readonly { readonly engine: EngineName; readonly why: string; readonly remedy?: string }[];
  /** The trace file that was written. */
  readonly trace?: string;
}

const warmUpSteps = 5;
const fewestSteps = 10;
const profileRuns = 9;

export const bench = defineTask({
  name: "bench",
  summary: "Measure training steps a second on this machine.",
  options: benchOptions,
  /**
   * Trains on one batch of made-up images that stays in memory: no data is read and nothing is kept.
   * @throws UserError where there is no such experiment, no engine opens, or a profile is asked for that none can give
   */
  async run(options, context): Promise<BenchResult> {
    const { experiment, read, run } = resolveExperiment(options);
    expectRunPaths(run, read, options);
    const batchSize = experiment.phases[0]?.batchSize ?? 1;
    const { makeTraining } = await stepsOf(read, batchSize);
    const names = options.engine === undefined ? engineNames.filter((name) => name !== "reference") : [options.engine];
    const speeds: EngineSpeed[] = [];
    const closed: { engine: EngineName; why: string; remedy?: string }[] = [];
    let trace: string | undefined;
    for (const [i, name] of names.entries()) {
      context.report({ done: i, of: names.length, what: `measuring ${name}` });
      let engine: Engine;
      try {
        engine = await openEngine(name, options.threads === undefined ? {} : { threads: options.threads });
      } catch (error) {
        if (!(error instanceof UserError) || options.engine !== undefined) throw error;
        closed.push({
          engine: name,
          why: error.message,
          ...(error.hint === undefined ? {} : { remedy: error.hint }),
        });
        continue;
      }
      const step = await makeTraining(engine);
      try {
        const speed = await measure(engine, step, batchSize, options.seconds, context);
        const isProfiled = options.profile || options.trace !== undefined;
        const times = isProfiled ? await profileTimes(step) : undefined;
        speeds.push(times === undefined ? speed : { ...speed, profile: profileOf(times, await peakGigaflops(engine)) });
        if (times !== undefined && options.trace !== undefined && trace === undefined) {
          trace = writeTrace(options.trace, chromeTrace(times, `${experiment.name}, batch ${batchSize}, ${name}`));
        }
      } finally {
        step.dispose();
      }
    }
    if (speeds.length === 0) {
      throw new UserError("no engine opens that is fast enough to be measured unasked", {
        at: "--engine",
        hint: closed[0]?.remedy ?? "isthmus doctor says what to install.",
      });
    }
    return { name: experiment.name, batchSize, speeds, closed, ...(trace === undefined ? {} : { trace }) };
  },
});

/** A session that trains on one batch. */
export interface Step {
  run(): Promise<void>;
  profile(): Promise<readonly StepTime[] | undefined>;
  dispose(): void;
}

/** Training steps of the first phase on one batch of made-up pictures, on any engine. */
export async function stepsOf(read: ReadExperiment, batchSize: number) {
  const { readOptimizer } = await import("../nn/index.js");
  const { openTrainer } = await import("../training/trainer.js");
  const { experiment, model, loss, metrics, phases } = await resolveWithData(read);
  const optimizer = phases[0]?.optimizer ?? readOptimizer("adam");
  const { learningRate } = optimizer.options;
  const makeTraining = async (engine: Engine): Promise<Step> => {
    const trainer = await openTrainer({
      engine,
      model,
      loss,
      metrics,
      optimizer,
      batchSizes: [batchSize],
      seed: experiment.seed,
    });
    const inputs = madeUpInputs(model, batchSize, trainer.randomInputs, experiment.seed);
    const batch = { count: batchSize, inputs };
    let done = 0;
    const next = () => ({ step: ++done, learningRate });
    return {
      run: async () => void (await trainer.step([batch], next())),
      profile: () => trainer.profile(batch, next()),
      dispose: () => trainer.dispose(),
    };
  };
  return { makeTraining };
}

/** Uniform pixels, masks and noise as a training draws them; labels are all class 0. */
function madeUpInputs(
  model: Model,
  batchSize: number,
  randomInputs: readonly RandomInput[],
  seed: number,
): Record<string, Float32Array> {
  const draw = randomSequence(seed, "sample", 0, 0);
  const pixels = () => new Float32Array(batchSize * sizeOf(model.inputShape)).map(() => draw.uniform());
  const inputs: Record<string, Float32Array> = {
    input: pixels(),
    ...(model.compares === "pictures" ? { target: pixels() } : {}),
    ...(model.classes === undefined ? {} : { label: new Float32Array(batchSize) }),
  };
  for (const { name, shape, ...random } of randomInputs) {
    const values = new Float32Array(sizeOf(shape));
    inputs[name] = values;
    if (random.distribution === "normal") fillNormals(values, seed, "sample", 0, name);
    else fillDropoutMask(values, random.probability, seed, 0, name);
  }
  return inputs;
}

async function measure(
  engine: Engine,
  step: Step,
  batchSize: number,
  seconds: number,
  { signal }: TaskContext,
): Promise<EngineSpeed> {
  for (let i = 0; i < warmUpSteps; i++) {
    await pause(signal);
    await step.run();
  }
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < fewestSteps || performance.now() < end) {
    await pause(signal);
    const start = performance.now();
    await step.run();
    times.push(performance.now() - start);
  }
  const { name, library, threads } = engine.describe();
  const middle = median(times);
  return {
    engine: name,
    library,
    threads,
    steps: times.length,
    milliseconds: { median: middle, fastest: Math.min(...times), slowest: Math.max(...times) },
    stepsPerSecond: 1000 / middle,
    imagesPerSecond: (1000 * batchSize) / middle,
  };
}

async function profileTimes(step: Step): Promise<readonly StepTime[] | undefined> {
  const runs: (readonly StepTime[])[] = [];
  for (let i = 0; i < profileRuns; i++) {
    const times = await step.profile();
    if (times === undefined) return undefined;
    runs.push(times);
  }
  return medianTimes(runs);
}

/** Float32 GFLOP/s of a square matrix product, the best of ten. */
async function peakGigaflops(engine: Engine): Promise<number> {
  const { graphBuilder, ops, program } = await import("../tensor/index.js");
  const size = 2048;
  const shape = [size, size];
  const values = new Float32Array(size * size).fill(1 / size);
  const session = await engine.open(["a", "b"].map((name) => ({ name, shape, kind: "parameter" as const, values })));
  try {
    const graph = graphBuilder();
    const operands = ["a", "b"].map((name) => graph.state(name, shape));
    const product = graph.add(ops.matmul, operands, { transposeA: false, transposeB: false });
    const executable = await session.compile(
      program({ name: "peak", outputs: { mean: graph.add(ops.mean, [product], {}) } }),
    );
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 10; i++) {
      const start = performance.now();
      await executable.run({});
      best = Math.min(best, performance.now() - start);
    }
    return (2 * size ** 3) / best / 1e6;
  } finally {
    session.dispose();
  }
}

function writeTrace(file: string, text: string): string {
  try {
    writeFileSync(file, text);
    return file;
  } catch (cause) {
    throw new UserError("cannot be written", {
      at: file,
      hint: "Name a file in a folder that you may write to.",
      cause,
    });
  }
}

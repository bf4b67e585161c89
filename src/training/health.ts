// Looks at a model's health while it is trained: measures on a sample of the test images at epochs' ends, in the training's own session,
// and writes down what the rules find new (healthRules.ts) as health.jsonl. Nothing of the training depends on it.

import type { OpenSource } from "../data/define.js";
import { type SequentialBatches, sequentialBatches } from "../data/sequentialBatches.js";
import type { Executable, Session } from "../engines/engine.js";
import type { ResolvedExperiment } from "../experiment/resolved.js";
import type { Phase } from "../experiment/schema.js";
import type { Loss } from "../nn/losses/define.js";
import type { BuildContext, Model } from "../nn/models/define.js";
import type { EpochRecord, HealthRecord } from "../runs/records.js";
import { appendLog, type RunFolder, readLog } from "../runs/runFolder.js";
import {
  foldUpsampling,
  graphBuilder,
  ops,
  type Program,
  program,
  runPasses,
  type Value,
  valuesOf,
} from "../tensor/index.js";
import { type HealthFacts, judge, judgeCurves, newNotes } from "./healthRules.js";

/** Images of the sample, at most: enough for a unit that speaks for one image in a hundred. */
const sampleImages = 256;
/** Images that are looked at in one go: what memory they need is less than a usual batch's. */
const batchImages = 64;
/**
 * Training images for each one that is looked at: a look is one pass of a training step's three, so that it costs less than a hundredth
 * of them. Short epochs go by without a look.
 */
const imagesForOne = 40;

export interface Health {
  /**
   * Looks, where it is time to, and writes down what is new.
   * @param moment `before` and `images`: training images of the training until this epoch, and with it
   */
  look(
    session: Session,
    record: EpochRecord,
    moment: {
      readonly phase: Phase;
      readonly isAveraged: boolean;
      readonly before: number;
      readonly images: number;
      readonly isLast: boolean;
    },
  ): Promise<readonly HealthRecord[]>;
}

export function openHealth(
  run: RunFolder,
  { experiment, model, loss }: Pick<ResolvedExperiment, "experiment" | "model" | "loss">,
  { splits: { test } }: Pick<OpenSource, "splits">,
): Health {
  const batch = Math.min(batchImages, test.count);
  const batches = batch === 0 ? 0 : Math.floor(Math.min(sampleImages, test.count) / batch);
  const stride = imagesForOne * batches * batch;
  const told: HealthRecord[] = logOf(run, "health.jsonl");
  /** What was logged before the training was taken up, and since. */
  const records: EpochRecord[] = logOf(run, "metrics.jsonl");
  const compiled = new WeakMap<Session, Promise<Compiled>>();
  const inputs = new Map<Phase, SequentialBatches>();
  return {
    async look(session, record, { phase, isAveraged, before, images, isLast }) {
      records.push(record);
      const isDue = isLast || Math.floor(images / stride) > Math.floor(before / stride);
      const judgements = [...judgeCurves(records)];
      if (isDue && batches > 0) {
        const made = compiled.get(session) ?? compile(session, model, loss, batch, isAveraged);
        compiled.set(session, made);
        const seed = experiment.evaluationSeed;
        const given = inputs.get(phase) ?? sequentialBatches(test, batch, { corrupt: phase.corrupt, seed });
        inputs.set(phase, given);
        judgements.unshift(...judge(await measure(await made, given, batches, record.step)));
      }
      const found = newNotes(judgements, told, record);
      for (const note of found) {
        appendLog(run, "health.jsonl", note);
        told.push(note);
      }
      return found;
    },
  };
}

function logOf<Name extends "health.jsonl" | "metrics.jsonl">(run: RunFolder, name: Name) {
  return run.files.exists(run.files.join(run.path, name)) ? [...readLog(run, name)] : [];
}

interface Compiled {
  readonly executable: Executable;
  /** Of each output `relu …`: where it is, and its units. */
  readonly relus: readonly { readonly output: string; readonly place: string; readonly units: number }[];
}

async function compile(
  session: Session,
  model: Model,
  loss: Loss,
  batch: number,
  isAveraged: boolean,
): Promise<Compiled> {
  const { program: looked, relus } = healthProgram(model, loss, batch, isAveraged);
  return { executable: await session.compile(looked), relus };
}

/**
 * Inference mode: `input` [batch, channel, height, width] to `relu N`, the sum of each of a relu's units over the batch and all places,
 * [unit]; `reconstruction`, of a model that decodes; `mean` and `logVariance`, of a variational one.
 */
export function healthProgram(
  model: Model,
  loss: Pick<Loss, "ofLogits">,
  batch: number,
  isAveraged: boolean,
): { readonly program: Program; readonly relus: Compiled["relus"] } {
  const graph = graphBuilder();
  const { add } = graph;
  const context: BuildContext = { graph, mode: "inference", updates: {}, randomInputs: [], average: isAveraged };
  const images = graph.input("input", [batch, ...model.inputShape]);
  const posterior = model.posterior?.(context, images);
  const code = posterior?.mean ?? model.encode(context, images);
  const decoded = model.decode?.(context, code);
  const outputs: Record<string, Value> = { ...posterior };
  if (decoded !== undefined) outputs.reconstruction = loss.ofLogits ? add(ops.sigmoid, [decoded], {}) : decoded;
  const relus = program({ name: "relus", outputs: { code, ...outputs } })
    .nodes.filter(({ op }) => op === "relu")
    .flatMap((node, i) => {
      const [value] = valuesOf(node);
      const [, units = 0, ...places] = value?.shape ?? [];
      if (value === undefined || units === 0) return [];
      const output = `relu ${i}`;
      // None is below 0: the sum is 0 where all of them are.
      outputs[output] = add(ops.sumTo, [value], { shape: [1, units, ...places.map(() => 1)] });
      return [{ output, place: placeName(node.place), units }];
    });
  // A model without a decoder and without a relu: there is nothing to see but that it runs.
  if (Object.keys(outputs).length === 0) outputs.code = code;
  return { program: runPasses(foldUpsampling(program({ name: `health ${batch}`, outputs }))), relus };
}

/** `encoder[3] relu` as its parameters would be called, `encoder.3`; `encoder[2].layers[1] relu` is `encoder.2.1`. */
function placeName(place: string): string {
  return (place.split(" ")[0] ?? "").replaceAll(".layers[", "[").replaceAll(/\[(\d+)\]/g, ".$1");
}

async function measure(
  { executable, relus }: Compiled,
  given: SequentialBatches,
  batches: number,
  step: number,
): Promise<HealthFacts> {
  const sums = relus.map(({ units }) => new Float64Array(units));
  let kl: Float64Array | undefined;
  let spread: HealthFacts["spread"];
  let images = 0;
  for (let i = 0; i < batches; i++) {
    const count = given.fill(i * given.batchSize);
    images += count;
    const outputs = await executable.run({ input: given.input(count) });
    relus.forEach(({ output }, relu) => {
      const own = sums[relu] as Float64Array;
      const values = outputs[output] ?? [];
      for (let unit = 0; unit < own.length; unit++) own[unit] = (own[unit] as number) + (values[unit] as number);
    });
    const { mean, logVariance, reconstruction } = outputs;
    if (mean !== undefined && logVariance !== undefined) {
      kl ??= new Float64Array(mean.length / count);
      addKl(kl, mean, logVariance);
    }
    if (i > 0 || reconstruction === undefined) continue;
    const originals = varianceOverImages(given.view(count), count);
    if (originals > 0) spread = { reconstructions: varianceOverImages(reconstruction, count), originals };
  }
  return {
    step,
    images,
    relus: relus.map(({ place, units }, relu) => ({
      ...{ place, units },
      dead: (sums[relu] ?? []).filter((sum) => sum === 0).length,
    })),
    ...(spread === undefined ? {} : { spread }),
    ...(kl === undefined ? {} : { klOfUnits: Array.from(kl, (sum) => sum / images) }),
  };
}

/** Adds ½(mean² + variance − 1 − ln variance) of each image to its unit. @param mean [image, unit] @param logVariance likewise */
export function addKl(sums: Float64Array, mean: ArrayLike<number>, logVariance: ArrayLike<number>): void {
  for (let i = 0; i < mean.length; i++) {
    const [m, v] = [mean[i] as number, logVariance[i] as number];
    const unit = i % sums.length;
    sums[unit] = (sums[unit] as number) + (m * m + Math.exp(v) - 1 - v) / 2;
  }
}

/** The variance over images, summed over their pixels. @param values [image, …] */
export function varianceOverImages(values: ArrayLike<number>, count: number): number {
  const size = values.length / count;
  let total = 0;
  for (let pixel = 0; pixel < size; pixel++) {
    let sum = 0;
    let squares = 0;
    for (let at = pixel; at < values.length; at += size) {
      const value = values[at] as number;
      sum += value;
      squares += value * value;
    }
    total += Math.max(0, squares / count - (sum / count) ** 2);
  }
  return total;
}

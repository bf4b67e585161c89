// A training that begins before all of its pictures are decoded: in which order it needs them, and when all are there.
import { InternalError } from "../base/errors.js";
import { durationText, withThousands } from "../base/text.js";
import type { OpenSource } from "../data/define.js";
import { epochOrder } from "../data/sampling.js";
import type { Experiment } from "../experiment/schema.js";
import { stepsToFirstLook } from "./plan.js";

/** Test images that a first look shows. */
const looked = 32;

/** Whether an experiment can take steps before all pictures are there: principal components are of all of them. */
export function mayBeginEarly({ initialise }: Experiment): boolean {
  return typeof initialise === "string" || "weights" in initialise;
}

/** The files of a source by number, in the order in which a training needs them. */
export function neededOrder({ phases, seed }: Experiment, { train, test }: OpenSource["splits"]): readonly number[] {
  const [phase] = phases;
  const { images } = epochOrder(train, phase?.sample, seed, 1);
  const order = Array.from(images, (image) => train.indices[image] as number);
  const before = stepsToFirstLook * (phase?.batchSize ?? 1) * (phase?.accumulate ?? 1);
  return [...order.slice(0, before), ...test.indices.subarray(0, looked), ...order.slice(before)];
}

/** Said before the first step. */
export function earlyNote({ arrivals, splits }: OpenSource): string {
  const pictures = Object.values(splits).reduce((sum, { count }) => sum + count, 0);
  const seconds = durationText(arrivals?.expectedSeconds ?? 0);
  return `the training begins while its ${withThousands(pictures)} pictures are read (expected to take ${seconds}); figures, findings and checkpoints come when all are there`;
}

export interface Arrival {
  /**
   * How far the decoding has come; undefined when all pictures are there.
   * @throws InternalError where the training can't go on: where the thread has ended, and where it must begin again
   */
  look(): { readonly done: number; readonly of: number; readonly perSecond?: number } | undefined;
  /** The source, with what only a whole one knows as soon as it is whole. */
  source(): OpenSource;
}

/** @param onWhole told once, when all pictures are there */
export function arrivalOf(
  source: OpenSource,
  onWhole: (source: OpenSource, notes: readonly string[]) => void,
): Arrival {
  const { arrivals } = source;
  let whole: OpenSource | undefined = arrivals === undefined ? source : undefined;
  return {
    look() {
      if (whole !== undefined || arrivals === undefined) return undefined;
      const { isComplete, unexpected, ...far } = arrivals.look();
      if (unexpected !== undefined) throw new InternalError(`${unexpected.name}: ${unexpected.reason}`);
      if (!isComplete) return far;
      const { checksums, notes } = arrivals.finish();
      whole = { ...source, card: { ...source.card, checksums } };
      onWhole(whole, notes);
      return undefined;
    },
    source: () => whole ?? source,
  };
}

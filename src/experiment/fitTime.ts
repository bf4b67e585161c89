// Another length of training for a time that one has: `--minutes N`. Pure: what steps take was measured elsewhere.
import { sum } from "../base/numbers.js";
import { countText, epochsText, withThousands } from "../base/text.js";
import { readSchedule } from "../nn/schedules/index.js";
import { isMapping } from "../schema/read.js";
import type { Experiment, Phase } from "./schema.js";

/** Epochs that a training has at least, of fewer images each where one of all takes too long: a curve of one point says little. */
const fewestEpochs = 4;
/** Fewer epochs than this are fitted by the number of their images too, for a whole number of them is too coarse. */
const fineEpochs = 12;
/** Parts of the time that evaluations may take: those after epochs together, that of the training images at the end. */
const evaluationParts = { epochs: 0.3, end: 0.15 } as const;
/** Images that are left at least, where a time is so short that they are limited. */
const fewestImages = 64;

export interface TimeToFit {
  /** From now to the end of the command. */
  readonly milliseconds: number;
  /** Do not lengthen what would end sooner. */
  readonly atMost: boolean;
  /** Of each phase: images and steps of an epoch, milliseconds of a step. */
  readonly phases: readonly { readonly images: number; readonly steps: number; readonly stepMilliseconds: number }[];
  /** Of an image, in an evaluation. */
  readonly evaluationMilliseconds: number;
  /** Images of the splits; validation images are evaluated with the test images. */
  readonly images: { readonly train: number; readonly test: number; readonly validation: number };
  /** For pictures and exports. */
  readonly lookBackMilliseconds: number;
}

export interface FittedTime {
  readonly experiment: Experiment;
  /** The most images of splits, where one evaluation takes too long. */
  readonly limit?: { readonly test: number; readonly validation?: number };
  /** What was chosen, for people; absent where nothing was changed. */
  readonly sentence?: string;
}

/**
 * The experiment with as many epochs as fit, each phase in proportion to what it says. Schedules follow: those that name epochs are
 * stretched. Where hardly an epoch fits, epochs get fewer images; where not even an evaluation does, its images are limited.
 */
export function fitTime(experiment: Experiment, time: TimeToFit): FittedTime {
  const available = Math.max(0, time.milliseconds - time.lookBackMilliseconds);
  const { images, evaluationMilliseconds } = time;
  const count = experiment.phases.length;
  // An evaluation after each phase at least.
  const most = (evaluationParts.epochs * available) / count / Math.max(1e-9, evaluationMilliseconds);
  const share = Math.min(1, most / Math.max(1, images.test + images.validation));
  const limited = (all: number): number => Math.min(all, Math.max(fewestImages, Math.floor(share * all)));
  const limits = { test: limited(images.test), validation: limited(images.validation) };
  const isLimited = limits.test < images.test || limits.validation < images.validation;
  const ofTrain = images.train * evaluationMilliseconds;
  const evaluateTrain = ofTrain > evaluationParts.end * available ? ("never" as const) : experiment.evaluateTrain;
  const evaluation =
    (limits.test + limits.validation) * evaluationMilliseconds + (evaluateTrain === true ? ofTrain : 0);
  const left = Math.max(0, available - (evaluateTrain === false ? ofTrain : 0));

  const written = sum(experiment.phases.map(({ epochs }) => epochs));
  const stepsTime = (epochs: readonly number[]): number =>
    sum(time.phases.map(({ steps, stepMilliseconds }, i) => (epochs[i] ?? 0) * steps * stepMilliseconds));
  const factor = left / Math.max(1e-9, stepsTime(experiment.phases.map(({ epochs }) => epochs)) + written * evaluation);
  if (time.atMost && factor >= 1) return { experiment };

  const wanted = factor * written;
  const isFine = wanted >= fineEpochs;
  const mostEpochs = Math.max(count, Math.floor((evaluationParts.epochs * left) / Math.max(1e-9, evaluation)));
  const total = isFine
    ? wanted
    : Math.min(mostEpochs, Math.max(Math.ceil(wanted), time.atMost ? Math.min(fewestEpochs, written) : fewestEpochs));
  const epochs = experiment.phases.map((phase) => Math.max(1, Math.round((phase.epochs * total) / written)));
  // With whole epochs settled, the rest is a matter of how many images each has.
  const part = (left - sum(epochs) * evaluation) / Math.max(1e-9, stepsTime(epochs));
  const isPart = !isFine && part < 0.97;
  const phases = experiment.phases.map((phase, index): Phase => {
    const wantedImages = (time.phases[index]?.images ?? 1) * Math.max(0, part);
    const sample = isPart ? { sample: sampleOf(phase, wantedImages, images.train) } : {};
    return { ...stretched(phase, epochs[index] ?? 1), ...sample };
  });
  const model = withRise(experiment.model, (sum(epochs) / written) * (isPart ? Math.max(0, part) : 1));
  return {
    experiment: { ...experiment, model, phases, evaluateTrain },
    ...(isLimited
      ? { limit: { test: limits.test, ...(images.validation === 0 ? {} : { validation: limits.validation }) } }
      : {}),
    sentence: sentence(phases, { limits: isLimited ? limits : undefined, isPart, images, written }),
  };
}

/** An epoch of about so many images: some of all, or where pictures come again and again in one, fewer times. */
function sampleOf(phase: Phase, wanted: number, trained: number): NonNullable<Phase["sample"]> {
  const { times, ...others } = phase.sample ?? {};
  const fewer = Math.floor(wanted / Math.max(1, trained));
  if (times !== undefined && fewer >= 1) return { ...others, times: fewer };
  return { ...others, images: wholeBatches(wanted, phase) };
}

/** Whole steps, so that no batch is left with a single image; at least one batch. */
function wholeBatches(images: number, { batchSize, accumulate }: Phase): number {
  const step = images >= batchSize * accumulate ? batchSize * accumulate : batchSize;
  return Math.max(1, Math.floor(images / step)) * step;
}

function stretched(phase: Phase, epochs: number): Phase {
  const { scheduleEpochs = phase.epochs } = phase;
  if (readSchedule(phase.schedule).schedule.isRelative === true || scheduleEpochs === epochs)
    return { ...phase, epochs };
  return { ...phase, epochs, scheduleEpochs };
}

/** A variational model's weight that rises over a number of steps rises over the same part of the training. */
function withRise(model: Experiment["model"], ratio: number): Experiment["model"] {
  const beta: unknown = "beta" in model ? model.beta : undefined;
  if (!isMapping(beta) || typeof beta.steps !== "number") return model;
  return { ...model, beta: { ...beta, steps: Math.max(1, Math.round(beta.steps * ratio)) } } as Experiment["model"];
}

function sentence(
  phases: readonly Phase[],
  chosen: {
    readonly limits: { readonly test: number } | undefined;
    readonly isPart: boolean;
    readonly images: { readonly test: number };
    readonly written: number;
  },
): string {
  const { limits, isPart, images } = chosen;
  const all = epochsText(phases.map(({ epochs }) => epochs));
  const each = phases.length < 2 ? "" : ` (${phases.map(({ name, epochs }) => `${name} ${epochs}`).join(", ")})`;
  const sizes = [...new Set(phases.map(({ sample }) => sample?.images))];
  const [size] = sizes;
  const part =
    isPart && sizes.length === 1 && size !== undefined
      ? ` of ${withThousands(size)} images, another choice in each`
      : isPart
        ? " of fewer images"
        : "";
  const limited =
    limits === undefined
      ? ""
      : `, tested on ${withThousands(limits.test)} of ${countText(images.test, "image")}, for all of them take too long here`;
  return `${all}${each}${part} instead of ${countText(chosen.written, "epoch")}${limited}`;
}

// What is said of a training's health, and when: every rule with its numbers and their reasons. Pure; health.ts measures.
import { countText, withThousands } from "../base/text.js";
import type { EpochRecord, HealthKind, HealthRecord } from "../runs/records.js";

/** What was measured on a sample of the test images at an epoch's end. */
export interface HealthFacts {
  /** Steps done. */
  readonly step: number;
  /** Images of the sample. */
  readonly images: number;
  /** Of every relu: its units (channels, or numbers of a vector), and how many are 0 for every image of the sample, everywhere. */
  readonly relus: readonly { readonly place: string; readonly units: number; readonly dead: number }[];
  /**
   * Variance over the images, summed over their pixels, of reconstructions and of originals; absent without a decoder, and where the
   * originals do not differ.
   */
  readonly spread?: { readonly reconstructions: number; readonly originals: number };
  /** Of a variational model: the KL divergence of each code unit, mean over the sample, in nats. */
  readonly klOfUnits?: readonly number[];
}

/** What a rule finds. */
export interface Judgement {
  readonly kind: HealthKind;
  readonly place?: string;
  /** `between`: not bad enough to be said, not good enough to be taken back. */
  readonly state: "ill" | "between" | "well";
  /** What it was judged by; larger is worse. */
  readonly value: number;
  readonly message: string;
  readonly hint: string;
}

/**
 * The part of a layer's units that may be dead: relu presets that end well have up to a third after 1,200 steps (mnist-codes-relu 27 %,
 * mnist-vae-20 33 %), some of which speak for rare pictures.
 */
const deadPart = 0.5;
/** Images that say whether a unit is dead: one that speaks for one image in a hundred, as a code of few active units has them, is not. */
const imagesForDead = 100;

/**
 * Steps after which a model should do more than the mean image. The presets leave it within their first 100 to 300 steps; a β that rises
 * or a deep network takes longer.
 */
const settledSteps = 1_000;
/**
 * Below this part of the originals' variance all reconstructions look the same: PCA with one component keeps a tenth of MNIST's
 * variance, so that a code of a single number that says anything has ten times as much.
 */
const constantPart = 0.01;

/** Nats below which a unit says nothing: the bound of Burda, Grosse and Salakhutdinov (2016, "Importance weighted autoencoders"). */
const silentNats = 0.01;
/** Nearly all units silent is a collapsed code (Bowman et al. 2016); some always are, as the prior is cheaper than they are worth. */
const collapsedPart = 0.9;
/** From half on a smaller code would do as well, which is worth knowing and no illness. */
const unusedPart = 0.5;

/**
 * How far the test objective may be above its lowest: generalisation loss of 5 % (Prechelt 1998, "Early stopping – but when?", GL₅),
 * while the objective on the training images falls.
 */
const apartPart = 0.05;
/** Epochs in a row: one alone is the noise of a large learning rate. */
const apartEpochs = 3;

/** All that the rules find, in a fixed order. */
export function judge(facts: HealthFacts): readonly Judgement[] {
  return [...facts.relus.flatMap((relu) => deadUnits(relu, facts)), ...constantOutput(facts), ...silentUnits(facts)];
}

function deadUnits(
  { place, units, dead }: HealthFacts["relus"][number],
  { images }: HealthFacts,
): readonly Judgement[] {
  if (images < imagesForDead) return [];
  const part = dead / units;
  return [
    {
      ...{ kind: "deadUnits", place, value: part },
      state: part >= deadPart ? "ill" : part < deadPart / 2 ? "well" : "between",
      message: `${withThousands(dead)} of ${countText(units, "unit")} of ${place} ${dead === 1 ? "is" : "are"} 0 for all of ${withThousands(images)} test images`,
      hint: "What is 0 for every picture learns no more. A lower learning rate keeps them alive, as do leakyRelu or elu in relu's place, or batchNorm2d before it.",
    },
  ];
}

function constantOutput({ step, spread }: HealthFacts): readonly Judgement[] {
  if (spread === undefined || step < settledSteps) return [];
  const part = spread.reconstructions / spread.originals;
  return [
    {
      ...{ kind: "collapsedCode", place: "decoder", value: 1 - part },
      state: part < constantPart ? "ill" : part > 2 * constantPart ? "well" : "between",
      message: `every picture is reconstructed as nearly the same one: they vary ${percent(part)} as much as the originals`,
      hint: "The code says nothing yet. Try another learning rate, fewer layers, or less weight on what the objective has beside the reconstruction.",
    },
  ];
}

function silentUnits({ step, klOfUnits }: HealthFacts): readonly Judgement[] {
  if (klOfUnits === undefined || klOfUnits.length === 0 || step < settledSteps) return [];
  const silent = klOfUnits.filter((kl) => kl < silentNats).length;
  const part = silent / klOfUnits.length;
  const isCollapsed = part >= collapsedPart;
  const message = `${silent} of ${countText(klOfUnits.length, "code unit")} ${silent === 1 ? "says" : "say"} nothing of the picture: a KL divergence below ${silentNats} nats`;
  return [
    {
      ...{ kind: "collapsedCode", place: "code", value: part, message },
      state: isCollapsed ? "ill" : part < collapsedPart - 0.1 ? "well" : "between",
      hint: "The decoder does without the code. Try a smaller beta, one that rises ({ from: 0, to: 1, steps: … }), or freeBits.",
    },
    {
      ...{ kind: "unusedUnits", place: "code", value: part, message },
      // What is collapsed is said as that.
      state: part >= unusedPart && !isCollapsed ? "ill" : part < unusedPart - 0.1 ? "well" : "between",
      hint: "That is no mistake: a smaller code would do as well, or a smaller beta if the code is to say more.",
    },
  ];
}

/**
 * Whether train and test come apart, from the records of a training so far; only epochs of the last one's phase count, for phases may
 * corrupt differently.
 */
export function judgeCurves(records: readonly EpochRecord[]): readonly Judgement[] {
  const phase = records.at(-1)?.phase;
  const own = records.filter((record) => record.phase === phase);
  const last = own.at(-1);
  const lowest = own.reduce<EpochRecord | undefined>(
    (found, record) => (found === undefined || objective(record.test) < objective(found.test) ? record : found),
    undefined,
  );
  // A share of what may be negative, or 0, says nothing.
  if (last === undefined || lowest === undefined || !(objective(lowest.test) > 0)) return [];
  const above = (record: EpochRecord): number => objective(record.test) / objective(lowest.test) - 1;
  const recent = own.slice(-apartEpochs);
  const isIll =
    recent.length === apartEpochs &&
    recent.every(
      (record) =>
        record.epoch > lowest.epoch && above(record) > apartPart && objective(record.train) < objective(lowest.train),
    );
  return [
    {
      ...{ kind: "trainTestApart", value: above(last) },
      state: isIll ? "ill" : above(last) < apartPart / 2 ? "well" : "between",
      message: `the test objective is ${percent(above(last))} above its lowest (epoch ${lowest.epoch}) while that of the training images falls`,
      hint: `It learns its training images by heart. ${lowest.epoch} epochs are enough; more pictures, augmentation, dropout or weight decay let it learn longer.`,
    },
  ];
}

function objective({ objective: value = Number.NaN }: EpochRecord["test"]): number {
  return value;
}

/** How much worse it has to be than when it was last said, to be said again. */
const worseBy = 1.5;

/**
 * What is new: each kind and place is said once, again when it is worse by half, and once when it is over.
 * @param told all that was said so far
 */
export function newNotes(
  judgements: readonly Judgement[],
  told: readonly HealthRecord[],
  { epoch, step }: Pick<HealthRecord, "epoch" | "step">,
): readonly HealthRecord[] {
  return judgements.flatMap(({ kind, place, state, value, message, hint }) => {
    const before = told.findLast((record) => record.kind === kind && record.place === place);
    const isOpen = before !== undefined && before.isOver !== true;
    const isNews = state === "ill" ? !isOpen || value >= worseBy * before.value : state === "well" && isOpen;
    if (!isNews) return [];
    const record: HealthRecord = {
      ...{ epoch, step, kind },
      message: state === "well" ? `better now: ${message}` : message,
      hint: state === "well" ? "Nothing is to be done." : hint,
      ...(place === undefined ? {} : { place }),
      value,
      ...(state === "well" ? { isOver: true as const } : {}),
    };
    return [record];
  });
}

/** Whether somebody should do something about it. */
export function isWarning({ kind, isOver }: HealthRecord): boolean {
  return isOver !== true && kind !== "unusedUnits";
}

function percent(part: number): string {
  return `${Number((100 * part).toPrecision(2))} %`;
}

// Which images an epoch takes, and in which order: all of them, a part, or each class equally often.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { type RandomSequence, randomOrder, randomSequence } from "../base/random.js";
import { withThousands } from "../base/text.js";
import type { ImageSet } from "./define.js";

const imagesText = "expected a whole number of images, or a part of them below 1";

/** What an epoch takes of the training images; `{}` is each image once. */
export const sampleOptions = z.strictObject({
  images: z
    .number(imagesText)
    .positive(imagesText)
    .refine((value) => value < 1 || Number.isInteger(value), imagesText)
    .optional()
    .describe("images of an epoch, another choice in each: how many, or a part below 1; default: as many as there are"),
  times: z
    .int("expected a whole number of at least 1")
    .min(1, "expected a whole number of at least 1")
    .optional()
    .describe("how often each image comes in an epoch, augmented anew each time: for few pictures; default: once"),
  balanced: z
    .boolean("expected true or false")
    .optional()
    .describe("each class equally often: images of rare classes come more than once in an epoch"),
});
export type Sample = z.output<typeof sampleOptions>;

type Sampled = Pick<ImageSet, "count" | "labels">;

/** The images of one epoch, in order. */
export interface EpochOrder {
  /** Positions in the set. */
  readonly images: Uint32Array;
  /** How often each was taken before in this epoch; undefined where none comes twice. */
  readonly repeats?: Uint32Array;
}

/**
 * Images of an epoch. Balanced ones are a multiple of the number of classes, the nearest one.
 * @throws UserError where the set has no labels to balance by, and where it has fewer images than wanted,
 *   or `times` stands beside another count
 */
export function imagesPerEpoch(set: Sampled, sample: Sample = {}, at = "sample"): number {
  const { images = set.count, balanced = false, times } = sample;
  if (times !== undefined) {
    if (sample.images === undefined && !balanced) return times * set.count;
    throw new UserError("does not go with images or balanced, which say how many images an epoch takes", {
      at: `${at}.times`,
      hint: "Leave one of them out.",
    });
  }
  const wanted = images < 1 ? Math.max(1, Math.round(images * set.count)) : images;
  if (balanced) {
    const classes = classesOf(set, at).length;
    return classes * Math.max(1, Math.round(wanted / classes));
  }
  if (wanted > set.count) {
    throw new UserError(`expected at most ${withThousands(set.count)}, the training images, got ${images}`, {
      at: `${at}.images`,
    });
  }
  return wanted;
}

/**
 * The order of an epoch, keyed by (seed, epoch). A part of the images is another one in each epoch.
 * @throws UserError as `imagesPerEpoch`
 */
export function epochOrder(set: Sampled, sample: Sample | undefined, seed: number, epoch: number): EpochOrder {
  const count = imagesPerEpoch(set, sample);
  if (sample?.times !== undefined) {
    const order = randomOrder(count, seed, "shuffle", epoch);
    return {
      images: order.map((place) => place % set.count),
      repeats: order.map((place) => Math.floor(place / set.count)),
    };
  }
  if (sample?.balanced !== true) return { images: randomOrder(set.count, seed, "shuffle", epoch).subarray(0, count) };
  const classes = classesOf(set, "sample");
  const perClass = count / classes.length;
  const taken = new Uint32Array(count);
  const takenBefore = new Uint32Array(count);
  classes.forEach((members, number) => {
    const random = randomSequence(seed, "sample", epoch, number);
    for (let done = 0, repeat = 0; done < perClass; repeat++) {
      shuffle(members, random);
      for (const image of members.subarray(0, perClass - done)) {
        const place = number * perClass + done++;
        taken[place] = image;
        takenBefore[place] = repeat;
      }
    }
  });
  const order = randomOrder(count, seed, "shuffle", epoch);
  return {
    images: order.map((place) => taken[place] as number),
    repeats: order.map((place) => takenBefore[place] as number),
  };
}

/** Positions of the images of each class that has any, by class. */
function classesOf({ labels, count }: Sampled, at: string): readonly Uint32Array[] {
  if (labels === undefined) {
    throw new UserError("the data has no labels, so its classes can't be balanced", {
      at: `${at}.balanced`,
      hint: "Leave it out, or take data with classes.",
    });
  }
  const sizes: number[] = [];
  for (let i = 0; i < count; i++) sizes[labels[i] as number] = (sizes[labels[i] as number] ?? 0) + 1;
  const members = Array.from(sizes, (size = 0) => new Uint32Array(size));
  const next = new Uint32Array(members.length);
  for (let i = 0; i < count; i++) {
    const label = labels[i] as number;
    const own = members[label];
    if (own !== undefined) own[next[label] as number] = i;
    next[label] = (next[label] as number) + 1;
  }
  return members.filter(({ length }) => length > 0);
}

/** Fisher–Yates. */
function shuffle(values: Uint32Array, random: RandomSequence): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = values[i] as number;
    values[i] = values[j] as number;
    values[j] = kept;
  }
}

// Which images are trained on and which are held back: keyed draws over whole classes, images or groups.
import { UserError } from "../base/errors.js";
import { randomOrder } from "../base/random.js";
import { withThousands } from "../base/text.js";
import { sizeOf } from "../tensor/index.js";
import type { ImageSet, OpenSource } from "./define.js";
import type { SplitOptions } from "./descriptions/common.js";
import { createImageStore, readPixels } from "./imageStore.js";

/** Draws of the stream "split" for different purposes, so that one does not repeat the other. */
const draws = { test: 0, validation: 1 } as const;

/** What is known of the images that are to be parted. */
export interface Parting {
  readonly count: number;
  /** Each class is parted in the same proportion. */
  readonly labels?: ArrayLike<number>;
  /** Groups stay whole; proportions of classes are then not kept. */
  readonly groups?: ArrayLike<number>;
}

/**
 * Holds back some images. With labels, every class gives its share as nearly as whole images allow, the total is exact, and
 * the first image drawn of each class stays, so that no class is held back whole. With groups, whole groups are taken in a
 * drawn order as long as they fit.
 * @param heldBack images to hold back, 1 to count − 1
 * @returns whether each image is held back
 */
export function holdBack(
  { count, labels, groups }: Parting,
  heldBack: number,
  seed: number,
  purpose: keyof typeof draws,
): Uint8Array {
  const taken = new Uint8Array(count);
  const order = randomOrder(count, seed, "split", draws[purpose]);
  if (groups !== undefined) {
    const members = new Map<number, number[]>();
    for (const image of order) {
      const group = groups[image] as number;
      const known = members.get(group);
      if (known === undefined) members.set(group, [image]);
      else known.push(image);
    }
    // Drawn by the group's number and not by its first image: otherwise large groups would come first more often.
    const names = [...members.keys()].sort((a, b) => a - b);
    let left = heldBack;
    for (const place of randomOrder(names.length, seed, "split", draws[purpose])) {
      const images = members.get(names[place] as number) ?? [];
      if (images.length > left) continue;
      for (const image of images) taken[image] = 1;
      left -= images.length;
    }
    return taken;
  }
  const sizes = new Map<number, number>();
  for (let image = 0; image < count; image++)
    sizes.set(labels?.[image] ?? 0, (sizes.get(labels?.[image] ?? 0) ?? 0) + 1);
  const seen = new Map<number, number>();
  // Each class spreads its images evenly over (0, 1); what lies highest of all is held back.
  const heights = new Float64Array(count);
  for (const image of order) {
    const label = labels?.[image] ?? 0;
    const place = seen.get(label) ?? 0;
    seen.set(label, place + 1);
    heights[image] = place === 0 ? 0 : (place + 0.5) / (sizes.get(label) ?? 1);
  }
  const places = new Uint32Array(count);
  for (const [place, image] of order.entries()) places[image] = place;
  const highest = Uint32Array.from({ length: count }, (_, image) => image).sort(
    (a, b) => (heights[b] as number) - (heights[a] as number) || (places[a] as number) - (places[b] as number),
  );
  for (const image of highest.subarray(0, heldBack)) taken[image] = 1;
  return taken;
}

/**
 * Which images are tested on.
 * @param images `groups` is what `by: group` keeps together
 * @param at of the source, for errors
 * @returns for each image whether it is tested, and sentences about classes that are not
 * @throws UserError where there is too little to part
 */
export function splitTest(
  { count, labels, groups }: Parting,
  { train, by, seed }: SplitOptions,
  classes: readonly string[] | undefined,
  at: string,
): { readonly isTest: Uint8Array; readonly notes: readonly string[] } {
  if (count < 2) {
    throw new UserError("one picture cannot be parted into training and test", { at, hint: "Add more pictures." });
  }
  const kept = by === "image" ? undefined : by === "class" ? labels : groups;
  if (by !== "image") {
    if (kept === undefined) {
      throw new UserError(
        `a split by ${by} needs ${by === "class" ? "classes" : "groups"}, and these pictures have none`,
        {
          at: `${at}: split.by`,
          hint: "Put the pictures of each class into a folder of its own, or split by image.",
        },
      );
    }
    const different = new Set(Array.from(kept)).size;
    if (different < 2) {
      throw new UserError(`a split by ${by} needs at least two, there is one`, {
        at: `${at}: split.by`,
        hint: "Split by image instead.",
      });
    }
  }
  const wanted = Math.min(count - 1, Math.max(1, Math.round(count * (1 - train))));
  const isTest = holdBack(
    { count, ...(kept !== undefined ? { groups: kept } : labels === undefined ? {} : { labels }) },
    wanted,
    seed,
    "test",
  );
  if (!isTest.includes(1)) {
    throw new UserError(`no ${by} is small enough to be ${withThousands(wanted)} test images`, {
      at: `${at}: split`,
      hint: `Choose a smaller share to train on, or split by image.`,
    });
  }
  return { isTest, notes: labels === undefined || by === "class" ? [] : untestedNotes(labels, isTest, classes) };
}

function untestedNotes(
  labels: ArrayLike<number>,
  isTest: Uint8Array,
  classes: readonly string[] | undefined,
): string[] {
  const sizes = new Map<number, { all: number; tested: number }>();
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image] as number;
    const size = sizes.get(label) ?? { all: 0, tested: 0 };
    size.all++;
    size.tested += isTest[image] as number;
    sizes.set(label, size);
  }
  const named = (wanted: (size: { all: number; tested: number }) => boolean): string[] =>
    [...sizes].filter(([, size]) => wanted(size)).map(([label]) => `“${classes?.[label] ?? label}”`);
  const single = named(({ all }) => all === 1);
  const untested = named(({ all, tested }) => all > 1 && tested === 0);
  return [
    ...(single.length === 0
      ? []
      : [
          single.length === 1
            ? `the class ${single[0]} has one picture, which is trained on and never tested`
            : `${withThousands(single.length)} classes have one picture, which is trained on and never tested: ${few(single)}`,
        ]),
    ...(untested.length === 0
      ? []
      : [
          untested.length === 1
            ? `the class ${untested[0]} is too small to have a test picture`
            : `${withThousands(untested.length)} classes are too small to have a test picture: ${few(untested)}`,
        ]),
  ];
}

/** The first three names of a list. */
export function few(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} …`;
}

/**
 * The source with a validation split cut from its training images, keyed (stream "split"): each class in proportion, or
 * whole groups where the source has groups.
 * @param validation a share below 1, or a number of images
 * @throws UserError where the source has a validation split already, or too few images
 */
export function withValidation(source: OpenSource, validation: number, at: string): OpenSource {
  const { train } = source.splits;
  if (source.splits.validation !== undefined) {
    throw new UserError("this source has a validation split of its own", { at, hint: "Leave the option out." });
  }
  const wanted = validation < 1 ? Math.max(1, Math.round(train.count * validation)) : validation;
  if (wanted >= train.count) {
    throw new UserError(
      `${withThousands(wanted)} validation images would leave none of the ${withThousands(train.count)} training images`,
      { at, hint: "Choose fewer." },
    );
  }
  const isHeld = holdBack(train, wanted, 0, "validation");
  if (!isHeld.includes(1)) {
    throw new UserError(`no group is small enough to be ${withThousands(wanted)} validation images`, {
      at,
      hint: "Choose more.",
    });
  }
  const validationSet = selectImages(train, (image) => isHeld[image] === 1);
  const trainSet = selectImages(train, (image) => isHeld[image] === 0);
  return { ...source, splits: { ...source.splits, train: trainSet, validation: validationSet } };
}

/** The images of a set that are wanted, in their order, copied; where they are still being decoded, memory that they come into. */
export function selectImages(set: ImageSet, isWanted: (image: number) => boolean): ImageSet {
  const chosen: number[] = [];
  for (let image = 0; image < set.count; image++) if (isWanted(image)) chosen.push(image);
  const store = createImageStore(chosen.length, sizeOf(set.shape));
  const buffer = new Uint8Array(set.pixels instanceof Uint8Array ? 0 : sizeOf(set.shape));
  const { labels, attributes, groups, arriving } = set;
  if (arriving === undefined) {
    for (const [place, image] of chosen.entries()) store.write(place, readPixels(set, image, 1, buffer));
  }
  return {
    count: chosen.length,
    shape: set.shape,
    pixels: store.finish(),
    indices: Uint32Array.from(chosen, (image) => set.indices[image] as number),
    ...(arriving === undefined ? {} : { arriving }),
    ...(labels === undefined ? {} : { labels: chosenFrom(labels, chosen) }),
    ...(groups === undefined ? {} : { groups: chosenFrom(groups, chosen) }),
    ...(attributes === undefined
      ? {}
      : {
          attributes: Object.fromEntries(
            Object.entries(attributes).map(([name, values]) => [
              name,
              Float32Array.from(chosen, (image) => values[image] as number),
            ]),
          ),
        }),
  };
}

function chosenFrom<Values extends Uint8Array | Uint16Array | Uint32Array>(
  values: Values,
  chosen: readonly number[],
): Values {
  const out = values.slice(0, chosen.length) as Values;
  for (const [place, image] of chosen.entries()) out[place] = values[image] as number;
  return out;
}

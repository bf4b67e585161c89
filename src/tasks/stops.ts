// The stops of a walk as a person names them: an image of a split by its number, a class, or a picture's file.
import { basename } from "node:path";
import { UserError } from "../base/errors.js";
import { nearest, withThousands } from "../base/text.js";
import type { OpenSource, SplitName } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { unitFromPixels } from "../pixels/index.js";

/** An image of a split. */
export interface SplitImage {
  readonly split: SplitName;
  /** Its place in the split, from 0. */
  readonly index: number;
  /** The name of its class, where the data have classes. */
  readonly class?: string;
}

export interface Stop {
  /** As it was named. */
  readonly name: string;
  /** What stands under it: `test 17`. */
  readonly caption: string;
  /** Where it is one of the data's images. */
  readonly image?: SplitImage;
  /** [channel, height, width] in [0, 1] */
  readonly pixels: Float32Array;
}

const placePattern = /^(?:(train|validation|test):)?(\d+)$/;
const classPattern = /^class:(.+)$/;

/**
 * @param name `17` or `test:17`, `train:3`, `validation:5`: an image by its number from 0; `class:7`: the first test image
 * of that class, by its name or number; anything else is a picture's file
 * @param file a picture's pixels, [channel, height, width] in [0, 1], as the model takes them
 * @param at what errors name, where the file itself is not at fault
 * @throws UserError where there is no such image, class or file
 */
export async function readStop(
  name: string,
  source: Pick<OpenSource, "splits" | "classes">,
  file: (path: string) => Promise<Float32Array>,
  at: string,
): Promise<Stop> {
  const place = placePattern.exec(name);
  if (place !== null) {
    return splitStop(name, source, (place[1] ?? "test") as SplitName, Number(place[2]), at);
  }
  const wanted = classPattern.exec(name)?.[1];
  if (wanted !== undefined) return splitStop(name, source, "test", firstOfClass(wanted, source, at), at);
  return { name, caption: basename(name), pixels: await file(name) };
}

/** What is known of an image of a split. */
export function splitImage(
  { splits, classes }: Pick<OpenSource, "splits" | "classes">,
  split: SplitName,
  index: number,
): SplitImage {
  const label = splits[split]?.labels?.[index];
  const className = label === undefined ? undefined : (classes?.[label] ?? String(label));
  return { split, index, ...(className === undefined ? {} : { class: className }) };
}

function splitStop(
  name: string,
  source: Pick<OpenSource, "splits" | "classes">,
  split: SplitName,
  index: number,
  at: string,
): Stop {
  const set = source.splits[split];
  if (set === undefined) {
    throw new UserError(`the data have no ${split} split, got “${name}”`, {
      at,
      hint: `There are: ${Object.keys(source.splits).join(", ")}.`,
    });
  }
  if (index >= set.count) {
    throw new UserError(
      `the ${split} split has ${withThousands(set.count)} images, numbered from 0 to ${set.count - 1}, got “${name}”`,
      { at, hint: "A picture's file whose name is a number is named with its folder: ./17." },
    );
  }
  return {
    name,
    caption: `${split} ${index}`,
    image: splitImage(source, split, index),
    pixels: unitFromPixels(readPixels(set, index, 1)),
  };
}

function firstOfClass(
  wanted: string,
  { splits, classes = [] }: Pick<OpenSource, "splits" | "classes">,
  at: string,
): number {
  const { labels } = splits.test;
  if (labels === undefined) {
    throw new UserError(`the data have no classes, got “class:${wanted}”`, {
      at,
      hint: "Name an image by its number, or a picture's file.",
    });
  }
  const lowered = classes.map((name) => name.toLowerCase());
  const byName = lowered.indexOf(wanted.toLowerCase());
  const label = byName >= 0 ? byName : /^\d+$/.test(wanted) ? Number(wanted) : -1;
  const first = labels.indexOf(label);
  if (first >= 0) return first;
  if (byName >= 0 || (label >= 0 && label < classes.length)) {
    throw new UserError(`the test split has no image of the class “${wanted}”`, {
      at,
      hint: "Name an image of another split by its number, for example train:3.",
    });
  }
  const near = nearest(wanted, classes);
  throw new UserError(`there is no class “${wanted}”`, {
    at,
    hint: `${near === undefined ? "" : `Did you mean class:${near}? `}There are: ${classes.join(", ")}.`,
  });
}

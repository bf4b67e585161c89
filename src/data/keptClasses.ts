// The classes that a split is left with: the option `classes` that every source has.
import { UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import type { ImageSet, OpenSource, SplitName } from "./define.js";
import type { KeptClasses } from "./descriptions/common.js";
import { selectImages } from "./split.js";

/**
 * The source with the images of the named classes alone in the splits that are named, in their order. Labels, names of
 * classes and the keys of random draws stay, and so do other splits.
 * @param at where the option stands, for errors
 * @throws UserError for images without classes, a class that there is not, and a split that would be left without an image
 */
export function withClasses(source: OpenSource, kept: KeptClasses, at: string): OpenSource {
  const splits: Partial<Record<SplitName, ImageSet>> = { ...source.splits };
  for (const name of ["train", "validation", "test"] as const) {
    const [wanted, set] = [kept[name], splits[name]];
    if (wanted === undefined) continue;
    const place = `${at}.${name}`;
    if (set === undefined) {
      throw new UserError(`this source has no split ${name}`, {
        at: place,
        hint: `It has ${Object.keys(source.splits).join(", ")}; a validation split that the option validation cuts is of the training split's classes.`,
      });
    }
    const labels = labelsNamed(source, wanted, place);
    const { labels: of } = set;
    if (of === undefined) throw withoutClasses(place);
    const chosen = selectImages(set, (image) => labels.has(of[image] as number));
    if (chosen.count === 0) {
      throw new UserError(`no ${name} image is of ${wanted.join(", ")}`, { at: place, hint: "Name other classes." });
    }
    splits[name] = chosen;
  }
  const { train = source.splits.train, test = source.splits.test } = splits;
  return { ...source, splits: { ...splits, train, test } };
}

/**
 * The labels of classes that a person names: by name, or by number where classes have no names.
 * @throws UserError for a class that there is not, with the nearest name, and for pictures without classes
 */
export function labelsNamed(
  { classes, splits }: Pick<OpenSource, "classes" | "splits">,
  names: readonly (string | number)[],
  at: string,
): ReadonlySet<number> {
  const found = new Set<number>();
  for (const set of Object.values(splits)) for (const label of set?.labels ?? []) found.add(label);
  if (found.size === 0) throw withoutClasses(at);
  const known = [...found].sort((a, b) => a - b).map((label) => classes?.[label] ?? String(label));
  const labelOf = new Map([...found].map((label) => [classes?.[label] ?? String(label), label]));
  return new Set(
    names.map((name) => {
      const label = labelOf.get(String(name));
      if (label !== undefined) return label;
      const near = nearest(String(name), known);
      throw new UserError(`there is no class called ${name}${near === undefined ? "" : `; did you mean ${near}?`}`, {
        at,
        hint: `There are ${known.slice(0, mostNamed).join(", ")}${known.length > mostNamed ? " …" : ""}.`,
      });
    }),
  );
}

const mostNamed = 20;

function withoutClasses(at: string): UserError {
  return new UserError("these pictures have no classes", {
    at,
    hint: "Put the pictures of each class into a folder of its own, or take a source with labels.",
  });
}

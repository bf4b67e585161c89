// Figures of groups of images: of each class, and of small and large ones.
import type { ImageSet, OpenSource } from "../data/define.js";
import { type MeanFigures, meanFigures } from "./figures.js";
import type { Measured } from "./measure.js";
import { className } from "./worstImages.js";

export interface EvaluationGroup extends MeanFigures {
  /** `3`, or a class's name; `small` or `large`. */
  readonly group: string;
  /** The mean mse of principal components on the same images. */
  readonly pcaMse: number;
  /** The corrupted input's own figures, where there is one. */
  readonly input?: MeanFigures;
}

/** A table of a thousand people with one picture each says nothing. */
const mostClasses = 100;
/** The share of the picture's side that parts small from large. */
const largeFrom = 0.4;

/** In the labels' order; none for images without labels, or of very many classes. */
export function groupsByClass(
  source: Pick<OpenSource, "classes">,
  { labels }: ImageSet,
  figures: Measured["figures"],
): EvaluationGroup[] {
  if (labels === undefined) return [];
  const members = new Map<number, number[]>();
  for (const [image, label] of labels.entries()) {
    const known = members.get(label) ?? [];
    known.push(image);
    members.set(label, known);
  }
  if (members.size > mostClasses) return [];
  return [...members.entries()]
    .sort(([a], [b]) => a - b)
    .map(([label, images]) => groupFigures(className(source, label), images, figures));
}

/** Below and above two fifths of the picture; none for sources that do not know the size of what they show. */
export function groupsBySize({ attributes }: ImageSet, figures: Measured["figures"]): EvaluationGroup[] {
  const sizes = attributes?.size;
  if (sizes === undefined) return [];
  const all = Array.from(sizes.keys());
  const percent = `${100 * largeFrom}% of the picture`;
  return [
    { group: `small, below ${percent}`, images: all.filter((image) => (sizes[image] ?? 0) < largeFrom) },
    { group: `large, from ${percent}`, images: all.filter((image) => (sizes[image] ?? 0) >= largeFrom) },
  ].flatMap(({ group, images }) => (images.length === 0 ? [] : [groupFigures(group, images, figures)]));
}

function groupFigures(group: string, images: readonly number[], figures: Measured["figures"]): EvaluationGroup {
  const { model, pca, input } = figures;
  return {
    group,
    ...meanFigures(model, images),
    pcaMse: pca === undefined ? Number.NaN : meanFigures(pca, images).mse,
    ...(input === undefined ? {} : { input: meanFigures(input, images) }),
  };
}

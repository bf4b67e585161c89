// Which points of a map are shown and selected: filters, isolating, stepping with keys. Points keep their number in the whole
// set wherever they are named, so that a picture, a class and a code are always those of the point. Pure.

/** Which points are shown, of all. */
export interface Shown {
  readonly count: number;
  has(index: number): boolean;
  /** Rising, each the point's number among all. */
  readonly indices: Uint32Array;
}

/**
 * @param count of all points
 * @param how.only the isolated points; undefined for all
 * @param how.hiddenClasses classes that are switched off
 * @param how.classes class of each point
 */
export function shownPoints(
  count: number,
  how: {
    readonly only?: ReadonlySet<number> | undefined;
    readonly hiddenClasses?: ReadonlySet<number> | undefined;
    readonly classes?: ArrayLike<number> | undefined;
  } = {},
): Shown {
  const { only, hiddenClasses, classes } = how;
  const mask = new Uint8Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const isHidden = classes !== undefined && hiddenClasses?.has(classes[i]) === true;
    if (isHidden || only?.has(i) === false) continue;
    mask[i] = 1;
    total++;
  }
  const indices = new Uint32Array(total);
  for (let i = 0, at = 0; i < count; i++) if (mask[i] === 1) indices[at++] = i;
  return { count: total, has: (index) => mask[index] === 1, indices };
}

/** How a new choice meets the selection that is there: in its place, added to it, taken from it. */
export type Joining = "replace" | "add" | "remove";

export function joinedSelection(before: ReadonlySet<number>, chosen: Iterable<number>, how: Joining): Set<number> {
  if (how === "replace") return new Set(chosen);
  const after = new Set(before);
  for (const index of chosen) {
    if (how === "add") after.add(index);
    else after.delete(index);
  }
  return after;
}

/**
 * The shown point after another, or before it, around the end.
 * @param from -1 for none yet
 * @param classes where given, points of its own class alone
 * @returns -1 where nothing is shown
 */
export function nextPoint(shown: Shown, from: number, step: 1 | -1, classes?: ArrayLike<number>): number {
  const { indices } = shown;
  const { length } = indices;
  if (length === 0) return -1;
  if (from < 0) return step === 1 ? indices[0] : indices[length - 1];
  // The place of the first shown point that is not before it.
  let place = 0;
  for (let end = length; place < end; ) {
    const middle = (place + end) >> 1;
    if (indices[middle] < from) place = middle + 1;
    else end = middle;
  }
  const first = step === -1 ? -1 : indices[place] === from ? 1 : 0;
  for (let n = 0; n < length; n++) {
    const candidate = indices[(((place + first + step * n) % length) + length) % length];
    if (classes === undefined || classes[candidate] === classes[from]) return candidate;
  }
  return from;
}

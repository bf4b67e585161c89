// Which colour a run has, the same in every view: the one it was selected with, which stands
// in the address, else the one in its notes, else one made from its id.
import type { SelectedRun } from "./router.js";

/** Colours that can be told apart: `--series-1` to `--series-6`, which are 0 to 5 here. */
export const colourCount = 6;

/** A colour that follows from the id alone, so that two pages and two days show the same one (FNV-1a). */
export function ownColour(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return hash % colourCount;
}

/** The colour of a run: where it is selected, else in its notes, else its own. */
export function colourOf(id: string, selected: readonly SelectedRun[], noted?: number): number {
  return selected.find((run) => run.id === id)?.colour ?? noted ?? ownColour(id);
}

/**
 * Adds a run to what is selected. It keeps its colour unless another selected run has it; then it takes the first that is free,
 * and where none is free it keeps its own.
 */
export function select(selected: readonly SelectedRun[], id: string, noted?: number): readonly SelectedRun[] {
  if (selected.some((run) => run.id === id)) return selected;
  const taken = new Set(selected.map(({ colour }) => colour));
  const wanted = noted ?? ownColour(id);
  const free = Array.from({ length: colourCount }, (_, i) => i).find((colour) => !taken.has(colour));
  return [...selected, { id, colour: taken.has(wanted) ? (free ?? wanted) : wanted }];
}

export function unselect(selected: readonly SelectedRun[], id: string): readonly SelectedRun[] {
  return selected.filter((run) => run.id !== id);
}

/** As a style's value. */
export function colourValue(colour: number): string {
  return `var(--series-${(colour % colourCount) + 1})`;
}

// What every figure of a training's records is: unit, one sentence, and which way is better.
import type { Loss } from "./losses/define.js";
import type { Metric } from "./metrics/define.js";
import type { FigureText, Model } from "./models/define.js";

export interface Figure extends FigureText {
  /** Its name in records. */
  readonly name: string;
  /** True of what the model's family tells of itself, the objective included where it has parts. */
  readonly isOwn: boolean;
}

/**
 * The figures of a training's records in their order there: the objective, its parts (where there are none, the loss), further
 * figures of the family, metrics.
 */
export function figuresOf(model: Model, loss: Loss, metrics: readonly Metric[]): readonly Figure[] {
  const { objective, ...parts } = model.figures(loss);
  const hasParts = Object.keys(parts).length > 0;
  const found = new Map<string, Figure>();
  const tell = (name: string, { unit, summary, better }: FigureText, isOwn: boolean): void => {
    if (!found.has(name)) found.set(name, { name, unit, summary, better, isOwn });
  };
  tell("objective", objective ?? usualObjective, hasParts);
  for (const [name, text] of Object.entries(parts)) tell(name, text, true);
  if (!hasParts) tell(loss.figure, { unit: loss.unit, summary: loss.formula, better: "lower" }, false);
  for (const { name, unit, summary, better } of metrics) tell(name, { unit, summary, better }, false);
  return [...found.values()];
}

const usualObjective: FigureText = { unit: "mean over images", summary: "what training makes small", better: "lower" };

/** A figure and its unit, for the name of an axis: `mse, mean over pixels`. Of what nobody told a unit of it is a mean over images. */
export function figureTitle(name: string, figures: readonly Figure[]): string {
  return `${name}, ${figureUnit(name, figures)}`;
}

/** `mean over pixels`; of what nobody told a unit of, a mean over images. */
export function figureUnit(name: string, figures: readonly Figure[]): string {
  return figures.find((figure) => figure.name === name)?.unit ?? usualObjective.unit;
}

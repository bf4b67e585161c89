// What a family tells of itself beside pictures: parts of its objective, figures of its code.
import { pause } from "../base/turns.js";
import type { RunModel } from "../inference/index.js";
import { type Figure, figuresOf, readLoss } from "../nn/index.js";
import { evaluator } from "../training/evaluate.js";
import type { Measurement } from "./measure.js";

export type OwnFigure = Figure & { readonly value: number };

/**
 * As training evaluates them, for a family that draws no codes.
 * @returns nothing of a family that tells nothing; `notes` says what could not be measured
 * @throws AbortError
 */
export async function ownFigures({
  model: { engine, experiment, model, state },
  set,
  corrupt,
  seed,
  watch: { signal, report },
}: Omit<Measurement, "model"> & {
  readonly model: Pick<RunModel, "engine" | "experiment" | "model" | "state">;
}): Promise<{ readonly figures: readonly OwnFigure[]; readonly notes: readonly string[] }> {
  const loss = readLoss(experiment.loss);
  const told = figuresOf(model, loss, []).filter(({ isOwn }) => isOwn);
  if (told.length === 0) return { figures: [], notes: [] };
  if (model.classes !== undefined && set.labels === undefined) {
    const names = told.map(({ name }) => name).join(", ");
    return { figures: [], notes: [`${names} can't be told: these pictures have no labels`] };
  }
  report({ done: 0, of: 1, what: "measuring the model's own figures" });
  const session = await engine.open(state);
  try {
    const before = () => pause(signal);
    const figures = await evaluator({ session, model, loss, metrics: [], seed, average: false, corrupt, before })(set);
    return { figures: told.map((figure) => ({ ...figure, value: figures[figure.name] ?? Number.NaN })), notes: [] };
  } finally {
    session.dispose();
  }
}

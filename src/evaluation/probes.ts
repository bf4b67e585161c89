// Classifiers trained on frozen codes: what the codes know of the classes.
import type { Engine } from "../engines/engine.js";
import { holdOut, type LabelledCodes, standardise } from "./codes.js";
import { accuracyOf, type ClassificationFigures, classificationFigures, largestOfRows } from "./confusion.js";
import { logisticRegression } from "./logisticRegression.js";
import { neighbourVotes } from "./neighbours.js";
import { twoLayerPredictions } from "./twoLayerClassifier.js";
import type { Watch } from "./watch.js";

export const probeNames = ["twoLayer", "twoLayerSigmoid", "logisticRegression", "nearestNeighbours"] as const;
export type ProbeName = (typeof probeNames)[number];

export interface ProbeFigures extends ClassificationFigures {
  readonly probe: ProbeName;
  /** For people: `two layers, 49–256–10, logits`. */
  readonly title: string;
  /** What was chosen on the validation images: epochs, or neighbours. */
  readonly chosen: Readonly<Record<string, number>>;
}

/** Numbers that validation chooses among. */
const epochChoices = [10, 20, 40];
const neighbourChoices = [1, 3, 5, 7, 11, 15];

export interface ProbeOptions {
  readonly engine: Engine;
  /** Codes as the model gives them. */
  readonly train: LabelledCodes;
  readonly test: LabelledCodes;
  readonly classes: number;
  /** Endings of the two-layer classifier; see `twoLayerPredictions`. */
  readonly forms: readonly ("logits" | "sigmoid")[];
  /** Hidden units of the two-layer classifier. */
  readonly hidden: number;
  /** Of the two-layer classifier. Default: 10, 20 or 40, whichever held-out codes prefer. */
  readonly epochs?: number | undefined;
  /** Of the classifiers' weights, the order of the images and the codes that are held out. */
  readonly seed: number;
  readonly watch: Watch;
}

/**
 * Trains each probe on the codes of `train`, standardised, and judges it by those of `test`. What is to be chosen is chosen
 * on a tenth of `train` that is held out.
 * @returns the probes' figures, and how many codes were held out
 * @throws AbortError
 */
export async function probeCodes(
  options: ProbeOptions,
): Promise<{ readonly probes: readonly ProbeFigures[]; readonly held: number }> {
  const { engine, classes, forms, hidden, seed, watch } = options;
  const { report, signal } = watch;
  const [train = options.train, test = options.test] = await standardise(options.train, [options.test], signal);
  const { fit, held } = holdOut(train, seed);
  const { width } = train;
  const probes: ProbeFigures[] = [];
  const add = (
    probe: ProbeName,
    title: string,
    chosen: Readonly<Record<string, number>>,
    predictions: ArrayLike<number>,
  ): void => {
    probes.push({ probe, title, chosen, ...classificationFigures(predictions, test.labels, classes) });
  };

  for (const form of forms) {
    const how = { classes, hidden, form, seed, signal };
    const what = `two layers, ${width}–${hidden}–${classes}, ${form}`;
    const tell = (doing: string) => report({ done: 0, of: 1, what: `${doing}: ${what}` });
    let { epochs } = options;
    if (epochs === undefined) {
      tell("choosing epochs");
      epochs = await best(epochChoices, async (candidate) => {
        const [found] = await twoLayerPredictions(engine, fit, [held], { ...how, epochs: candidate });
        return accuracyOf(found ?? [], held.labels);
      });
    }
    tell("training");
    const [predictions] = await twoLayerPredictions(engine, train, [test], { ...how, epochs });
    add(form === "logits" ? "twoLayer" : "twoLayerSigmoid", what, { epochs }, predictions ?? []);
  }

  report({ done: 0, of: 1, what: "training: logistic regression" });
  const regression = await logisticRegression(engine, train, classes, { signal });
  add(
    "logisticRegression",
    `logistic regression, ${width}–${classes}`,
    {},
    largestOfRows(await regression.logits(test.codes), classes),
  );
  regression.dispose();

  report({ done: 0, of: 1, what: "looking for nearest neighbours" });
  const choices = neighbourChoices.filter((k) => k <= fit.count);
  const votes = await neighbourVotes(engine, fit, held, choices, { signal });
  const neighbours = await best(choices, async (k) => accuracyOf(votes.get(k) ?? [], held.labels));
  const asked = await neighbourVotes(engine, train, test, [neighbours], { signal });
  const neighbourTitle = neighbours === 1 ? "nearest neighbour" : `${neighbours} nearest neighbours`;
  add("nearestNeighbours", neighbourTitle, { neighbours }, asked.get(neighbours) ?? []);
  return { probes, held: held.count };
}

/** The candidate with the highest score; of equals the first. */
async function best(candidates: readonly number[], score: (candidate: number) => Promise<number>): Promise<number> {
  let chosen = candidates[0] ?? 1;
  let highest = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const found = await score(candidate);
    if (found > highest) [chosen, highest] = [candidate, found];
  }
  return chosen;
}

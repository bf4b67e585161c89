// Which of a set's classes are normal, and what evaluations say of the others.
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { labelsNamed } from "../data/keptClasses.js";
import { type AnomalyFigures, evaluateAnomalies } from "../evaluation/anomaly/evaluateAnomalies.js";
import type { RocPoint } from "../evaluation/anomaly/roc.js";
import { checkScore, type ScoreName } from "../evaluation/anomaly/scorer.js";
import type { Decoding } from "../inference/index.js";
import { sizeOf } from "../tensor/index.js";
import { openDataOnce } from "./codeSpace.js";
import type { TaskContext } from "./define.js";
import { cachedPca } from "./pcaCache.js";
import { fitFor, type Note } from "./pictureInputs.js";
import type { RunModel } from "./runModel.js";
import { openReference } from "./scoreReference.js";
import { writeResult } from "./writeResult.js";

export interface AnomalyEvaluation extends AnomalyFigures {
  /** Names of the classes that count as normal, and how that is known. */
  readonly normalClasses: readonly string[];
  readonly because: string;
}

/** Names of classes that say by themselves that their pictures are as they should be. */
const normalNames = ["good", "normal", "ok"];

export interface Normality {
  readonly labels: ReadonlySet<number>;
  readonly because: string;
}

/**
 * Which classes are normal: as was asked; else those that training pictures have, where the set has others; else those that are called
 * good, normal or ok.
 * @param training the pictures that the model learned from, where they are of the same classes
 * @returns undefined where nothing says it
 * @throws UserError for classes that there are not, and where all or none of the pictures would be normal
 */
export function normalityOf(
  source: Pick<OpenSource, "classes" | "splits">,
  set: ImageSet,
  asked: { readonly normal: readonly string[]; readonly anomalous: readonly string[] },
  training: ImageSet | undefined,
): Normality | undefined {
  const [normal, anomalous] = [namesIn(asked.normal), namesIn(asked.anomalous)];
  const isAsked = normal.length > 0 || anomalous.length > 0;
  if (normal.length > 0 && anomalous.length > 0) {
    throw new UserError("goes without --normal: the other classes are normal", {
      at: "--anomalous",
      hint: "Leave out one of them.",
    });
  }
  if (set.labels === undefined && !isAsked) return undefined;
  const there = new Set<number>(set.labels ?? []);
  const others = (labels: ReadonlySet<number>) => new Set([...there].filter((label) => !labels.has(label)));
  if (isAsked) {
    const labels =
      normal.length > 0
        ? labelsNamed(source, normal, "--normal")
        : others(labelsNamed(source, anomalous, "--anomalous"));
    const found: Normality = { labels, because: `by ${normal.length > 0 ? "--normal" : "--anomalous"}` };
    const isWhole = [...there].every((label) => labels.has(label));
    if (isWhole || ![...there].some((label) => labels.has(label))) {
      throw new UserError(`${isWhole ? "all" : "none"} of these pictures would be normal`, {
        at: normal.length > 0 ? "--normal" : "--anomalous",
        hint: "Measure on pictures of both kinds: another split by --on, or other data by --data.",
      });
    }
    return found;
  }
  const learned = new Set<number>(training?.labels ?? []);
  if (learned.size > 0 && others(learned).size > 0 && others(learned).size < there.size) {
    return { labels: learned, because: "the training pictures are of these classes alone" };
  }
  const named = new Set(
    [...there].filter((label) => normalNames.includes((source.classes?.[label] ?? "").toLowerCase())),
  );
  return named.size > 0 && named.size < there.size ? { labels: named, because: "by their names" } : undefined;
}

function namesIn(typed: readonly string[]): string[] {
  return typed
    .flatMap((names) => names.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/**
 * ROC figures of a set whose normal classes are known, the model beside its baselines. Pictures are scored as they are, whatever the
 * training corrupts.
 * @param options.source what the set is of
 * @param options.data whether it is another source than the run's own
 */
export async function evaluateSetAnomalies(options: {
  readonly model: RunModel & Decoding;
  readonly source: OpenSource;
  readonly set: ImageSet;
  readonly normality: Normality;
  readonly isOther: boolean;
  readonly by: readonly ScoreName[];
  readonly note: Note;
  readonly context: TaskContext;
}): Promise<{ readonly found: AnomalyEvaluation; readonly curves: readonly (readonly RocPoint[])[] }> {
  const { model, source, set, normality, isOther, by, note, context } = options;
  const { engine } = model;
  for (const name of by) checkScore(model, name);
  const ready = { fit: fitFor(model, undefined, undefined), isInverted: false, note };
  const ownData = isOther ? openDataOnce(model, context) : () => Promise.resolve(source);
  const references = [];
  for (const name of new Set(by)) {
    const { reference } = await openReference({
      model,
      run: model,
      ownData,
      by: name,
      named: undefined,
      engine,
      ready,
      note,
      context,
    });
    references.push(reference);
  }
  const { train } = (await ownData()).splits;
  const codeSize = sizeOf(model.codeShape);
  const hasPca = train.count >= 2 && codeSize < sizeOf(model.inputShape);
  const pca = hasPca ? await cachedPca(engine, train, codeSize, context) : undefined;
  const isNormal = Array.from(set.labels ?? [], (label) => normality.labels.has(label));
  const { figures, curves } = await evaluateAnomalies({
    ...{ model, engine, set, isNormal, references, watch: context },
    baselines: { train, pca },
  });
  const normalClasses = [...normality.labels]
    .sort((a, b) => a - b)
    .map((label) => source.classes?.[label] ?? String(label));
  return { found: { ...figures, normalClasses, because: normality.because }, curves };
}

/** Draws the curves into a folder. @returns the files by what they show */
export async function drawRoc(
  folder: string,
  name: string,
  on: string,
  { rows, normal, anomalous }: AnomalyEvaluation,
  curves: readonly (readonly RocPoint[])[],
): Promise<Record<string, string>> {
  const { renderChart } = await import("../report/charts.js");
  const { rocSpec } = await import("../report/roc.js");
  const { svg, png } = renderChart(
    rocSpec({
      name,
      subtitle: `${withThousands(anomalous)} anomalous and ${withThousands(normal)} normal pictures of ${on}`,
      rows: rows.map(({ title, area }, i) => ({ title, area, points: curves[i] ?? [] })),
    }),
  );
  const file = join(folder, `roc-${on}.png`);
  writeResult(file, png);
  writeResult(join(folder, `roc-${on}.svg`), svg);
  return { roc: file };
}

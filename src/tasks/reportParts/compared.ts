// Other runs beside the report's own: curves in one chart, the same pictures, what differs in the experiments.
import { basename } from "node:path";
import { describeUserError, UserError } from "../../base/errors.js";
import { sum } from "../../base/numbers.js";
import { sequentialBatches } from "../../data/sequentialBatches.js";
import type { ComparedRunData, ComparisonData, Curve } from "../../report/reportData.js";
import { diskFileSystem, openRun, readExperimentText } from "../../runs/index.js";
import { sameShape, sizeOf } from "../../tensor/index.js";
import { settingDifferences } from "../compare.js";
import { closeSide } from "./bounds.js";
import { lineDifferences } from "./lineDifferences.js";
import { type OpenedRun, openReported } from "./opened.js";
import type { Sheets } from "./sheets.js";
import { figuresOfRun, rounded } from "./words.js";

const shownImages = 16;
/** As many as there are colours that everyone can tell apart. */
const mostRuns = 6;

/** @throws UserError where there are more runs to compare with than can be told apart */
export function expectFewRuns(paths: readonly string[]): void {
  if (paths.length < mostRuns) return;
  throw new UserError(`at most ${mostRuns - 1} runs are compared with, got ${paths.length}`, {
    at: "--compare",
    hint: "Name fewer of them.",
  });
}

/** @throws UserError where there is nothing to compare, a run does not open, or there are too many */
export async function comparisonOf(own: OpenedRun, paths: readonly string[], sheets: Sheets): Promise<ComparisonData> {
  if (paths.length === 0) throw new UserError("no run was named to compare with: isthmus report RUN --compare RUN");
  expectFewRuns(paths);
  const all = [own, ...paths.map((path) => openReported(openRun(diskFileSystem, path), own.watch))];
  try {
    return await comparedWith(all, sheets);
  } finally {
    for (const other of all.slice(1)) await other.dispose();
  }
}

async function comparedWith(all: readonly OpenedRun[], sheets: Sheets): Promise<ComparisonData> {
  const notes: string[] = [];
  const experiments = await Promise.all(all.map(async (one) => (await one.resolved()).experiment));
  const names = experiments.map(({ name }) => name);
  const isUnique = new Set(names).size === names.length;
  const labels = all.map(({ run }, i) => (isUnique ? (names[i] as string) : basename(run.path)));
  const records = await Promise.all(all.map(async (one) => await one.records()));

  const test = await all[0]?.source().then(
    (source) => source.splits.test,
    (error: unknown) => {
      notes.push(`the data do not open here, so there are no pictures: ${wordsOf(error)}`);
      return undefined;
    },
  );
  const count = Math.min(shownImages, test?.count ?? 0);
  const options = { columns: 8, longestSide: closeSide };
  let originals: string | undefined;
  const runs: ComparedRunData[] = [];
  for (const [i, one] of all.entries()) {
    const { model } = await one.resolved();
    const last = records[i]?.at(-1);
    let sheet: string | undefined;
    let why: string | undefined;
    if (test !== undefined && count > 0) {
      try {
        const decoding = await one.decoding();
        if (!sameShape(decoding.inputShape, test.shape)) throw new UserError("takes pictures of another shape");
        const corrupt = decoding.experiment.phases.at(-1)?.corrupt ?? [];
        const batches = sequentialBatches(test, count, { corrupt, seed: decoding.experiment.evaluationSeed });
        batches.fill(0);
        if (originals === undefined) {
          originals = "compared-originals";
          await sheets.add(originals, batches.view(count).slice(), test.shape, options);
        }
        sheet = `compared-${i}`;
        const made = await decoding.reconstruct(batches.input(count), { signal: one.watch.signal });
        await sheets.add(sheet, made, test.shape, options);
      } catch (error) {
        sheet = undefined;
        why = wordsOf(error);
      }
    }
    runs.push({
      label: labels[i] as string,
      epochs: last?.epoch ?? 0,
      parameters: sum(model.rows.map(({ parameters }) => parameters)),
      codeSize: sizeOf(model.codeShape),
      test: last?.test ?? {},
      ...(sheet === undefined ? {} : { sheet }),
      ...(why === undefined ? {} : { why }),
    });
  }
  const texts = all.map(({ run }) => readExperimentText(run));
  return {
    runs,
    ...(originals === undefined ? {} : { originals }),
    count,
    curves: await sharedCurves(all, labels),
    settings: settingDifferences(experiments).map(({ path, values }) => ({
      path,
      values: values.map((value) => (value === undefined ? "–" : String(value))),
    })),
    lines: texts.slice(1).map((text, i) => ({
      label: labels[i + 1] as string,
      lines: lineDifferences(texts[0] as string, text),
    })),
    notes,
  };
}

function wordsOf(error: unknown): string {
  if (error instanceof UserError) return describeUserError(error);
  return error instanceof Error ? error.message : String(error);
}

/** Of every figure that all runs have, the test curve of each. */
async function sharedCurves(all: readonly OpenedRun[], labels: readonly string[]): Promise<readonly Curve[]> {
  const told = await Promise.all(all.map(async (one) => figuresOfRun(await one.resolved())));
  const records = await Promise.all(all.map(async (one) => await one.records()));
  const [first = []] = told;
  // Objectives of different models are different numbers.
  return first
    .filter(({ name, unit }) => told.every((own) => own.some((figure) => figure.name === name && figure.unit === unit)))
    .filter(({ name }) => name !== "objective" || first.length === 1)
    .map((figure) => ({
      ...figure,
      references: [],
      lines: labels.map((label, i) => ({
        name: label,
        points: (records[i] ?? []).flatMap(({ epoch, test }): [number, number][] => {
          const value = test[figure.name];
          return value === undefined || !Number.isFinite(value) ? [] : [[epoch, rounded(value)]];
        }),
      })),
    }));
}

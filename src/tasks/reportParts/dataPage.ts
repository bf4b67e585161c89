// The data that a run learned from: where they come from, classes, examples, what is wrong with them.
import { UserError } from "../../base/errors.js";
import { withThousands } from "../../base/text.js";
import type { ImageSet, SplitName } from "../../data/define.js";
import { findingsOf } from "../../data/findings/index.js";
import { inspectSome } from "../../data/findings/inspect.js";
import { className } from "../../evaluation/worstImages.js";
import type { DataFindingWords, DataPage, Tile } from "../../report/reportData.js";
import { closeSide, mostClasses, nearNumbers } from "./bounds.js";
import { pixelsOf } from "./chosen.js";
import type { OpenedRun } from "./opened.js";
import type { Sheets } from "./sheets.js";

const examplesOfClass = 8;
const examples = 32;
const groupsShown = 6;
const groupSize = 4;

export async function dataPageOf(opened: OpenedRun, sheets: Sheets): Promise<DataPage> {
  const source = await opened.source();
  const { card, splits, notes = [] } = source;
  const { train } = splits;
  if (train.count === 0) throw new UserError("there is no training picture");
  const names = (["train", "validation", "test"] as const).filter((name) => splits[name] !== undefined);
  const labels = [...new Set(names.flatMap((name) => [...new Set(splits[name]?.labels ?? [])]))].sort((a, b) => a - b);
  const hasRows = labels.length > 1 && labels.length <= 2 * mostClasses;
  const chosen = hasRows
    ? labels.map((label) => firstOf(train, label, examplesOfClass))
    : [Array.from({ length: Math.min(examples, train.count) }, (_, i) => i)];
  const tile = await sheets.add("examples", pixelsOf(train, chosen.flat()), train.shape, { longestSide: closeSide });
  let next = 0;
  const tiles = chosen.map((images): Tile[] => images.map(() => tile(next++)));
  const counts = (label: number): number[] => names.map((name) => countOf(splits[name]?.labels, label));
  const limit = (await opened.resolved()).source.limit !== undefined;
  const { inspection, looked } = await inspectSome(source, {
    ...{ isLimited: limit, numbers: nearNumbers, signal: opened.watch.signal },
  });
  return {
    ...{ name: card.name, title: card.title, origin: card.origin, licence: card.licence, shape: train.shape },
    splits: names.map((name) => ({ name, images: splits[name]?.count ?? 0 })),
    classes: hasRows
      ? labels.map((label, i) => ({ name: className(source, label), counts: counts(label), examples: tiles[i] ?? [] }))
      : [],
    examples: hasRows ? [] : (tiles[0] ?? []),
    near: nearText(looked, (name) => splits[name]?.count ?? 0, card.name),
    findings: await pictured(findingsOf(inspection), (name) => splits[name], sheets),
    notes,
  };
}

/** Among which pictures near copies were looked for. */
function nearText(
  looked: readonly { readonly name: SplitName; readonly count: number }[],
  countOfSplit: (name: SplitName) => number,
  source: string,
): string {
  if (looked.every(({ name, count }) => count === countOfSplit(name))) {
    return "near copies, which a perceptual hash and the correlation of their pixels find, were looked for among all of them";
  }
  const parts = looked.map(
    ({ name, count }) => `${withThousands(count)} of ${withThousands(countOfSplit(name))} ${name} images`,
  );
  return `near copies were looked for among ${parts.join(" and ")}, drawn by lot: isthmus data show ${source} looks at all of them`;
}

/** Findings with their pictures. */
async function pictured(
  findings: ReturnType<typeof findingsOf>,
  setOf: (split: SplitName) => ImageSet | undefined,
  sheets: Sheets,
): Promise<readonly DataFindingWords[]> {
  const shown = findings.map((finding) =>
    finding.pictures.slice(0, groupsShown).map((group) => group.slice(0, groupSize)),
  );
  const all = shown.flat(2);
  const [first] = all;
  const shape = first === undefined ? undefined : setOf(first.split)?.shape;
  if (shape === undefined) return findings.map((finding) => ({ ...wordsOf(finding), pictures: [] }));
  const pixels = all.map(({ split, place }) => {
    const set = setOf(split);
    return set === undefined ? new Float32Array(shape.reduce((a, b) => a * b, 1)) : pixelsOf(set, [place]);
  });
  const size = pixels[0]?.length ?? 0;
  const joined = new Float32Array(pixels.length * size);
  for (const [i, picture] of pixels.entries()) joined.set(picture, i * size);
  const tile = await sheets.add("findings", joined, shape, { longestSide: closeSide });
  let next = 0;
  return findings.map((finding, i) => ({
    ...wordsOf(finding),
    pictures: (shown[i] ?? []).map((group) =>
      group.map(({ split, place }) => ({ name: `${split} ${place}`, tile: tile(next++) })),
    ),
  }));
}

function wordsOf({ name, severity, message, hint }: ReturnType<typeof findingsOf>[number]) {
  return { name, severity, message, hint };
}

function firstOf({ labels, count }: ImageSet, label: number, most: number): readonly number[] {
  const found: number[] = [];
  for (let image = 0; image < count && found.length < most; image++) if (labels?.[image] === label) found.push(image);
  return found;
}

function countOf(labels: ArrayLike<number> | undefined, label: number): number {
  let count = 0;
  for (let i = 0; i < (labels?.length ?? 0); i++) if (labels?.[i] === label) count++;
  return count;
}

// Every finding about a data set, by hand, and what is found of one, the worst first.
import type { OpenSource } from "../define.js";
import { fewPictures, smallClasses } from "./classes.js";
import { contraryLabels, copies, nearCopies, nearTrainInTest, trainInTest } from "./copies.js";
import type { Finding, FindingKind, Inspection } from "./define.js";
import { brokenFiles, mixedSizes, otherFiles } from "./files.js";
import { inspectQuickly } from "./inspect.js";
import { emptyPictures, greyAsColour, narrowRange } from "./pixels.js";

export type { Finding, Inspection, PictureAt, Severity } from "./define.js";
export { nameOf } from "./define.js";
export { type InspectOptions, inspect } from "./inspect.js";

export const findingKinds: readonly FindingKind[] = [
  ...[trainInTest, contraryLabels, brokenFiles, narrowRange, nearTrainInTest, fewPictures, emptyPictures],
  ...[smallClasses, copies, nearCopies, mixedSizes, greyAsColour, otherFiles],
];

/** What is found, by severity and then by the share of the pictures that it is about. */
export function findingsOf(inspection: Inspection, kinds: readonly FindingKind[] = findingKinds): readonly Finding[] {
  return kinds
    .flatMap((kind) => {
      const found = kind.find(inspection);
      return found === undefined ? [] : [{ name: kind.name, ...found }];
    })
    .sort((a, b) => b.severity - a.severity || b.share - a.share);
}

/** Findings that are said before a training. */
const mostSaid = 2;

/**
 * The two worst findings that a training is worth to be warned of, without what the source has said when it was opened. Takes at
 * most about 0.2 s.
 * @param isLimited only some of the pictures were asked for
 */
export function worstFindings(source: OpenSource, isLimited: boolean): readonly Finding[] {
  const kinds = findingKinds.filter(({ isSaidOnOpening }) => isSaidOnOpening !== true);
  return findingsOf(inspectQuickly(source, isLimited), kinds)
    .filter(({ severity, name }) => severity >= 2 && name !== "smallClasses")
    .slice(0, mostSaid);
}

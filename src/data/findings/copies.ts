// Findings about pictures that are there more than once.
import { countText, withThousands } from "../../base/text.js";
import { few } from "../split.js";
import { defineFinding, type Inspection, mostShown, nameOf, type PictureAt, type Severity } from "./define.js";

/** What is said of one picture, and of more. */
type OneOrMore = readonly [one: string, more: string];
type Groups = readonly (readonly PictureAt[])[];

export const trainInTest = defineFinding({
  name: "trainInTest",
  summary: "The same picture in training and test.",
  find: (inspection) =>
    leaked(inspection, inspection.copies?.exact ?? [], [
      "is in the training images too",
      "are in the training images too",
    ]),
});

export const nearTrainInTest = defineFinding({
  name: "nearTrainInTest",
  summary: "Nearly the same picture in training and test.",
  find: (inspection) =>
    leaked(
      inspection,
      inspection.copies?.near ?? [],
      ["has a near copy in the training images", "have a near copy in the training images"],
      atLeast(inspection),
    ),
});

export const copies = defineFinding({
  name: "copies",
  summary: "The same picture several times.",
  find: (inspection) => repeated(inspection, inspection.copies?.exact ?? [], ["is there already", "are there already"]),
});

export const nearCopies = defineFinding({
  name: "nearCopies",
  summary: "Nearly the same picture several times.",
  find: (inspection) =>
    repeated(
      inspection,
      inspection.copies?.near ?? [],
      ["is a near copy of another", "are near copies of others"],
      atLeast(inspection),
    ),
});

export const contraryLabels = defineFinding({
  name: "contraryLabels",
  summary: "The same picture in two classes.",
  find(inspection) {
    const { splits, source, copies: found } = inspection;
    const labelOf = ({ split, place }: PictureAt) => splits.find(({ name }) => name === split)?.set.labels?.[place];
    const groups = (found?.exact ?? []).filter((group) => new Set(group.map(labelOf)).size > 1);
    const [first] = groups;
    if (first === undefined) return undefined;
    const classOf = (at: PictureAt): string => source.classes?.[labelOf(at) ?? 0] ?? String(labelOf(at));
    const example = [...new Set(first.map(classOf))].join(" and ");
    const share = shareOf(inspection, groups.length);
    return {
      severity: share >= 0.001 ? 3 : 2,
      share,
      message: `${countText(groups.length, "picture")} ${groups.length === 1 ? "is" : "are"} in several classes at once, so a label is wrong: ${nameOf(inspection, first[0] as PictureAt)} is in ${example}`,
      hint: "Look at them and keep one each.",
      pictures: groups.slice(0, mostShown),
    };
  },
});

/** Test pictures that were trained on. */
function leaked(inspection: Inspection, groups: Groups, what: OneOrMore, least = "") {
  const isIn = (split: PictureAt["split"]) => (at: PictureAt) => at.split === split;
  const found = groups.filter((group) => group.some(isIn("train")) && group.some(isIn("test")));
  const [first] = found;
  if (first === undefined) return undefined;
  const count = found.reduce((sum, group) => sum + group.filter(isIn("test")).length, 0);
  const tested = inspection.splits.find(({ name }) => name === "test")?.set.count ?? 1;
  const share = count / Math.max(1, tested);
  const pair = [...first.filter(isIn("test")).slice(0, 1), ...first.filter(isIn("train")).slice(0, 1)];
  const severity: Severity = share >= 0.01 ? 3 : share >= 0.001 ? 2 : 1;
  return {
    severity,
    share,
    message: `${least}${withThousands(count)} of ${withThousands(tested)} test images ${what[count === 1 ? 0 : 1]}, ${severity === 1 ? "too few to change the test figures" : "so the test figures are better than they should be"}: ${pair.map((at) => nameOf(inspection, at)).join(" and ")}`,
    hint: "Remove them from one side, or put those that belong together into one folder and part by groups (split: { by: group }).",
    pictures: found.slice(0, mostShown),
  };
}

/** Pictures beyond the first of each group. */
function repeated(inspection: Inspection, groups: Groups, what: OneOrMore, least = "") {
  const [first] = groups;
  if (first === undefined) return undefined;
  const count = groups.reduce((sum, group) => sum + group.length - 1, 0);
  const share = shareOf(inspection, count);
  const severity: Severity = share >= 0.05 ? 2 : 1;
  return {
    severity,
    share,
    message: `${least}${countText(count, "picture")} ${what[count === 1 ? 0 : 1]}, and ${count === 1 ? "counts" : "count"} more than once: ${few(first.map((at) => nameOf(inspection, at)))}`,
    hint: "Keep one of each where that is not meant.",
    pictures: groups.slice(0, mostShown),
  };
}

/** Near copies alone: of exact ones all are found. */
function atLeast({ copies: found }: Inspection): string {
  return found?.isPartial === true ? "at least " : "";
}

function shareOf({ splits }: Inspection, count: number): number {
  return (
    count /
    Math.max(
      1,
      splits.reduce((sum, { set }) => sum + set.count, 0),
    )
  );
}

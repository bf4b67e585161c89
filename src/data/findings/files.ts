// Findings about the files of a folder.
import { countText, timesText, withThousands } from "../../base/text.js";
import { few } from "../split.js";
import { defineFinding } from "./define.js";

export const brokenFiles = defineFinding({
  name: "brokenFiles",
  summary: "Pictures that cannot be read.",
  isSaidOnOpening: true,
  find({ files }) {
    if (files === undefined || files.skipped.length === 0) return undefined;
    const { skipped, names } = files;
    const share = skipped.length / Math.max(1, names.length);
    const named = few(skipped.map(({ name, reason }) => `${name} (${reason})`));
    return {
      severity: share >= 0.01 ? 3 : 2,
      share,
      message: `${countText(skipped.length, "picture")} cannot be read and ${skipped.length === 1 ? "is" : "are"} left out: ${named}`,
      hint: "Get them again or remove them.",
      pictures: [],
    };
  },
});

export const otherFiles = defineFinding({
  name: "otherFiles",
  summary: "Files that are no pictures.",
  find({ files }) {
    if (files === undefined || files.others.length === 0) return undefined;
    const { others } = files;
    return {
      severity: 1,
      share: others.length / (others.length + files.names.length),
      message: `${countText(others.length, "file")} in the folder ${others.length === 1 ? "is no picture and is" : "are no pictures and are"} passed over: ${few(others)}`,
      hint: "Nothing is to be done, unless they were meant to be pictures.",
      pictures: [],
    };
  },
});

export const mixedSizes = defineFinding({
  name: "mixedSizes",
  summary: "Pictures of several sizes.",
  find({ sizes = [], source }) {
    const all = new Map(sizes.map((size) => [timesText(size), size] as const));
    if (all.size < 2) return undefined;
    const ordered = [...all.values()].sort(([h1, w1], [h2, w2]) => h1 * w1 - h2 * w2);
    const [, height = 1, width = 1] = source.splits.train.shape;
    const small = sizes.filter(([h, w]) => Math.max(height / h, width / w) > 2).length;
    const enlarged =
      small === 0
        ? ""
        : `; ${withThousands(small)} are enlarged more than twice to ${timesText([height, width])} and will look blurred`;
    return {
      severity: small / sizes.length >= 0.1 ? 2 : 1,
      share: small / sizes.length,
      message: `the pictures have ${withThousands(all.size)} sizes, from ${timesText(ordered[0] ?? [])} to ${timesText(ordered.at(-1) ?? [])}, and are cut and resized to one${enlarged}`,
      hint: "Say the size that they take (size: [64, 64]); fit: contain keeps what cover cuts off.",
      pictures: [],
    };
  },
});

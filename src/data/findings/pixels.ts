// Findings about the values of pixels.
import { countText, withThousands } from "../../base/text.js";
import { few } from "../split.js";
import { countOf, defineFinding, mostShown, nameOf, type PictureAt } from "./define.js";
import { leastRange } from "./inspect.js";

export const emptyPictures = defineFinding({
  name: "emptyPictures",
  summary: "Pictures of one value, or nearly so.",
  find(inspection) {
    const empty: PictureAt[] = [];
    for (const { name, looks } of inspection.splits) {
      for (let place = 0; place < (looks?.lowest.length ?? 0); place++) {
        if ((looks?.range[place] ?? 255) < leastRange) empty.push({ split: name, place });
      }
    }
    if (empty.length === 0) return undefined;
    const share = empty.length / countOf(inspection);
    const named = few(empty.slice(0, mostShown).map((at) => nameOf(inspection, at)));
    return {
      severity: share >= 0.01 ? 2 : 1,
      share,
      message: `${countText(empty.length, "picture")} show${empty.length === 1 ? "s" : ""} nothing, for all values of one lie within ${leastRange} of 255: ${named}`,
      hint: "Remove them: they make the figures better than they are.",
      pictures: empty.slice(0, mostShown).map((at) => [at]),
    };
  },
});

export const narrowRange = defineFinding({
  name: "narrowRange",
  summary: "Values that use a small part of what they could.",
  find({ splits }) {
    let [lowest, highest] = [255, 0];
    for (const { looks } of splits) {
      for (const value of looks?.lowest ?? []) lowest = Math.min(lowest, value);
      for (const value of looks?.highest ?? []) highest = Math.max(highest, value);
    }
    const range = highest - lowest;
    if (range < 1 || range >= 64) return undefined;
    return {
      severity: 3,
      share: 1,
      message: `all values lie from ${lowest} to ${highest} of 255, so the pictures have hardly any contrast and losses look small whatever is learned`,
      hint: "For arrays say which values are black and white (range: [0, 1] or the like); stretch pictures before training.",
      pictures: [],
    };
  },
});

export const greyAsColour = defineFinding({
  name: "greyAsColour",
  summary: "Grey pictures that are kept as colour.",
  find({ splits }) {
    const all = splits.flatMap(({ looks, set }) =>
      set.shape[0] === 3 && looks !== undefined ? [looks.isColoured] : [],
    );
    if (all.length === 0 || all.some((isColoured) => isColoured.includes(1))) return undefined;
    const count = all.reduce((sum, { length }) => sum + length, 0);
    return {
      severity: 1,
      share: 1,
      message: `all ${withThousands(count)} pictures are grey, and are trained on as colour: three times the numbers for nothing`,
      hint: "Say so: grey: true for a folder, shape: [1, height, width] for others.",
      pictures: [],
    };
  },
});

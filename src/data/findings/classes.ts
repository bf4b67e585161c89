// Findings about how many pictures there are, in all and of each class.
import { countText, withThousands } from "../../base/text.js";
import type { ImageSet } from "../define.js";
import { few } from "../split.js";
import { defineFinding } from "./define.js";

/** Training pictures below which a class is hardly learned. */
const fewOfClass = 10;
/** Training pictures below which a network learns them by heart. */
const fewInAll = 100;

export const fewPictures = defineFinding({
  name: "fewPictures",
  summary: "Too few pictures to learn from.",
  find({ source, isLimited }) {
    const { count } = source.splits.train;
    if (isLimited || count >= fewInAll) return undefined;
    return {
      severity: 2,
      share: 1,
      message: `there are ${countText(count, "training image")}, so few that a network learns them by heart and does badly on others`,
      hint: `Take more pictures (${fewInAll} at the least), a smaller network, or let augment make more of them.`,
      pictures: [],
    };
  },
});

export const smallClasses = defineFinding({
  name: "smallClasses",
  summary: "Classes without enough pictures.",
  find({ source, isLimited }) {
    const { train, test } = source.splits;
    if (train.labels === undefined || isLimited) return undefined;
    const trained = countsOf(train);
    const tested = countsOf(test);
    const all = [...new Set([...trained.keys(), ...tested.keys()])].sort((a, b) => a - b);
    const small = all.filter((label) => (trained.get(label) ?? 0) < fewOfClass);
    const untested = all.filter((label) => (tested.get(label) ?? 0) === 0);
    if (small.length === 0 && untested.length === 0) return undefined;
    const named = (labels: readonly number[]): string =>
      few(labels.map((label) => `${source.classes?.[label] ?? label} (${trained.get(label) ?? 0})`));
    const parts = [
      ...(small.length === 0
        ? []
        : [
            `${withThousands(small.length)} of ${withThousands(all.length)} classes ${small.length === 1 ? "has" : "have"} fewer than ${fewOfClass} training images, too few to be told apart: ${named(small)}`,
          ]),
      ...(untested.length === 0
        ? []
        : [
            `${withThousands(untested.length)} ${untested.length === 1 ? "has" : "have"} no test image${small.length === 0 ? `: ${named(untested)}` : ""}`,
          ]),
    ];
    return {
      severity: small.length > 0 && all.length <= 100 ? 2 : 1,
      share: small.length / all.length,
      message: parts.join("; "),
      hint: "An autoencoder needs no classes; for probes and classifiers add pictures, or join or leave out these classes.",
      pictures: [],
    };
  },
});

function countsOf({ labels, count }: ImageSet): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const label = labels?.[i] ?? 0;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}

// Data sets: which there are, fetching them, and what is in one.
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import { withThousands } from "../base/text.js";
import { pause } from "../base/turns.js";
import type { ImageSet, OpenSource, SourceCard, SourceKind, SplitName } from "../data/define.js";
import { defineTask } from "./define.js";

export interface SourceListing {
  readonly name: string;
  readonly summary: string;
  /** Where its data lies on this machine. */
  readonly found?: string;
  /** `here`; `missing`, to be had by `isthmus data get`; `path`, for files of one's own; `drawn`, made when opened. */
  readonly state: "here" | "missing" | "path" | "drawn";
}

export const dataList = defineTask({
  name: "data list",
  summary: "List the sources of pictures, and where they are found on this machine.",
  options: z.strictObject({}),
  async run(): Promise<readonly SourceListing[]> {
    const { sources } = await import("../data/sources/index.js");
    return Object.values<SourceKind>(sources).map((kind) => {
      const { name, summary } = kind;
      const found = kind.find?.();
      if (found !== undefined) return { name, summary, found, state: "here" };
      return {
        name,
        summary,
        state: kind.pathOption !== undefined ? "path" : kind.find === undefined ? "drawn" : "missing",
      };
    });
  },
});

export const dataGet = defineTask({
  name: "data get",
  summary: "Fetch a data set, checked, whole or not at all; or draw one into a folder.",
  options: z.strictObject({
    name: z.string().describe("the source: see isthmus data list"),
    out: z
      .string()
      .optional()
      .describe("write printed-digits as PNG files into this folder, one subfolder a digit")
      .meta({ placeholder: "DIR" }),
  }),
  /**
   * @returns where the data lies
   * @throws UserError for a source that is not fetched, and as its download does
   */
  async run({ name, out }, { report }): Promise<{ readonly name: string; readonly found: string }> {
    const { findKind } = await import("../data/sources/index.js");
    const kind = findKind(name, "NAME");
    if (out !== undefined) {
      if (name !== "printed-digits") {
        throw new UserError(`${name} is not drawn into a folder`, {
          at: "--out",
          hint: "Only printed-digits is; leave --out out.",
        });
      }
      const { writePrintedDigits } = await import("../data/printedDigits/folder.js");
      await writePrintedDigits(out, {}, { progress: report });
      return { name, found: out };
    }
    const found = kind.find?.() ?? (await kind.get?.({ progress: report }));
    if (found !== undefined) return { name, found };
    throw new UserError(`${name} is nothing to fetch`, {
      at: "NAME",
      hint:
        kind.pathOption === undefined
          ? `It is drawn when it is opened; isthmus data get ${name} --out DIR writes it into a folder.`
          : `It reads files of your own: isthmus data show ${name}:PATH.`,
    });
  },
});

export interface SplitFacts {
  readonly count: number;
  /** Images of each class, in the classes' order; absent without labels. */
  readonly classes?: readonly number[];
}

export interface DataFacts {
  readonly card: SourceCard;
  /** [channel, height, width] */
  readonly shape: readonly number[];
  readonly classes?: readonly string[];
  readonly splits: Readonly<Partial<Record<SplitName, SplitFacts>>>;
  /** Of the training pixels, 0 to 255. */
  readonly values: { readonly lowest: number; readonly highest: number; readonly mean: number };
  readonly notes: readonly string[];
  /** The picture that was written. */
  readonly picture?: string;
}

const showOptions = z.strictObject({
  data: z.string().describe("a source: mnist, folder:PATH, or its options as YAML"),
  augment: z
    .array(z.string())
    .default([])
    .describe("draw images changed by this transform, as in training; may be given more than once")
    .meta({ placeholder: "SPEC" }),
  corrupt: z
    .array(z.string())
    .default([])
    .describe("draw images corrupted by this transform, as in evaluation; may be given more than once")
    .meta({ placeholder: "SPEC" }),
  out: z.string().optional().describe("write the grid of images to this file").meta({ placeholder: "FILE.png" }),
});

export const dataShow = defineTask({
  name: "data show",
  summary: "Show what a data set holds: origin, counts, values, and a grid of its images.",
  options: showOptions,
  /** @throws UserError where the source does not open, a transform is unknown or does not fit, or the file cannot be written */
  async run({ data, augment, corrupt, out }, { report, signal }): Promise<DataFacts> {
    const { source, transforms } = await planShow({ data, augment, corrupt, out });
    const opened = await source.open({ progress: report });
    const { card, classes, notes = [] } = opened;
    const { train } = opened.splits;
    const facts: DataFacts = {
      card,
      shape: train.shape,
      ...(classes === undefined ? {} : { classes }),
      splits: Object.fromEntries(
        Object.entries(opened.splits).map(([name, set]) => [name, splitFacts(set, classes?.length)]),
      ),
      values: await valuesOf(train, signal),
      notes,
    };
    if (out === undefined) return facts;
    const picture = await drawData(opened, transforms);
    await pause(signal);
    try {
      writeFileSync(out, picture);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new UserError(`the picture cannot be written (${code ?? message})`, {
        at: out,
        hint: "Check that the folder is there and may be written to.",
        cause,
      });
    }
    return { ...facts, picture: out };
  },
});

/**
 * Reads what `data show` is told, without opening anything.
 * @throws UserError for an unknown source or transform, options that do not fit, and transforms without a file
 */
export async function planShow({ data, augment, corrupt, out }: z.output<typeof showOptions>) {
  const { readSource } = await import("../data/sources/index.js");
  const { parseYaml } = await import("../experiment/index.js");
  const { readTransforms } = await import("../pixels/transforms/index.js");
  const read = (texts: readonly string[], use: "augment" | "corrupt") =>
    readTransforms(
      texts.map((text) => parseYaml(text, `--${use}`)),
      use,
      `--${use}`,
    );
  const transforms = { augment: read(augment, "augment"), corrupt: read(corrupt, "corrupt") };
  if (out === undefined && augment.length + corrupt.length > 0) {
    throw new UserError("transforms are shown in a picture, and no file is named for it", {
      at: augment.length > 0 ? "--augment" : "--corrupt",
      hint: "Add --out FILE.png.",
    });
  }
  return { source: readSource(parseYaml(data, "SPEC"), "SPEC"), transforms };
}

function splitFacts({ count, labels }: ImageSet, classes = 0): SplitFacts {
  if (labels === undefined) return { count };
  const counts: number[] = new Array(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return { count, classes: Array.from(counts, (images) => images ?? 0) };
}

async function valuesOf(set: ImageSet, signal: AbortSignal): Promise<DataFacts["values"]> {
  const { readPixels } = await import("../data/imageStore.js");
  // Counting values is quicker than comparing each, and exact.
  const counts = new Float64Array(256);
  for (let first = 0; first < set.count; first += 1000) {
    await pause(signal);
    const pixels = readPixels(set, first, Math.min(1000, set.count - first));
    for (let i = 0; i < pixels.length; i++) {
      const value = pixels[i] as number;
      counts[value] = (counts[value] as number) + 1;
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const sum = counts.reduce((before, count, value) => before + count * value, 0);
  return {
    lowest: Math.max(
      0,
      counts.findIndex((count) => count > 0),
    ),
    highest: Math.max(
      0,
      counts.findLastIndex((count) => count > 0),
    ),
    mean: total === 0 ? 0 : sum / total,
  };
}

/** Images in a row, rows of a set without few classes, and classes that have a row each at the most. */
const columns = 12;
const plainRows = 8;
const mostClasses = 20;

type Transforms = Readonly<
  Record<"augment" | "corrupt", Parameters<typeof import("../pixels/transforms/index.js").pipeline>[0]>
>;

/** A row for each class, or, with transforms, rows of originals over what becomes of them. */
async function drawData({ splits, classes }: OpenSource, transforms: Transforms): Promise<Uint8Array> {
  const { readPixels } = await import("../data/imageStore.js");
  const { unitFromPixels } = await import("../pixels/index.js");
  const { renderLabelledRows } = await import("../report/labelledRows.js");
  const { train } = splits;
  const { shape } = train;
  const size = shape.reduce((product, length) => product * length, 1);
  const isChanged = transforms.augment.length + transforms.corrupt.length > 0;
  const groups = isChanged ? changedRows(train) : plainRowsOf(train, classes);
  const chosen = groups.flatMap(({ images }) => images);
  const originals = new Float32Array(chosen.length * size);
  for (const [place, image] of chosen.entries()) {
    originals.set(unitFromPixels(readPixels(train, image, 1)), place * size);
  }
  let next = 0;
  const rows = groups.map(({ label, images }) => ({ label, images: images.map(() => next++) }));
  if (!isChanged) return renderLabelledRows({ images: originals, shape, rows });
  const { pipeline } = await import("../pixels/transforms/index.js");
  const kinds = (["augment", "corrupt"] as const).filter((use) => transforms[use].length > 0);
  const layers = [originals];
  for (const use of kinds) {
    const change = pipeline(transforms[use], shape);
    // What corrupts sees what augments has made, as in training.
    const changed = (layers.at(-1) ?? originals).slice();
    for (const [place, image] of chosen.entries()) {
      const epoch = use === "augment" ? 1 : 0;
      change(
        changed.subarray(place * size, (place + 1) * size),
        randomSequence(0, use, epoch, train.indices[image] as number),
      );
    }
    layers.push(changed);
  }
  const images = new Float32Array(layers.length * originals.length);
  for (const [i, layer] of layers.entries()) images.set(layer, i * originals.length);
  const names = ["original", ...kinds.map((use) => (use === "augment" ? "augmented" : "corrupted"))];
  return renderLabelledRows({
    images,
    shape,
    rowsPerGroup: layers.length,
    rows: rows.flatMap((row) =>
      names.map((label, layer) => ({ label, images: row.images.map((place) => layer * chosen.length + place) })),
    ),
  });
}

interface ChosenRow {
  readonly label: string;
  /** Places in the training set. */
  readonly images: readonly number[];
}

function plainRowsOf(set: ImageSet, classes: readonly string[] | undefined): readonly ChosenRow[] {
  const { labels } = set;
  const present = labels === undefined ? [] : [...new Set(labels)].sort((a, b) => a - b);
  if (labels !== undefined && present.length <= mostClasses) {
    return present.map((label) => {
      const images: number[] = [];
      for (let i = 0; i < set.count && images.length < columns; i++) if (labels[i] === label) images.push(i);
      return { label: classes?.[label] ?? String(label), images };
    });
  }
  const shown = spread(set.count, columns * plainRows);
  return Array.from({ length: Math.ceil(shown.length / columns) }, (_, row) => ({
    label: "",
    images: shown.slice(row * columns, (row + 1) * columns),
  }));
}

function changedRows(set: ImageSet): readonly ChosenRow[] {
  const shown = spread(set.count, 2 * columns);
  return [shown.slice(0, columns), shown.slice(columns)]
    .filter((images) => images.length > 0)
    .map((images) => ({ label: "", images }));
}

/** At most `most` images, evenly from all: sets are often sorted by class. */
function spread(count: number, most: number): readonly number[] {
  const shown = Math.min(count, most);
  return Array.from({ length: shown }, (_, i) => Math.floor((i * count) / shown));
}

/** `60,000` images as a person reads it: `60,000 images` or `1 image`. */
export function imagesText(count: number): string {
  return `${withThousands(count)} ${count === 1 ? "image" : "images"}`;
}

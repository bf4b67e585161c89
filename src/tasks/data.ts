// Data sets: which there are, fetching them, and what is in one.

import { writeFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { evenPlaces } from "../base/numbers.js";
import { randomSequence } from "../base/random.js";
import { withThousands } from "../base/text.js";
import { pause } from "../base/turns.js";
import type { ImageSet, OpenSource, SourceCard, SourceKind, SplitName } from "../data/define.js";
import type { Finding, Inspection } from "../data/findings/index.js";
import { defineTask, type TaskContext } from "./define.js";

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
  /** Of the training pixels, 0 to 255; `black` and `white` are the shares of 0 and 255. */
  readonly values: {
    readonly lowest: number;
    readonly highest: number;
    readonly mean: number;
    readonly black: number;
    readonly white: number;
  };
  /** Of a folder's picture files, as far as their headers can be read: [height, width], and how many have it, the commonest first. */
  readonly sizes?: readonly { readonly size: readonly [number, number]; readonly count: number }[];
  /** What is worth to be known before a training, the worst first. */
  readonly findings: readonly DataFinding[];
  readonly notes: readonly string[];
  /** The picture that was written. */
  readonly picture?: string;
}

/** A finding; its pictures by name, groups of those that belong together. */
export interface DataFinding extends Omit<Finding, "pictures"> {
  readonly pictures: readonly (readonly string[])[];
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
  summary:
    "Show what a data set holds and what is wrong with it: counts, sizes, values, copies, broken files, a grid of images.",
  options: showOptions,
  /** @throws UserError where the source does not open, a transform is unknown or does not fit, or the file cannot be written */
  async run({ data, augment, corrupt, out }, { report, signal }): Promise<DataFacts> {
    const { transforms } = await planShow({ data, augment, corrupt, out });
    const { opened, sizes, isLimited } = await openToShow(data, { report, signal });
    const { findingsOf, inspect, nameOf } = await import("../data/findings/index.js");
    const inspection = await inspect(opened, {
      ...{ progress: report, signal, isLimited },
      ...(sizes === undefined ? {} : { sizes }),
    });
    const findings = findingsOf(inspection);
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
      ...(sizes === undefined ? {} : { sizes: countedSizes(sizes) }),
      findings: findings.map((finding) => ({
        ...finding,
        pictures: finding.pictures.map((group) => group.map((at) => nameOf(inspection, at))),
      })),
      notes,
    };
    if (out === undefined) return facts;
    const picture = await drawData(opened, transforms, findings);
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
 * The source opened; a folder of pictures of several sizes, for which no size is said, in the middle one of them.
 */
async function openToShow(
  text: string,
  { report, signal }: Pick<TaskContext, "report" | "signal">,
): Promise<{
  readonly opened: OpenSource;
  readonly sizes?: NonNullable<Inspection["sizes"]>;
  readonly isLimited: boolean;
}> {
  const { parseYaml } = await import("../experiment/index.js");
  const { readSourceSpec } = await import("../data/descriptions/index.js");
  const { sourceOf } = await import("../data/sources/index.js");
  const read = readSourceSpec(parseYaml(text, "SPEC"), "SPEC");
  const isLimited = read.limit !== undefined;
  const context = { progress: report, signal };
  const { path, size, limitPixels } = read.options as { path?: string; size?: unknown; limitPixels?: number };
  if (read.name !== "folder" || path === undefined) return { opened: await sourceOf(read).open(context), isLimited };
  const { folderSizes, middleSize } = await import("../data/folderSizes.js");
  const { usualPixelLimit } = await import("../data/descriptions/folder.js");
  const sizes = await folderSizes(path, limitPixels ?? usualPixelLimit, context);
  const middle = middleSize(sizes);
  const isMixed = new Set(sizes.map((one) => one.join())).size > 1;
  if (size !== undefined || middle === undefined || !isMixed) {
    return { opened: await sourceOf(read).open(context), sizes, isLimited };
  }
  const opened = await sourceOf({ ...read, options: { ...read.options, size: middle } }).open(context);
  const note = `the pictures are looked at in the size ${middle.join("×")}; a training is told one (size: [64, 64]) or takes the model's`;
  return { opened: { ...opened, notes: [note, ...(opened.notes ?? [])] }, sizes, isLimited };
}

function countedSizes(sizes: NonNullable<Inspection["sizes"]>): NonNullable<DataFacts["sizes"]> {
  const counts = new Map<string, { size: readonly [number, number]; count: number }>();
  for (const size of sizes) {
    const known = counts.get(size.join());
    counts.set(size.join(), { size, count: (known?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/**
 * Reads what `data show` is told, without opening anything.
 * @throws UserError for an unknown source or transform, options that do not fit, and transforms without a file
 */
export async function planShow({ data, augment, corrupt, out }: z.output<typeof showOptions>) {
  const { readSourceSpec } = await import("../data/descriptions/index.js");
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
  readSourceSpec(parseYaml(data, "SPEC"), "SPEC");
  return { transforms };
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
    black: total === 0 ? 0 : (counts[0] as number) / total,
    white: total === 0 ? 0 : (counts[255] as number) / total,
  };
}

/** Images in a row, rows of a set without few classes, and classes that have a row each at the most. */
const columns = 12;
const plainRows = 8;
const mostClasses = 20;

type Transforms = Readonly<
  Record<"augment" | "corrupt", Parameters<typeof import("../pixels/transforms/index.js").pipeline>[0]>
>;

/**
 * A row for each class, or, with transforms, rows of originals over what becomes of them. Without transforms a row for each
 * finding that has pictures comes below: copies beside what they are copies of.
 */
async function drawData(
  { splits, classes, files }: OpenSource,
  transforms: Transforms,
  findings: readonly Finding[],
): Promise<Uint8Array> {
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
  if (!isChanged) {
    // Of a published data set what hardly matters is only said.
    const shown = findings
      .filter(({ severity, pictures }) => pictures.length > 0 && (severity >= 2 || files !== undefined))
      .map(({ name, pictures }) => ({ label: words(name), images: pictures.flat().slice(0, columns) }));
    const places = shown.flatMap(({ images }) => images);
    const images = new Float32Array(originals.length + places.length * size);
    images.set(originals);
    for (const [i, { split, place }] of places.entries()) {
      const set = splits[split];
      if (set !== undefined) images.set(unitFromPixels(readPixels(set, place, 1)), originals.length + i * size);
    }
    const foundRows = shown.map(({ label, images: of }) => ({ label, images: of.map(() => next++) }));
    return renderLabelledRows({ images, shape, rows: [...rows, ...foundRows] });
  }
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

/** `nearCopies` as a person reads it: `near copies`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
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
  const shown = evenPlaces(set.count, columns * plainRows);
  return Array.from({ length: Math.ceil(shown.length / columns) }, (_, row) => ({
    label: "",
    images: shown.slice(row * columns, (row + 1) * columns),
  }));
}

function changedRows(set: ImageSet): readonly ChosenRow[] {
  const shown = evenPlaces(set.count, 2 * columns);
  return [shown.slice(0, columns), shown.slice(columns)]
    .filter((images) => images.length > 0)
    .map((images) => ({ label: "", images }));
}

/** `60,000` images as a person reads it: `60,000 images` or `1 image`. */
export function imagesText(count: number): string {
  return `${withThousands(count)} ${count === 1 ? "image" : "images"}`;
}

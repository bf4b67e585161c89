// The same test pictures at every epoch that the run kept (images/epochs), or as its last weights make them.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { countText } from "../../base/text.js";
import { sharp } from "../../data/codec.js";
import { className } from "../../evaluation/worstImages.js";
import type { Reconstructions } from "../../report/reportData.js";
import { shownBatch, shownImages, shownImagesOf } from "../shownImages.js";
import { closeSide, epochBytes, mostEpochs } from "./bounds.js";
import type { OpenedRun } from "./opened.js";
import { dataUri, type Sheets } from "./sheets.js";

const places = z.int().positive().max(4096);
const indexSchema = z.object({
  format: z.literal(1),
  shape: z.tuple([places, places, places]),
  columns: places,
  count: places,
  epochs: z.array(z.int().nonnegative()),
  every: z.number().optional(),
  images: z.array(z.int().nonnegative()).optional(),
  labels: z.array(z.string()).optional(),
});
type Index = z.output<typeof indexSchema>;

export async function reconstructionsOf(opened: OpenedRun, sheets: Sheets): Promise<Reconstructions> {
  const { run } = opened;
  const { files, path } = run;
  const index = files.join(path, "images", "epochs", "index.json");
  if (files.exists(index)) return await keptEpochs(opened, sheets, readIndex(index, files.read(index)));
  return await lastOnly(opened, sheets);
}

function readIndex(at: string, bytes: Uint8Array): Index {
  const hint = "Without the folder images/epochs the pictures of the last weights are shown.";
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new UserError("is damaged: it is not JSON", { at, hint });
  }
  const parsed = indexSchema.safeParse(value);
  if (!parsed.success) throw new UserError("is damaged: it is no index of kept pictures", { at, hint });
  return parsed.data;
}

async function keptEpochs({ run }: OpenedRun, sheets: Sheets, index: Index): Promise<Reconstructions> {
  const { files, path } = run;
  const [, height, width] = index.shape;
  const sheet = (bytes: Uint8Array) => ({
    url: dataUri("image/webp", bytes),
    columns: index.columns,
    rows: Math.ceil(index.count / index.columns),
    tile: [width, height] as const,
  });
  const read = (name: string): Uint8Array | undefined => {
    const at = files.join(path, "images", "epochs", name);
    return files.exists(at) ? files.read(at) : undefined;
  };
  const put = (name: string, file: string): boolean => {
    const bytes = read(file);
    if (bytes !== undefined) sheets.put(name, sheet(bytes));
    return bytes !== undefined;
  };
  if (!put("originals", "original.webp")) {
    throw new UserError("images/epochs has no original.webp to hold the reconstructions against");
  }
  const hasInputs = put("inputs", "input.webp");
  const there = index.epochs
    .map((epoch) => ({ epoch, bytes: read(`${String(epoch).padStart(6, "0")}.webp`) }))
    .filter((one): one is { epoch: number; bytes: Uint8Array } => one.bytes !== undefined);
  if (there.length === 0) throw new UserError("images/epochs has no picture of an epoch");
  const { shown, isLossy } = await fitting(there);
  for (const { epoch, bytes } of shown) sheets.put(epochSheet(epoch), sheet(bytes));
  const notes = [
    ...(shown.length < there.length
      ? [
          `${shown.length} of the ${countText(there.length, "epoch")} that the run keeps pictures of, evenly, the first and the last among them`,
        ]
      : []),
    ...(isLossy ? ["compressed here with small losses; the run folder has them exactly"] : []),
  ];
  return {
    what: whatImages(index.count, index.images),
    count: index.count,
    ...(index.images === undefined ? {} : { images: index.images }),
    ...(index.labels === undefined ? {} : { labels: index.labels }),
    originals: "originals",
    ...(hasInputs ? { inputs: "inputs" } : {}),
    epochs: shown.map(({ epoch }) => ({ epoch, sheet: epochSheet(epoch) })),
    ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
  };
}

const epochSheet = (epoch: number): string => `epoch-${epoch}`;

interface KeptPicture {
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

/** As many epochs as a report has room for, evenly; compressed further where that keeps more of them. */
async function fitting(
  all: readonly KeptPicture[],
): Promise<{ readonly shown: readonly KeptPicture[]; readonly isLossy: boolean }> {
  const shown = evenly(all, mostEpochs);
  if (bytesOf(shown) <= epochBytes) return { shown, isLossy: false };
  const smaller: KeptPicture[] = [];
  for (const { epoch, bytes } of shown) {
    smaller.push({ epoch, bytes: await sharp(bytes).webp({ quality: 80, effort: 2 }).toBuffer() });
  }
  let most = smaller.length;
  let kept: readonly KeptPicture[] = smaller;
  while (most > 2 && bytesOf(kept) > epochBytes) {
    most = Math.max(2, Math.floor(most * 0.8));
    kept = evenly(smaller, most);
  }
  return { shown: kept, isLossy: true };
}

/** At most `most` (two or more) of them, evenly, the first and the last always. */
function evenly<One>(all: readonly One[], most: number): readonly One[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] as One);
}

function bytesOf(pictures: readonly KeptPicture[]): number {
  return pictures.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function whatImages(count: number, images: readonly number[] | undefined): string {
  return images === undefined
    ? `the first ${countText(count, "test image")}`
    : `${countText(count, "test image")}, spread evenly over all`;
}

/** Of a run without kept pictures: what its last weights make of the first test images. */
async function lastOnly(opened: OpenedRun, sheets: Sheets): Promise<Reconstructions> {
  const model = await opened.decoding();
  const source = await opened.source();
  const { test } = source.splits;
  if (test.count === 0) throw new UserError("there is no test picture");
  const corrupt = model.experiment.phases.at(-1)?.corrupt ?? [];
  const shown = shownImagesOf(test, shownImages);
  const { count, places = Array.from({ length: count }, (_, image) => image) } = shown;
  const options = { columns: 8, longestSide: closeSide };
  const { originals, inputs } = shownBatch(test, shown, { corrupt, seed: model.experiment.evaluationSeed });
  const made = await model.reconstruct(inputs, { signal: opened.watch.signal });
  await sheets.add("originals", originals, test.shape, options);
  if (corrupt.length > 0) await sheets.add("inputs", inputs, test.shape, options);
  const epoch = (await opened.records()).findLast(({ step }) => step <= model.checkpoint.state.step)?.epoch ?? 0;
  await sheets.add(epochSheet(epoch), made, test.shape, options);
  const { labels } = test;
  return {
    what: whatImages(count, shown.places),
    count,
    ...(shown.places === undefined ? {} : { images: shown.places }),
    ...(labels === undefined ? {} : { labels: places.map((place) => className(source, labels[place] as number)) }),
    originals: "originals",
    ...(corrupt.length > 0 ? { inputs: "inputs" } : {}),
    epochs: [{ epoch, sheet: epochSheet(epoch) }],
    note: "this run keeps no pictures of its epochs: those of its last weights",
  };
}

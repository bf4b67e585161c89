// The pictures that a run keeps of its epochs, images/epochs: which epochs are kept, and the index that says so. Drawing is not done here.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { parseJson, type RunFolder, readText, writeRenamed } from "./runFolder.js";
import { whereDamaged } from "./schemas.js";

/** What `count` test images, the same ones, became at the epochs that are kept: images/epochs/index.json. */
export interface EpochPictures {
  readonly format: 1;
  /** Of an image: [channel, height, width]. */
  readonly shape: readonly number[];
  /** Images side by side in a sheet, in reading order. */
  readonly columns: number;
  readonly count: number;
  /** Each has a sheet, `epochSheet` says its name. Rising. */
  readonly epochs: readonly number[];
  /** The distance between kept epochs, beside which the last one is kept. */
  readonly every: number;
  /** The place of each in the test split; where it is absent they are its first ones. */
  readonly images?: readonly number[];
  /** Names of the images' classes, where they have some. */
  readonly labels?: readonly string[];
  /**
   * Where phases corrupt differently: the sheet of what the images were given as from an epoch on, null where that is the original.
   * Where it is absent, all epochs were given input.webp, or the originals where there is no such file.
   */
  readonly inputs?: readonly { readonly fromEpoch: number; readonly file: string | null }[];
}

const schema: z.ZodType<EpochPictures> = z.looseObject({
  format: z.literal(1),
  shape: z.array(z.int().positive()).length(3),
  columns: z.int().positive(),
  count: z.int().positive(),
  epochs: z.array(z.int().positive()),
  every: z.int().positive(),
  images: z.array(z.int().nonnegative()).exactOptional(),
  labels: z.array(z.string()).exactOptional(),
  inputs: z
    .array(
      z.looseObject({
        fromEpoch: z.int().positive(),
        // A name of this folder, and nothing that leads elsewhere.
        file: z
          .string()
          .regex(/^[a-z0-9-]+\.webp$/)
          .nullable(),
      }),
    )
    .exactOptional(),
});

/** Of one training, as many as a slider can be moved through and a page can hold. */
const mostKept = 300;
/** So many are kept of the smallest training: there they cost a tenth of a second. */
const fewestKept = 30;
/**
 * Training images for one kept epoch. Reconstructing 32 images costs as much as training on about 11 (a step is three passes), drawing
 * them about as much again in a thread of its own: of 2,000 images that is one hundredth.
 */
const imagesForOne = 2_000;

/**
 * The distance between kept epochs, a power of two, so that what was kept before lies among what is kept after it has grown.
 * It follows from the plan alone: equal runs keep the same.
 * @param epochs of the whole training, as it is planned now
 * @param images that it trains on in all epochs together
 * @param before the distance so far; it never gets smaller
 */
export function keptEvery(epochs: number, images: number, before = 1): number {
  const most = Math.min(mostKept, Math.max(fewestKept, Math.floor(images / imagesForOne)));
  let every = before;
  while (keptEpochs(epochs, every) > most) every *= 2;
  return every;
}

/** How many of so many epochs are kept at a distance, the last included. */
function keptEpochs(epochs: number, every: number): number {
  const regular = Math.floor((epochs - 1) / every) + 1;
  return regular + (isRegular(epochs, every) ? 0 : 1);
}

function isRegular(epoch: number, every: number): boolean {
  return (epoch - 1) % every === 0;
}

/** Whether an epoch's pictures are made: the first, those at the distance after it, and the last of the training. */
export function isKept(epoch: number, every: number, isLast: boolean): boolean {
  return isLast || isRegular(epoch, every);
}

/**
 * The index with one epoch more.
 * @returns `dropped`: epochs that are not kept any more, because their distance has grown or they stand beyond the new one
 */
export function withEpoch(
  index: EpochPictures,
  epoch: number,
  every: number,
): { readonly index: EpochPictures; readonly dropped: readonly number[] } {
  const stays = (one: number): boolean => one < epoch && isRegular(one, every);
  const inputs = index.inputs?.filter(({ fromEpoch }) => fromEpoch <= epoch);
  return {
    index: {
      ...index,
      epochs: [...index.epochs.filter(stays), epoch],
      every,
      ...(inputs === undefined ? {} : { inputs }),
    },
    dropped: index.epochs.filter((one) => one !== epoch && !stays(one)),
  };
}

/** The name of an epoch's sheet in images/epochs. */
export function epochSheet(epoch: number): string {
  return `${String(epoch).padStart(6, "0")}.webp`;
}

/** The folder images/epochs of a run. */
export function epochsFolder({ path, files }: Pick<RunFolder, "path" | "files">): string {
  return files.join(path, "images", "epochs");
}

/**
 * What a run keeps of its epochs; undefined where it keeps nothing, as a classifier does.
 * @throws UserError where index.json is damaged
 */
export function readEpochPictures(run: RunFolder): EpochPictures | undefined {
  const at = run.files.join(epochsFolder(run), "index.json");
  if (!run.files.exists(at)) return undefined;
  const hint = "It only says which pictures there are: remove images/epochs if you can do without them.";
  const value = parseJson(readText(run, run.files.join("images", "epochs", "index.json"), hint), at, hint);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new UserError(whereDamaged(parsed.error, "an index of pictures"), { at, hint });
  return parsed.data;
}

/** Writes index.json whole; sheets that it names are to be there before. */
export function writeEpochPictures(run: RunFolder, index: EpochPictures): void {
  writeRenamed(run.files, epochsFolder(run), "index.json", new TextEncoder().encode(`${JSON.stringify(index)}\n`));
}

/**
 * Brings the pictures back to what a checkpoint knows: those of later epochs go, they are made again. Damaged ones go altogether.
 * @param epochs that are done
 */
export function cutEpochPictures(run: RunFolder, epochs: number): void {
  const folder = epochsFolder(run);
  if (!run.files.exists(folder)) return;
  const index = readableEpochPictures(run);
  if (index === undefined || index.epochs.every((epoch) => epoch > epochs)) {
    // Index first: it names nothing that is not there.
    for (const name of ["index.json", ...sheetsIn(run)]) run.files.remove(run.files.join(folder, name));
    return;
  }
  const kept = index.epochs.filter((epoch) => epoch <= epochs);
  if (kept.length < index.epochs.length) {
    const inputs = index.inputs?.filter(({ fromEpoch }) => fromEpoch <= epochs);
    writeEpochPictures(run, { ...index, epochs: kept, ...(inputs === undefined ? {} : { inputs }) });
  }
  const named = new Set(kept.map(epochSheet));
  for (const name of sheetsIn(run)) if (!named.has(name)) run.files.remove(run.files.join(folder, name));
}

/** Sheets of epochs in the folder, whether the index names them or not. Whatever else lies there is not of Isthmus. */
function sheetsIn(run: RunFolder): readonly string[] {
  return run.files.list(epochsFolder(run)).filter((name) => /^\d{6,}\.webp$/.test(name));
}

/** The same; undefined too where it is damaged. */
export function readableEpochPictures(run: RunFolder): EpochPictures | undefined {
  try {
    return readEpochPictures(run);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

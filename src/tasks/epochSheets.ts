// The sheets of images/epochs: which one is due, and what the drawing thread is to write for it. Nothing here asks for the time, so
// that equal trainings keep equal pictures.
import { isDeepStrictEqual } from "node:util";
import type { OpenSource } from "../data/define.js";
import type { Experiment } from "../experiment/index.js";
import {
  type EpochPictures,
  epochSheet,
  epochsFolder,
  isKept,
  keptEvery,
  readEpochPictures,
  withEpoch,
} from "../runs/epochPictures.js";
import type { RunFolder } from "../runs/index.js";
import type { LookMoment } from "../training/loop.js";
import { sheetGeometry, sheetPixels } from "./epochSheetPixels.js";
import type { ShownImages } from "./shownImages.js";

/** Images side by side. */
const columns = 8;

/** What the drawing thread writes, in this order: files, the index, and away with what is not kept any more. */
export interface SheetsJob {
  readonly kind: "sheets";
  readonly step: number;
  readonly epoch: number;
  /** The run folder. */
  readonly run: string;
  /** The epoch's sheet. */
  readonly path: string;
  readonly files: readonly { readonly name: string; readonly pixels: Uint8Array }[];
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly index: EpochPictures;
  readonly dropped: readonly string[];
}

/** Of the images of a sheet, [image, channel, height, width] in [0, 1]; what lies outside is clipped. */
interface Shown {
  readonly originals: ArrayLike<number>;
  readonly reconstructions: ArrayLike<number>;
  /** What they were given as, where that is something else. */
  readonly inputs?: ArrayLike<number>;
}

export interface EpochSheets {
  /**
   * Undefined where this epoch is not kept.
   * @throws UserError where the folder's index is damaged
   */
  due(
    epoch: number,
    epochEnd: NonNullable<LookMoment["epochEnd"]>,
  ): { job(shown: Shown, phase: LookMoment["phase"]): Omit<SheetsJob, "step" | "epoch"> } | undefined;
}

/** Undefined where the test images are none that a picture can show: of two channels, or of none. */
export function epochSheets({
  run,
  experiment,
  source,
  shown,
}: {
  readonly run: RunFolder;
  readonly experiment: Experiment;
  readonly source: Pick<OpenSource, "splits" | "classes">;
  /** The images of a sheet. */
  readonly shown: ShownImages;
}): EpochSheets | undefined {
  const { test } = source.splits;
  const { shape } = test;
  const { count, places } = shown;
  const geometry = sheetGeometry(shape, columns, count);
  if (geometry === undefined) return undefined;
  const folder = epochsFolder(run);
  const { phases } = experiment;
  const differs = new Set(phases.map(({ corrupt }) => inputFile(phases, corrupt))).size > 1;
  let index: EpochPictures | undefined;
  /** Files that the drawing thread was sent since the training was begun or taken up. */
  const sent = new Set<string>();
  const opened = (): EpochPictures => {
    const before = readEpochPictures(run);
    const names = labelNames(source, places ?? Array.from({ length: count }, (_, image) => image));
    const facts = {
      ...({ format: 1, shape, columns, count } as const),
      ...(places === undefined ? {} : { images: places }),
      ...(names === undefined ? {} : { labels: names }),
    };
    return { ...facts, epochs: [], every: 1, ...pick(before), ...facts };
  };
  return {
    due(epoch, { epochs, images, isLast }) {
      index ??= opened();
      const before = index;
      const every = keptEvery(epochs, images, before.every);
      if (!isKept(epoch, every, isLast)) return undefined;
      return {
        job({ originals, reconstructions, inputs }, { corrupt }) {
          const file = inputFile(phases, corrupt);
          const added = withEpoch(before, epoch, every);
          index = withInput(added.index, epoch, file, differs);
          const wanted: readonly (readonly [name: string, images: ArrayLike<number> | undefined])[] = [
            ["original.webp", originals],
            [file ?? "", inputs],
          ];
          const fixed = wanted.flatMap(([name, values]) => {
            if (values === undefined || name === "" || sent.has(name)) return [];
            sent.add(name);
            return [{ name, pixels: sheetPixels(values, shape, geometry) }];
          });
          const name = epochSheet(epoch);
          return {
            kind: "sheets",
            run: run.path,
            path: run.files.join(folder, name),
            files: [...fixed, { name, pixels: sheetPixels(reconstructions, shape, geometry) }],
            ...{ width: geometry.width, height: geometry.height, channels: geometry.channels },
            index,
            dropped: added.dropped.map(epochSheet),
          };
        },
      };
    },
  };
}

/** What an index from before the training was taken up says, but for what the data says itself. */
function pick(before: EpochPictures | undefined): Partial<EpochPictures> {
  if (before === undefined) return {};
  const { epochs, every, inputs } = before;
  return { epochs, every, ...(inputs === undefined ? {} : { inputs }) };
}

/**
 * The sheet of what a phase's images are given as, null where that is the originals: input.webp is what the last phase that corrupts
 * gives; what phases before it give otherwise has a file with the number of the first of them.
 */
export function inputFile(
  phases: readonly Pick<Experiment["phases"][number], "corrupt">[],
  corrupt: readonly unknown[],
): string | null {
  if (corrupt.length === 0) return null;
  const last = phases.findLast((phase) => phase.corrupt.length > 0);
  if (isDeepStrictEqual(corrupt, last?.corrupt)) return "input.webp";
  return `input-phase-${phases.findIndex((phase) => isDeepStrictEqual(phase.corrupt, corrupt)) + 1}.webp`;
}

function withInput(index: EpochPictures, epoch: number, file: string | null, differs: boolean): EpochPictures {
  if (!differs) return index;
  const inputs = (index.inputs ?? []).filter(({ fromEpoch }) => fromEpoch < epoch);
  const before = inputs.at(-1);
  if (before !== undefined && before.file === file) return { ...index, inputs };
  return { ...index, inputs: [...inputs, { fromEpoch: epoch, file }] };
}

function labelNames(
  { splits, classes }: Pick<OpenSource, "splits" | "classes">,
  places: readonly number[],
): readonly string[] | undefined {
  const { labels } = splits.test;
  return labels && places.map((place) => classes?.[labels[place] as number] ?? String(labels[place]));
}

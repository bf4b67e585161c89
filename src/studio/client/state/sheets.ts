// Which sheets of a run's pictures stand for an epoch.
import type { Sheet } from "../../../report/page/browser/tiles.js";
import { paths, type RunId, type RunPictures } from "../../api.js";

export interface RunSheets {
  readonly original: Sheet;
  readonly input?: Sheet;
  /** Of the last kept epoch that is not later than the one that was asked for. */
  readonly reconstruction: Sheet | undefined;
  readonly epoch: number | undefined;
  readonly epochs: readonly number[];
  readonly count: number;
  readonly labels?: readonly string[];
  /** The place of each in the test split, where they are not its first ones. */
  readonly images?: readonly number[];
}

/** @param epoch the newest where it is undefined; undefined where the run keeps no such pictures */
export function sheetsOf(
  run: RunId,
  pictures: RunPictures | undefined,
  epoch: number | undefined,
): RunSheets | undefined {
  const kept = pictures?.epochs;
  if (kept === undefined || kept === null) return undefined;
  const [, height, width] = kept.shape;
  if (height === undefined || width === undefined) return undefined;
  const sheet = (picture: string): Sheet => ({
    url: paths.picture(run, picture),
    columns: kept.columns,
    tile: [width, height],
  });
  const shown =
    epoch === undefined ? kept.epochs.at(-1) : (kept.epochs.findLast((one) => one <= epoch) ?? kept.epochs[0]);
  return {
    original: sheet("original"),
    ...(kept.hasInput ? { input: sheet("input") } : {}),
    reconstruction: shown === undefined ? undefined : sheet(`e${String(shown).padStart(6, "0")}`),
    ...{ epoch: shown, epochs: kept.epochs, count: kept.count },
    ...(kept.labels === undefined ? {} : { labels: kept.labels }),
    ...(kept.images === undefined ? {} : { images: kept.images }),
  };
}

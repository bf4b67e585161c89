// The lines of a run's logs as a page keeps them: what came thinned or in pieces, in order, no more than a chart can show.
import type { EpochRecord, RunRecords, TimingRecord } from "../../api.js";

export interface KeptRecords {
  /** Lines that the log has, as far as is known. */
  readonly count: number;
  /** Of `records`, rising. */
  readonly places: readonly number[];
  readonly records: readonly EpochRecord[];
  /** By epoch. */
  readonly timing: ReadonlyMap<number, TimingRecord>;
  readonly problems: readonly string[];
}

export const noRecords: KeptRecords = { count: 0, places: [], records: [], timing: new Map(), problems: [] };

/** Lines that a page keeps of a run: more than a curve has pixels. */
export const mostRecords = 3_000;

/** What a whole answer says, in place of what was kept. */
export function keepRecords({ count, places, records, timing, problems }: RunRecords): KeptRecords {
  return { count, places, records, timing: new Map(timing.map((line) => [line.epoch, line])), problems };
}

/**
 * Adds lines that an event brought. `missing` is the range that has to be asked for where lines between are not known: the
 * event came after a gap. Lines that are there already are taken anew, so that events may come twice.
 */
export function addRecords(
  kept: KeptRecords,
  from: number,
  records: readonly EpochRecord[],
  timing: readonly TimingRecord[],
): { readonly kept: KeptRecords; readonly missing?: { readonly from: number; readonly to: number } } {
  const start = kept.places.findIndex((place) => place >= from);
  const before = start < 0 ? kept.places.length : start;
  const after = kept.places.findIndex((place) => place >= from + records.length);
  const tail = after < 0 ? kept.places.length : after;
  const places = [...kept.places.slice(0, before), ...records.map((_, i) => from + i), ...kept.places.slice(tail)];
  const all = [...kept.records.slice(0, before), ...records, ...kept.records.slice(tail)];
  const times = new Map(kept.timing);
  for (const line of timing) times.set(line.epoch, line);
  const count = Math.max(kept.count, from + records.length);
  const next = thinned({ count, places, records: all, timing: times, problems: kept.problems });
  return from > kept.count ? { kept: next, missing: { from: kept.count, to: from } } : { kept: next };
}

/** At most `mostRecords`: every second of the older ones is left out, first and last always kept. */
function thinned(kept: KeptRecords): KeptRecords {
  if (kept.records.length <= mostRecords) return kept;
  const last = kept.records.length - 1;
  const stays = (i: number): boolean => i % 2 === 0 || i === last;
  const records = kept.records.filter((_, i) => stays(i));
  const epochs = new Set(records.map(({ epoch }) => epoch));
  return {
    ...kept,
    places: kept.places.filter((_, i) => stays(i)),
    records,
    timing: new Map([...kept.timing].filter(([epoch]) => epochs.has(epoch))),
  };
}

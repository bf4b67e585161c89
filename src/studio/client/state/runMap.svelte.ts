// The codes of a run's pictures, laid out by a job of the server: started once for what is asked, waited for, and kept while one looks.
import { UserError } from "../../../base/errors.js";
import type { Sheet } from "../../../report/page/map/pictures.js";
import { type Job, type MapHead, type MapOptions, type Packed, paths, type RunRow } from "../../api.js";
import { askPack } from "./ask.js";
import { requestName, studio } from "./studio.svelte.js";

export interface RunMap {
  readonly head: MapHead;
  /** [point, 2] */
  readonly points: Float32Array;
  /** Places in the split. */
  readonly images: Uint32Array;
  readonly errors: Float32Array;
  readonly labels: Int32Array | undefined;
  /** [point, unit]; absent where they are more than 64 MB. */
  readonly codes: Float32Array | undefined;
  readonly sheets: readonly Sheet[];
}

export interface Waiting {
  readonly signal: AbortSignal;
  /** From 0 to 1, and what is done. */
  readonly progress: (done: number, what: string) => void;
}

const kept = new Map<string, RunMap>();
const mostKept = 2;

/**
 * The map of a run with its weights as they are now; asked for twice, it is computed once.
 * @throws UserError where the job fails; AbortError, and the job goes on for who comes back
 */
export async function runMap(row: RunRow, options: MapOptions, waiting: Waiting): Promise<RunMap> {
  const { method, on, count } = options;
  const request = ["map", row.id, row.step, method, on, count ?? "all"].join("-");
  let job = await started(row, options, request);
  if (job.state !== "running" && job.state !== "waiting" && job.result !== "pack") {
    job = await started(row, options, requestName());
  }
  const known = kept.get(job.id);
  if (known !== undefined) return known;
  const ended = await jobEnd(job, waiting);
  if (ended.state !== "done") {
    const { message = `the map was ${ended.state}`, hint } = ended.error ?? {};
    throw new UserError(message, hint === undefined ? {} : { hint });
  }
  const map = mapOf(ended, await askPack<MapHead>(paths.result(ended.id)));
  kept.set(ended.id, map);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return map;
}

async function started(row: RunRow, options: MapOptions, request: string): Promise<Job> {
  const job = await studio.startJob({ kind: "map", run: row.id, options }, request);
  if (job === undefined) throw new UserError("the map could not be asked for");
  return job;
}

/** Waits until a job has ended. */
export function jobEnd(job: Job, { signal, progress }: Waiting): Promise<Job> {
  return new Promise((resolve, reject) => {
    const end = $effect.root(() => {
      $effect(() => {
        const now = studio.jobs.find(({ id }) => id === job.id) ?? job;
        const { state, progress: told } = now;
        if (state === "running" || state === "waiting") {
          if (state === "waiting") progress(0, "waiting for other work in the queue");
          else if (told !== undefined) progress(told.done / Math.max(1, told.of), told.what);
          return;
        }
        queueMicrotask(() => end());
        resolve(now);
      });
    });
    signal.addEventListener("abort", () => {
      end();
      reject(signal.reason);
    });
  });
}

function mapOf(job: Job, { head, arrays }: Packed<MapHead>): RunMap {
  const [, height = 1, width = 1] = head.shape;
  return {
    head,
    points: arrays.points?.values as Float32Array,
    images: arrays.images?.values as Uint32Array,
    errors: arrays.errors?.values as Float32Array,
    labels: arrays.labels?.values as Int32Array | undefined,
    codes: arrays.codes?.values as Float32Array | undefined,
    sheets: head.sheets.map(({ file, first, count, columns }) => ({
      url: paths.resultFile(job.id, file),
      columns,
      tile: [height, width],
      first,
      count,
    })),
  };
}

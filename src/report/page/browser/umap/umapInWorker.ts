// Asks a worker (`umapWorker.ts`) for UMAP, hears how far it is, and ends it when nobody waits for it any more.
import { abortError } from "../../../../base/turns.js";

export interface UmapJob {
  /** [code, unit] */
  readonly codes: Float32Array;
  readonly codeSize: number;
  readonly neighbours: number;
  readonly minimumDistance: number;
  readonly seed: number;
}
export type UmapMessage =
  | { readonly kind: "progress"; readonly done: number }
  | { readonly kind: "done"; readonly points: Float32Array }
  | { readonly kind: "failed"; readonly message: string };

/**
 * @param makeWorker of this job alone: from a file where the page is served, from a blob in a report
 * @returns [code, 2], the same for the same seed
 * @throws AbortError
 */
export function umapInWorker(
  makeWorker: () => Worker,
  job: UmapJob,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress?: (done: number) => void },
): Promise<Float32Array> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError(signal));
      return;
    }
    const worker = makeWorker();
    const end = (): void => {
      worker.terminate();
      signal.removeEventListener("abort", aborted);
    };
    const aborted = (): void => {
      end();
      reject(abortError(signal));
    };
    signal.addEventListener("abort", aborted);
    worker.onerror = (event) => {
      end();
      reject(new Error(event.message || "the worker of UMAP did not start"));
    };
    worker.onmessage = ({ data }: MessageEvent<UmapMessage>) => {
      if (data.kind === "progress") {
        progress?.(data.done);
        return;
      }
      end();
      if (data.kind === "done") resolve(data.points);
      else reject(new Error(data.message));
    };
    worker.postMessage(job);
  });
}

// Lays out a map in a thread of its own: the library's first half is one piece of seconds, in which nothing else would be heard.
import { Worker } from "node:worker_threads";
import { InternalError } from "../base/errors.js";
import { throwIfAborted } from "../base/turns.js";
import type { NeighbourMapOptions } from "../latent/index.js";

/** What the thread is started with. */
export interface MapThreadData {
  readonly codes: Float32Array;
  readonly codeSize: number;
  readonly options: Omit<NeighbourMapOptions, "progress">;
}

/** What the thread says. */
export type MapThreadMessage = { readonly done: number } | { readonly points: Float32Array };

/**
 * As `neighbourMap`, without keeping this thread.
 * @throws AbortError where the signal is aborted; the thread is ended then
 */
export async function neighbourMapInThread(
  codes: Float32Array,
  codeSize: number,
  { progress, signal, ...options }: NeighbourMapOptions & { readonly signal: AbortSignal },
): Promise<Float32Array> {
  throwIfAborted(signal);
  const data: MapThreadData = { codes, codeSize, options };
  const worker = new Worker(new URL("./mapWorker.js", import.meta.url), { workerData: data });
  const end = (): void => void worker.terminate();
  signal.addEventListener("abort", end);
  try {
    return await new Promise<Float32Array>((resolve, reject) => {
      worker.on("message", (message: MapThreadMessage) => {
        if ("points" in message) resolve(message.points);
        else progress?.(message.done);
      });
      worker.on("error", reject);
      worker.on("exit", (code) =>
        reject(new InternalError(`the map's thread ended without a map (exit code ${code})`)),
      );
    });
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

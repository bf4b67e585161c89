// UMAP in a worker of the page: one job, its progress, its points. It ends with the worker, for the library's first half is one piece.
import { neighbourMap } from "../../../../latent/map.js";
import type { UmapJob, UmapMessage } from "./umapInWorker.js";

const here = globalThis as unknown as DedicatedWorkerGlobalScope;

here.onmessage = async ({ data }: MessageEvent<UmapJob>) => {
  const tell = (message: UmapMessage): void => here.postMessage(message);
  try {
    const { codes, codeSize, neighbours, minimumDistance, seed } = data;
    const progress = (done: number): void => tell({ kind: "progress", done });
    const points = await neighbourMap(codes, codeSize, { neighbours, minimumDistance, seed, progress });
    tell({ kind: "done", points });
  } catch (error) {
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};

// Principal components, kept for the next time: they depend on the training pictures alone.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { cacheFolder, isCacheOff } from "../data/cacheFolder.js";
import type { ImageSet } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { decodePca, encodePca, fitPca, type Pca } from "../data/principalComponents/pca.js";
import { readRegularFile } from "../data/regularFile.js";
import type { Engine } from "../engines/engine.js";
import { sizeOf } from "../tensor/index.js";
import type { TaskContext } from "./define.js";

const chunk = 4096;

/** As `fitPca`, from the cache folder where it was fitted to the same pictures before. */
export async function cachedPca(
  engine: Engine,
  train: ImageSet,
  count: number,
  { report, signal }: TaskContext,
  folder: string | undefined = isCacheOff() ? undefined : join(cacheFolder(), "pca"),
): Promise<Pca> {
  const computed = () => fitPca(engine, train, count, { progress: (what) => report({ done: 0, of: 1, what }), signal });
  if (folder === undefined) return await computed();
  const path = join(folder, `${checksum(train)}-${count}.safetensors`);
  const known = readCached(path);
  if (known !== undefined) return known;
  const pca = await computed();
  // A cache that can't be written costs time, nothing else.
  const temporary = `${path}.${process.pid}.part`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, encodePca(pca));
    renameSync(temporary, path);
  } catch {
    removeIfThere(temporary);
  }
  return pca;
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where the cache's folder is a file, there is nothing to remove.
  }
}

function readCached(path: string): Pca | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return decodePca(readRegularFile(path), path);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Of the pixels themselves, so that it is right for folders, limits and splits too. */
function checksum(set: ImageSet): string {
  const hash = createHash("sha256").update(JSON.stringify(["pca 1", set.shape, set.count]));
  const buffer = set.pixels instanceof Uint8Array ? undefined : new Uint8Array(chunk * sizeOf(set.shape));
  for (let first = 0; first < set.count; first += chunk) {
    hash.update(readPixels(set, first, Math.min(chunk, set.count - first), buffer));
  }
  return hash.digest("hex").slice(0, 32);
}

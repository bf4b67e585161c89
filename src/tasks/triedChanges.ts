// Whether changing pictures at random helps is tried before a training, with principal components: those of changed pictures must leave
// less of pictures that were held back.

import { evenPlaces } from "../base/numbers.js";
import type { ImageSet } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { fitPca, pcaReconstructor } from "../data/principalComponents/pca.js";
import { readSource } from "../data/sources/index.js";
import { holdBack, selectImages } from "../data/split.js";
import type { Engine } from "../engines/engine.js";
import { type EngineChoice, openEngine } from "../engines/index.js";
import type { ReadExperiment } from "../experiment/index.js";
import { meanSquaredError } from "../inference/index.js";
import { unitFromPixels } from "../pixels/index.js";
import { isMapping } from "../schema/read.js";
import { sizeOf } from "../tensor/index.js";
import { drawnSets } from "../training/principalWeights.js";
import type { TaskContext } from "./define.js";

/** Pictures of a trial, which has as many fewer components as it has fewer pictures. */
const mostTried = 600;
/** A part of them is held back. */
const heldBack = 0.2;
/** Changed pictures that components are fitted to, about: each picture twice at least. */
const changedPictures = 1000;
/** The error that changes must leave, of that without: what gains less is chance, and costs with more pictures. */
const helpsBelow = 0.98;
/**
 * Mirror images are pictures like the others where they do no harm to components, and a network, which learns pictures by heart sooner,
 * gains more by them: of 2,170 faces the error of others rose from the first pass on without them.
 */
const harmsAbove = 1.02;
/** Components tell well enough where they are not quite settled. */
const tolerance = 1e-3;

/**
 * How many of the first phase's changes are worth keeping, from the first: the number that leaves the least error, none where none
 * gains. Opens the data, which a training after it does from the cache.
 * @returns undefined where there is nothing to try: no changes, no principal components to begin with, too few pictures to hold some back
 */
export async function helpingChanges(
  { experiment, model }: ReadExperiment,
  who: { readonly engine?: EngineChoice | undefined; readonly threads?: number | undefined },
  { report, signal }: Pick<TaskContext, "report" | "signal">,
): Promise<number | undefined> {
  const [phase] = experiment.phases;
  const count = phase?.augment?.length ?? 0;
  if (
    model?.codeShape === undefined ||
    phase === undefined ||
    count === 0 ||
    experiment.initialise === "random" ||
    phase.corrupt?.length
  )
    return undefined;
  if (!("principalComponents" in experiment.initialise)) return undefined;
  const { splits } = await readSource(experiment.data, "data").open({ progress: report, signal });
  const tried = some(splits.train, mostTried);
  const held = Math.round(heldBack * tried.count);
  const share = tried.count / splits.train.count;
  const codeSize = Math.min(Math.max(1, Math.round(share * sizeOf(model.codeShape))), tried.count - held - 1);
  if (held < 4 || codeSize < 1) return undefined;
  const isHeld = holdBack({ count: tried.count }, held, experiment.seed, "validation");
  const fitted = selectImages(tried, (image) => isHeld[image] === 0);
  const asked = selectImages(tried, (image) => isHeld[image] === 1);
  const engine = await openEngine(who.engine ?? "auto", who.threads === undefined ? {} : { threads: who.threads });
  const passes = Math.max(2, Math.min(20, Math.round(changedPictures / fitted.count)));
  let best = { changes: 0, error: Number.POSITIVE_INFINITY };
  for (let changes = 0; changes <= count; changes++) {
    report({ done: changes, of: count + 1, what: "trying changes of the pictures" });
    const augment = phase.augment?.slice(0, changes) ?? [];
    const { targets } = drawnSets(fitted, { ...experiment, phases: [{ ...phase, augment }] }, passes);
    const pca = await fitPca(engine, targets, codeSize, { tolerance, signal });
    const error = await errorOf(engine, pca, asked);
    const bound = isMirroring(phase.augment?.[changes - 1]) ? harmsAbove : helpsBelow;
    if (changes === 0 || error < bound * best.error) best = { changes, error };
  }
  return best.changes;
}

function isMirroring(change: unknown): boolean {
  return isMapping(change) && "flip" in change;
}

/** As many at most, evenly over the set. */
function some(set: ImageSet, most: number): ImageSet {
  if (set.count <= most) return set;
  const wanted = new Set(evenPlaces(set.count, most));
  return selectImages(set, (image) => wanted.has(image));
}

async function errorOf(engine: Engine, pca: Awaited<ReturnType<typeof fitPca>>, set: ImageSet): Promise<number> {
  const reconstructor = await pcaReconstructor(engine, pca);
  try {
    const images = unitFromPixels(readPixels(set, 0, set.count));
    return meanSquaredError(await reconstructor.reconstruct(images), images);
  } finally {
    reconstructor.dispose();
  }
}

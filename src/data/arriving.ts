// Pictures that are still being decoded, by another thread into the memory of their set: which are there, and how one is waited
// for. Whoever reads pixels waits by itself (imageStore.ts).
import { InternalError } from "../base/errors.js";
import type { Arriving, ImageSet } from "./define.js";

/** Places in `control`. */
export const arrivalCell = {
  state: 0,
  /** Goes up with everything that happens; those who wait sleep on it. */
  changes: 1,
  /** Files that are done with. */
  taken: 2,
  /** Goes up while the thread lives. */
  beats: 3,
  /** Not 0: the thread is to end. */
  isStopping: 4,
} as const;
export const arrivalState = { decoding: 0, done: 1, ended: 2 } as const;

/** Memory for so many files, none of them there. */
export function arrivingMemory(files: number): Arriving {
  return {
    control: new Int32Array(new SharedArrayBuffer(4 * Object.keys(arrivalCell).length)),
    isHere: new Uint8Array(new SharedArrayBuffer(files)),
  };
}

/** Tells all who wait that something has happened. */
export function tellChange({ control }: Arriving): void {
  Atomics.add(control, arrivalCell.changes, 1);
  Atomics.notify(control, arrivalCell.changes);
}

/** Seconds without a sign of life after which the decoding thread is taken for dead. */
const patienceSeconds = 60;

/**
 * Blocks the thread until the images of a set are there; returns at once where all are.
 * @param onSign told while it waits and the decoding goes on
 * @throws InternalError where the decoding has ended before
 */
export function waitForImages(set: ImageSet, first: number, count: number, onSign: () => void = () => {}): void {
  const { arriving, indices } = set;
  if (arriving === undefined || Atomics.load(arriving.control, arrivalCell.state) === arrivalState.done) return;
  const { control, isHere } = arriving;
  let [beats, silent] = [-1, 0];
  for (let image = first; image < first + count; ) {
    const changes = Atomics.load(control, arrivalCell.changes);
    if (Atomics.load(isHere, indices[image] as number) === 1) {
      image++;
      continue;
    }
    if (Atomics.load(control, arrivalCell.state) !== arrivalState.decoding || silent >= patienceSeconds) {
      throw new InternalError("the thread that decodes pictures has stopped before they were there");
    }
    if (Atomics.wait(control, arrivalCell.changes, changes, 1000) === "timed-out") silent++;
    const now = Atomics.load(control, arrivalCell.beats);
    if (now === beats) continue;
    [beats, silent] = [now, 0];
    onSign();
  }
}

// How many pictures each section of a report looks at: a few seconds' work in all, decided by sizes alone, so that copies of a run have the
// same report.
import { sizeOf } from "../../tensor/index.js";

/** Numbers in pictures that are put through a model and judged: 765 of MNIST's. */
const judgedNumbers = 600_000;
/** Multiplications and additions that a section may ask of a model. */
const mostArithmetic = 2e10;

/** Pictures that are judged. @param arithmetic multiplications and additions for one picture */
export function judgedCount(shape: readonly number[], arithmetic: number, available: number): number {
  const bySize = Math.floor(judgedNumbers / sizeOf(shape));
  const byModel = Math.floor(mostArithmetic / Math.max(1, arithmetic));
  return Math.min(available, Math.max(64, Math.min(bySize, byModel)));
}

/** Codes that map, units and distributions are made of, and pictures on the map. */
export function codesCount(arithmetic: number, available: number): number {
  return Math.min(available, Math.max(64, Math.min(1000, Math.floor(mostArithmetic / Math.max(1, arithmetic)))));
}

/** Training codes that distributions are fitted to and that vote. */
export function trainingCodesCount(arithmetic: number, available: number): number {
  return Math.min(available, Math.max(64, Math.min(1500, Math.floor(mostArithmetic / Math.max(1, arithmetic)))));
}

/** Principal components are decomposed whole up to this size of a picture; beyond it they take too long for a report. */
export const largestPca = 1024;
/** Training pictures that they are fitted to. */
export const pcaImages = 10_000;

/** Training pictures among which the nearest is looked for. */
export function neighbourCount(shape: readonly number[], available: number): number {
  return Math.min(available, Math.max(500, Math.floor(48_000_000 / sizeOf(shape))));
}

/** Units with a card. */
export const mostCards = 24;
/** Units of a code up to which a normal distribution with all its covariances is fitted. */
export const largestGaussian = 512;
/** Classes that have rows and examples of their own. */
export const mostClasses = 20;
/** The longest side of a picture on a map and on cards, in pixels. */
export const smallSide = 32;
/** The longest side of a picture that is looked at closely. */
export const closeSide = 96;
/** Epochs with pictures, and what they may take of the file. */
export const mostEpochs = 60;
export const epochBytes = 1_400_000;
/** What a decoder's weights may take. */
export const decoderBytes = 4_000_000;
/** What the codes of a map may take, before base64: those of 1,000 pictures of 400 numbers. */
export const packedBytes = 800_000;
/** Units with a slider. */
export const mostSliders = 1024;
/** Numbers in pictures among which near copies are looked for: 3,826 of MNIST's. */
export const nearNumbers = 3_000_000;

// Every transform, by hand; and a list of them as one change of an image.
import { UserError } from "../../base/errors.js";
import { kernels } from "../../base/kernels.js";
import type { RandomSequence } from "../../base/random.js";
import { find, isMapping, readEntry } from "../../schema/read.js";
import { type ImageSizes, imageSizes } from "../imageSizes.js";
import { blur } from "./blur.js";
import { brightness } from "./brightness.js";
import { contrast } from "./contrast.js";
import { crop } from "./crop.js";
import { severities, severityOptionNames, type Transform, type TransformUse } from "./define.js";
import { downscale } from "./downscale.js";
import { flip } from "./flip.js";
import { gaussianNoise } from "./gaussianNoise.js";
import { jpeg } from "./jpeg.js";
import { mask } from "./mask.js";
import { motionBlur } from "./motionBlur.js";
import { poisson } from "./poisson.js";
import { randomAffine } from "./randomAffine.js";
import { randomPerspective } from "./randomPerspective.js";
import { randomRotation } from "./randomRotation.js";
import { rotate } from "./rotate.js";
import { saltAndPepper } from "./saltAndPepper.js";
import { speckle } from "./speckle.js";

export { type Severity, severities, type Transform, type TransformUse } from "./define.js";

export const transforms = {
  randomRotation,
  randomPerspective,
  randomAffine,
  flip,
  crop,
  rotate,
  gaussianNoise,
  saltAndPepper,
  speckle,
  poisson,
  mask,
  blur,
  motionBlur,
  jpeg,
  downscale,
  brightness,
  contrast,
} as const;
export type TransformName = keyof typeof transforms;
const collection: Readonly<Record<string, Transform>> = transforms;

/** A transform with its options filled in. */
export interface ConfiguredTransform {
  readonly transform: Transform;
  readonly options: Readonly<Record<string, unknown>> & { readonly probability: number };
  /** Where it was written: `phases[1].augment[0]`. */
  readonly at: string;
}

/**
 * Reads a list such as `[{ randomPerspective: { distortion: 0.4 } }, { randomRotation: [-10, 10] }, "flip"]`.
 * A transform with severities takes `{ gaussianNoise: { severity: 3 } }`, which becomes the options of that severity.
 * @param at the path of the list in what the user wrote: `phases[1].augment`
 * @throws UserError for an unknown name (with the nearest one), for options that do not fit (with their path), and for a
 *   transform that is not meant for this use
 */
export function readTransforms(
  specs: readonly unknown[],
  use: TransformUse,
  at: string,
): readonly ConfiguredTransform[] {
  return specs.map((spec, i) => readTransform(spec, use, `${at}[${i}]`));
}

function readTransform(spec: unknown, use: TransformUse, at: string): ConfiguredTransform {
  const written = withoutSeverity(spec, at);
  const { entry: transform, options } = readEntry(collection, "transform", written, at);
  if (!transform.uses.includes(use)) {
    throw new UserError(`${transform.name} is not for ${use}, only for ${transform.uses.join(" and ")}`, {
      at,
      hint: "augment changes input and target alike, corrupt changes the input alone.",
    });
  }
  return { transform, options: options as ConfiguredTransform["options"], at };
}

/** The spec with the options that its severity stands for; as it is where it has none. */
function withoutSeverity(spec: unknown, at: string): unknown {
  if (!isMapping(spec)) return spec;
  const [[name, given] = ["", undefined], ...others] = Object.entries(spec);
  if (others.length > 0 || !isMapping(given) || !Object.hasOwn(given, "severity")) return spec;
  const transform = find(collection, "transform", name, at);
  const { severity, ...rest } = given;
  const options = transform.severities?.[(severities as readonly unknown[]).indexOf(severity)];
  // No such severity, or none at all: the schema says what is wrong with it.
  if (options === undefined) return spec;
  const both = severityOptionNames(transform).find((option) => Object.hasOwn(rest, option));
  if (both !== undefined) {
    throw new UserError(`expected severity or ${both}, got both`, {
      at: `${at}.${name}.${both}`,
      hint: `Severity ${severity} of ${name} is ${describeOptions(options)}.`,
    });
  }
  return { [name]: { ...options, ...rest } };
}

function describeOptions(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(", ");
}

/** A configured transform as data, every option written down: read again it gives the same. */
export function transformSpec({ transform, options }: ConfiguredTransform): Readonly<Record<string, unknown>> {
  return { [transform.name]: options };
}

/** Changes one image [channel, height, width] of floats in [0, 1] in place, by the draws of `random`. */
export type Pipeline = (image: Float32Array, random: RandomSequence) => void;

/**
 * The transforms in their written order, then everything clipped to [0, 1] (what is no number becomes 0). A transform with
 * a probability below 1 draws first whether it is applied. The pipeline owns scratch memory: one thread, one pipeline.
 * For the same image draw from `randomSequence(seed, use, epoch, image index)`, in evaluation from
 * `randomSequence(evaluationSeed, "corrupt", 0, image index)`.
 * @param shape [channel, height, width] of the images
 * @throws UserError when a transform does not fit images of that shape
 */
export function pipeline(configured: readonly ConfiguredTransform[], shape: readonly number[]): Pipeline {
  const sizes = imageSizes(shape);
  const steps = configured.map((one) => prepared(one, sizes));
  if (steps.length === 0) return () => {};
  const mayLeaveRange = configured.some(({ transform }) => transform.keepsRange !== true);
  return (image, random) => {
    for (const step of steps) step(image, random);
    if (mayLeaveRange) clip(image);
  };
}

function prepared({ transform, options, at }: ConfiguredTransform, sizes: ImageSizes): Pipeline {
  const { probability } = options;
  const change = preparedAt(transform, options, sizes, at);
  if (probability >= 1) return change;
  return (image, random) => {
    if (random.uniform() < probability) change(image, random);
  };
}

function preparedAt(
  transform: Transform,
  options: Readonly<Record<string, unknown>>,
  sizes: ImageSizes,
  at: string,
): Pipeline {
  try {
    return transform.prepare(options, sizes);
  } catch (error) {
    if (!(error instanceof UserError) || error.at !== undefined) throw error;
    throw new UserError(error.message, { at, ...(error.hint === undefined ? {} : { hint: error.hint }), cause: error });
  }
}

function clip(image: Float32Array): void {
  const { clip, scratch, floats } = kernels();
  const at = scratch(4 * Math.ceil(image.length / 4) * 4);
  const memory = floats();
  memory.set(image, at / 4);
  clip(at, image.length);
  image.set(memory.subarray(at / 4, at / 4 + image.length));
}

// What a transform is: options as a schema, and a change of one image in place by keyed random draws.
import { z } from "zod";
import type { RandomSequence } from "../../base/random.js";
import { numberBetween } from "../../schema/options.js";
import type { ImageSizes } from "../imageSizes.js";

/** `augment` changes input and target alike and never runs in evaluation; `corrupt` changes the input alone. */
export type TransformUse = "augment" | "corrupt";

/**
 * Changes one image [channel, height, width] of floats in place. What comes in lies in [0, 1] unless a transform before it
 * left that range; what goes out may leave it, since the pipeline clips at its end.
 */
export type ChangeImage = (image: Float32Array, random: RandomSequence) => void;

/** The strength of a corruption, from 1 (hardly seen) to 5 (hardly recognised). */
export type Severity = 1 | 2 | 3 | 4 | 5;
export const severities: readonly Severity[] = [1, 2, 3, 4, 5];

/** What a file of the collection says. */
export interface TransformDefinition<Name extends string, Options extends z.ZodObject> {
  readonly name: Name;
  /** What it does, in one sentence. */
  readonly summary: string;
  readonly uses: readonly TransformUse[];
  readonly options: Options;
  /** The option that a bare value stands for: `gaussianNoise: 0.35` is `gaussianNoise: { sigma: 0.35 }`. */
  readonly shorthand?: string & keyof z.input<Options>;
  /** How likely it is applied to an image where the options don't say. Default 1. */
  readonly probability?: number;
  /** Values in [0, 1] stay there, so that nothing need be clipped after it. False where not given. */
  readonly keepsRange?: boolean;
  /** The options of severity 1 to 5. */
  readonly severities?: readonly [
    Partial<z.input<Options>>,
    Partial<z.input<Options>>,
    Partial<z.input<Options>>,
    Partial<z.input<Options>>,
    Partial<z.input<Options>>,
  ];
  /**
   * Makes what the options and the size of the images decide, scratch memory included, once; what it gives changes image
   * after image without allocating more.
   * @throws UserError when the options do not fit images of that size
   */
  prepare(options: z.output<Options>, sizes: ImageSizes): ChangeImage;
}

/** An entry of the collection: its definition, with the options that every transform has. */
export interface Transform<Name extends string = string, Options extends z.ZodObject = z.ZodObject>
  extends TransformDefinition<Name, Options> {
  /** The definition's options with `probability`, and `severity` where it has severities. */
  readonly allOptions: z.ZodObject;
}

export function defineTransform<const Name extends string, Options extends z.ZodObject>(
  definition: TransformDefinition<Name, Options>,
): Transform<Name, Options> {
  const { options, probability = 1 } = definition;
  const common = {
    probability: numberBetween(0, 1, true)
      .default(probability)
      .describe("how likely an image is changed, 0 to 1; drawn first"),
  };
  const severity = z
    .literal([...severities], "expected a severity: 1, 2, 3, 4 or 5")
    .optional()
    .describe(`strength from 1 to 5 instead of ${severityOptionNames(definition).join(" and ")}`);
  return {
    ...definition,
    allOptions: options.extend(definition.severities === undefined ? common : { ...common, severity }),
  };
}

/** The options that a severity decides. */
export function severityOptionNames({ severities }: Pick<Transform, "severities">): readonly string[] {
  return [...new Set((severities ?? []).flatMap((options) => Object.keys(options)))];
}

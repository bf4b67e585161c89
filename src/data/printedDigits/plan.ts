// What a printed digit looks like, drawn by lot: typeface, size, place, turn, colours, paper. Painting it is done elsewhere.
import type { RandomSequence } from "../../base/random.js";
import { lumaWeights } from "../../pixels/luma.js";
import { type Typeface, typefaces } from "./typefaces.js";

export type Texture = "plain" | "grain" | "ruled" | "squared" | "blotches" | "light";
export type Colour = readonly [red: number, green: number, blue: number];

export interface DigitPlan {
  readonly digit: number;
  readonly typeface: Typeface;
  readonly weight: number;
  /** Height of the upright digit's ink over the picture's, before it is made to fit. */
  readonly height: number;
  /** Clockwise, in degrees. */
  readonly turn: number;
  /** Where in the room that is left around the digit: 0 is left or top, 1 right or bottom. */
  readonly place: readonly [x: number, y: number];
  /** 0 to 255. */
  readonly ink: Colour;
  readonly paper: Colour;
  readonly texture: Texture;
}

/** Upright heights; a turn makes the ink up to a seventh higher. */
export const heights = { smallest: 0.21, largest: 0.9 };
export const largestTurn = 15;
/** Least difference of ink and paper in luma (0.299 red + 0.587 green + 0.114 blue), of the whole range. */
export const leastContrast = 0.4;
/** Share of pictures with light ink on dark paper. */
export const lightOnDarkShare = 0.3;
/** Share of pictures whose paper is not plain. */
export const texturedShare = 0.4;
const textures: readonly Texture[] = ["grain", "ruled", "squared", "blotches", "light"];

/** Colours are rounded to bytes, which may take half a step of 255 from each of ink and paper. */
const roundingLoss = 1 / 255;

/** The plan of a picture of `digit`. Takes its draws in a fixed order, so the same sequence gives the same plan. */
export function planDigit(digit: number, random: RandomSequence): DigitPlan {
  const typeface = pick(typefaces, random);
  const weight = pick(typeface.weights, random);
  const height = heights.smallest + (heights.largest - heights.smallest) * random.uniform();
  const turn = largestTurn * (2 * random.uniform() - 1);
  const place = [random.uniform(), random.uniform()] as const;
  const contrast = leastContrast + roundingLoss + (1 - leastContrast - roundingLoss) * random.uniform();
  const dark = (1 - contrast) * random.uniform();
  const darkColour = colourOfLuma(dark, random);
  const lightColour = colourOfLuma(dark + contrast, random);
  const isLightOnDark = random.uniform() < lightOnDarkShare;
  const texture = random.uniform() < texturedShare ? pick(textures, random) : "plain";
  return {
    digit,
    typeface,
    weight,
    height,
    turn,
    place,
    ink: isLightOnDark ? lightColour : darkColour,
    paper: isLightOnDark ? darkColour : lightColour,
    texture,
  };
}

function pick<Value>(values: readonly Value[], random: RandomSequence): Value {
  return values[random.below(values.length)] as Value;
}

/** The luma of a colour, on the colour's own scale. */
export function luma([red, green, blue]: Colour): number {
  return lumaWeights.red * red + lumaWeights.green * green + lumaWeights.blue * blue;
}

/** A colour of a drawn hue with the luma asked for: mixed with black where it is too light, with white where too dark. */
function colourOfLuma(wanted: number, random: RandomSequence): Colour {
  const hue: Colour = [random.uniform(), random.uniform(), random.uniform()];
  const own = luma(hue);
  // Black has no hue to mix from; it happens once in 2⁹⁶ draws.
  if (own === 0) return [Math.round(255 * wanted), Math.round(255 * wanted), Math.round(255 * wanted)];
  const mix = (value: number): number => {
    const mixed = own >= wanted ? (value * wanted) / own : value + ((1 - value) * (wanted - own)) / (1 - own);
    return Math.round(255 * mixed);
  };
  return [mix(hue[0]), mix(hue[1]), mix(hue[2])];
}

// Option schemas that layers, optimizers and schedules share. Messages say what is expected; the reader adds what came.
import { z } from "zod";

/** A vertical and a horizontal number; one number stands for both. */
export type Pair = readonly [vertical: number, horizontal: number];

const positiveWhole = "expected a positive whole number";
const wholeFromZero = "expected a whole number of at least 0";

export const positiveWholeNumber = () => z.int(positiveWhole).positive(positiveWhole);
export const wholeNumberFromZero = () => z.int(wholeFromZero).nonnegative(wholeFromZero);
export const positiveNumber = () => z.number("expected a positive number").positive("expected a positive number");
export const numberFromZero = () =>
  z.number("expected a number of at least 0").nonnegative("expected a number of at least 0");
export const trueOrFalse = () => z.boolean("expected true or false");

/** A number in [low, high), or in [low, high] with `included`. */
export function numberBetween(low: number, high: number, included = false) {
  const message = `expected a number from ${low} to ${included ? "" : "below "}${high}`;
  const atLeast = z.number(message).min(low, message);
  return included ? atLeast.max(high, message) : atLeast.lt(high, message);
}

/** Positive whole numbers, one for both axes or [vertical, horizontal]. */
export const positivePair = () =>
  z.union([positiveWholeNumber(), z.tuple([positiveWholeNumber(), positiveWholeNumber()])], {
    error: "expected a positive whole number, or two of them [vertical, horizontal]",
  });
/** Whole numbers of at least 0, one for both axes or [vertical, horizontal]. */
export const pairFromZero = () =>
  z.union([wholeNumberFromZero(), z.tuple([wholeNumberFromZero(), wholeNumberFromZero()])], {
    error: "expected a whole number of at least 0, or two of them [vertical, horizontal]",
  });

export function asPair(value: number | Pair): Pair {
  return typeof value === "number" ? [value, value] : value;
}

/** The same padding on opposite sides, as ops take it: [top, left, bottom, right]. */
export function asPadding(value: number | Pair): readonly [number, number, number, number] {
  const [vertical, horizontal] = asPair(value);
  return [vertical, horizontal, vertical, horizontal];
}

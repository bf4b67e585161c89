// The option `threads` of tasks that compute.
import { availableParallelism } from "node:os";
import { z } from "zod";

/** More threads than this for each processor only wait for one another. */
const mostForEach = 4;

/** As `threadsOption`, or found while it trains. */
export function trainingThreadsOption() {
  const most = mostForEach * availableParallelism();
  const expected = `expected a whole number from 1 to ${most}, or auto`;
  return z
    .union([z.int().min(1).max(most), z.literal("auto")], expected)
    .optional()
    .describe(
      `threads that compute, at most ${mostForEach} for each processor (default: all processors); auto takes fewer while other work makes that faster, and notes it, for figures then differ in their last digits`,
    )
    .meta({ placeholder: "N" });
}

/** How many threads compute: at most four for each processor of this machine. */
export function threadsOption() {
  return z
    .int()
    .min(1)
    .max(mostForEach * availableParallelism())
    .optional()
    .describe(`threads that compute, at most ${mostForEach} for each processor (default: all processors)`)
    .meta({ placeholder: "N" });
}

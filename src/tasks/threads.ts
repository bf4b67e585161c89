// The option `threads` of tasks that compute.
import { availableParallelism } from "node:os";
import { z } from "zod";

/** More threads than this for each processor only wait for one another. */
const mostForEach = 4;

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

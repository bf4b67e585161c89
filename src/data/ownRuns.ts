// Which run folders were made here. The experiment of any other is data from elsewhere, and data must not make a command read
// files that it names.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { UserError } from "../base/errors.js";
import { definitions } from "../schema/defined.js";
import { cacheFolder } from "./cacheFolder.js";
import { readSourceSpec } from "./descriptions/index.js";

/** Remembers a run that was made here, by what its experiment.yaml and environment.json hold: it may be moved and renamed. */
export function rememberRun(run: string): void {
  const mark = markOf(run);
  if (mark === undefined || remembered().has(mark)) return;
  try {
    mkdirSync(dirname(listOf()), { recursive: true });
    appendFileSync(listOf(), `${mark}\n`);
  } catch {
    // Where nothing can be kept, the run is asked about like one from elsewhere.
  }
}

/**
 * Makes sure that a run's experiment may have files read that it names: those of a run that was made here, or that lie in
 * its own folder; all where a person has allowed it (`--allow-paths`), which is remembered.
 * @param run the run folder
 * @param experiment of the run, with changes that a person has made already left out
 * @throws UserError that says what would be read
 */
export function expectPathsAllowed(
  run: string,
  experiment: { readonly data?: unknown; readonly initialise?: unknown },
): void {
  const outside = namedPaths(experiment).filter((path) => existsSync(path) && !isWithin(run, path));
  if (outside.length === 0) return;
  if (definitions().allowsPaths === true) {
    rememberRun(run);
    return;
  }
  const mark = markOf(run);
  if (mark !== undefined && remembered().has(mark)) return;
  throw new UserError(
    `would read ${outside.map((path) => resolve(path)).join(" and ")}, and was not made on this machine`,
    {
      at: join(run, "experiment.yaml"),
      hint: "If that is meant, say so: --allow-paths. The run is known from then on.",
    },
  );
}

/** Every path that an experiment may have read: texts in the options of its data, and weights to begin with. */
function namedPaths({
  data,
  initialise,
}: {
  readonly data?: unknown;
  readonly initialise?: unknown;
}): readonly string[] {
  const weights =
    typeof initialise === "object" && initialise !== null && "weights" in initialise ? [initialise.weights] : [];
  const options = data === undefined ? [] : [readSourceSpec(data, "data").options];
  return [...options, ...weights].flatMap(textsIn);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function isWithin(run: string, path: string): boolean {
  return resolve(path).startsWith(resolve(run) + sep);
}

function markOf(run: string): string | undefined {
  try {
    const hash = createHash("sha256");
    for (const name of ["experiment.yaml", "environment.json"]) hash.update(readFileSync(join(run, name))).update("\0");
    return hash.digest("hex");
  } catch {
    return undefined;
  }
}

const listOf = (): string => join(cacheFolder(), "own-runs.txt");

/** A SHA-256 a line. */
function remembered(): Set<string> {
  try {
    return new Set(readFileSync(listOf(), "utf8").split("\n"));
  } catch {
    return new Set();
  }
}

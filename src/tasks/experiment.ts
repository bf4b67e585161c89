// What PRESET|FILE|RUN on a command line means, with the settings that a person changes on the way.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { useModules } from "../data/ownModules.js";
import {
  applyChanges,
  type Change,
  type Experiment,
  fitEpochs,
  listPresets,
  loadPreset,
  parseExperiment,
  parseYaml,
  settingChange,
} from "../experiment/index.js";
import { isMapping } from "../schema/read.js";

/** Options of every task that starts from an experiment. */
export const experimentOptions = {
  experiment: z.string().describe("a preset's name, an experiment file (.yaml), or the folder of a run"),
  set: z
    .array(z.string())
    .default([])
    .describe("change one setting, for example phases.0.batchSize=128; may be given more than once")
    .meta({ placeholder: "PATH=VALUE" }),
  data: z.string().optional().describe("take the pictures from this source instead").meta({ placeholder: "SPEC" }),
};

export interface ResolvedExperiment {
  readonly experiment: Experiment;
  /** The run folder that was named, where it was one. */
  readonly run?: string;
  /** Sentences about what was chosen on the way. */
  readonly notes: readonly string[];
}

/**
 * Finds and reads an experiment. A folder is a run, a name with a `.yaml` or `.yml` ending or a path is a file, and
 * everything else is a preset. A folder that has a preset's name and is no run does not hide the preset.
 * @throws UserError where there is none, or a setting does not fit
 */
export function resolveExperiment(options: {
  readonly experiment: string;
  readonly set?: readonly string[];
  readonly data?: string | undefined;
  readonly epochs?: number | undefined;
  readonly seed?: number | undefined;
}): ResolvedExperiment {
  const { experiment: what, set = [], data, epochs, seed } = options;
  const changes: Change[] = set.map(settingChange);
  if (data !== undefined) changes.push({ flag: "--data", path: ["data"], value: parseYaml(data, "--data") });
  if (seed !== undefined) changes.push({ flag: "--seed", path: ["seed"], value: seed });

  const run = kindOf(what) === "run" ? what : undefined;
  const read = readExperiment(what, changes);
  if (epochs === undefined) return { experiment: read, notes: [], ...(run === undefined ? {} : { run }) };
  const { experiment, chosen } = fitEpochs(read, epochs);
  return { experiment, notes: chosen === undefined ? [] : [chosen], ...(run === undefined ? {} : { run }) };
}

function readExperiment(what: string, changes: readonly Change[]): Experiment {
  const kind = kindOf(what);
  if (kind === "run") {
    const file = join(what, "experiment.yaml");
    if (!existsSync(file)) {
      throw new UserError("this folder is no run: it has no experiment.yaml", {
        at: what,
        hint: "Name a folder that isthmus train has made, or an experiment file.",
      });
    }
    return parseUsing(readText(file), file, changes, false);
  }
  if (kind === "file") return parseUsing(readText(what), what, changes, true);
  return loadPreset(what, changes);
}

/**
 * Reads an experiment after the modules that it names (`use`) are loaded; it has their absolute paths then.
 * @param isOwn false for a run folder's, which may come from elsewhere
 */
export function parseUsing(text: string, file: string, changes: readonly Change[], isOwn: boolean): Experiment {
  const isSet = changes.some(({ path }) => path[0] === "use");
  if (!isSet && !/\buse\b/.test(text)) return parseExperiment(text, file, changes);
  const document = applyChanges(parseYaml(text, file), changes);
  const use = isMapping(document) ? document.use : undefined;
  // What is no list of names, the schema says.
  if (!Array.isArray(use) || !use.every((name) => typeof name === "string"))
    return parseExperiment(text, file, changes);
  // Named as a file it is still the run folder's.
  const isRunFolders = existsSync(join(dirname(file), "environment.json"));
  const paths = useModules(use, { file, isOwn: (isOwn && !isRunFolders) || isSet });
  return parseExperiment(text, file, [...changes, { flag: `${file}: use`, path: ["use"], value: paths }]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") {
      throw new UserError("there is no such file or folder", {
        at: file,
        hint: "See isthmus presets for experiments by name.",
      });
    }
    throw new UserError(`cannot be read (${code ?? String(error)})`, {
      at: file,
      hint: "Check that you may read it.",
      cause: error,
    });
  }
}

function kindOf(what: string): "run" | "file" | "preset" {
  // A name that is too long for one is no folder either.
  if (existsSync(what) && statSync(what).isDirectory()) {
    const hidesPreset = listPresets().some(({ name }) => name === what) && !existsSync(join(what, "experiment.yaml"));
    return hidesPreset ? "preset" : "run";
  }
  const isPath = what.includes("/") || what.includes("\\") || existsSync(what);
  return isPath || [".yaml", ".yml"].includes(extname(what)) ? "file" : "preset";
}

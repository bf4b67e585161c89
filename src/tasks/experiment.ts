// What PRESET|FILE|RUN on a command line means, with the settings that a person changes on the way.
import { existsSync, statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { UserError } from "../base/errors.js";
import { runModules, useModules } from "../data/ownModules.js";
import { readRegularFile } from "../data/regularFile.js";
import {
  type Change,
  type Experiment,
  fitEpochs,
  type LoadModules,
  largestDocument,
  parseYaml,
  type ReadExperiment,
  readExperiment,
  rewritten,
  settingChange,
} from "../experiment/index.js";
import { diskFileSystem, openRun, readExperimentText } from "../runs/index.js";
import { isPictures } from "./picturesNamed.js";
import { findPreset, listPresets } from "./presetFiles.js";

export interface FoundExperiment {
  readonly experiment: Experiment;
  /** The same with everything that it names. */
  readonly read: ReadExperiment;
  /** The run folder that was named, where it was one. */
  readonly run?: string;
  /** Sentences about what was chosen on the way. */
  readonly notes: readonly string[];
}

/**
 * Finds and reads an experiment. A folder is a run, a name with a `.yaml` or `.yml` ending or a path is a file, and
 * everything else is a preset. A folder that has a preset's name and is no run does not hide the preset.
 * @param made the experiment of pictures that were named in its place
 * @throws UserError where there is none, or a setting does not fit
 */
export function resolveExperiment(
  options: {
    readonly experiment: string;
    readonly set?: readonly string[];
    readonly data?: string | undefined;
    readonly epochs?: number | undefined;
    readonly seed?: number | undefined;
  },
  made?: { readonly text: string },
): FoundExperiment {
  const { experiment: what, set = [], data, epochs, seed } = options;
  const changes: Change[] = set.map(settingChange);
  if (data !== undefined) changes.push({ flag: "--data", path: ["data"], value: parseYaml(data, "--data") });
  if (seed !== undefined) changes.push({ flag: "--seed", path: ["seed"], value: seed });

  const run = made === undefined && kindOf(what) === "run" ? what : undefined;
  const read = made === undefined ? readNamed(what, changes) : readExperiment(made.text, what, changes);
  const named = run === undefined ? {} : { run };
  if (epochs === undefined) return { experiment: read.experiment, read, notes: [], ...named };
  const { experiment, chosen } = fitEpochs(read.experiment, epochs);
  const notes = chosen === undefined ? [] : [chosen];
  return { experiment, read: rewritten(read, experiment), notes, ...named };
}

function readNamed(what: string, changes: readonly Change[]): ReadExperiment {
  const kind = kindOf(what);
  if (kind === "run") {
    const file = join(what, "experiment.yaml");
    if (diskFileSystem.kind(file) === undefined) {
      throw new UserError("this folder is no run: it has no experiment.yaml", {
        at: what,
        hint: "Name a folder that isthmus train has made, or an experiment file.",
      });
    }
    const text = readExperimentText(openRun(diskFileSystem, what));
    return readExperiment(text, file, changes, runModules(file));
  }
  if (kind === "file") return readExperiment(readText(what), what, changes, ownModules(what, changes));
  return readExperiment(findPreset(what).text, what, changes, ownModules(what, changes));
}

/** Loads what a file names that is a person's own, or what this person names in a change of it. */
function ownModules(file: string, changes: readonly Change[]): LoadModules {
  // Named as a file it is still the run folder's.
  const isRunFolders = existsSync(join(dirname(file), "environment.json"));
  const isSet = changes.some(({ path }) => path[0] === "use");
  return (names) => useModules(names, { file, isOwn: isSet || !isRunFolders });
}

function readText(file: string): string {
  try {
    const bytes = readRegularFile(file, { bound: { bytes: largestDocument, of: "an experiment file" } });
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (existsSync(file)) throw error;
    throw new UserError("there is no such file or folder", {
      at: file,
      hint: isPictures(file)
        ? `These are pictures: isthmus new my.yaml --data ${file} makes an experiment for them.`
        : "See isthmus presets for experiments by name.",
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

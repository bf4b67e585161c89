// The experiments that come with the package: files in presets/, read when asked for.
import { readdirSync, readFileSync } from "node:fs";
import { UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { type Change, type Experiment, parseExperiment, schemaLine } from "../experiment/index.js";

export interface Preset {
  readonly name: string;
  /** The first line of its comment, after the one for editors. */
  readonly summary: string;
  /** The file's text. */
  readonly text: string;
}

const folder = new URL("../../presets/", import.meta.url);

/** All presets, by name. */
export function listPresets(): readonly Preset[] {
  return presetNames().map(readPreset);
}

/**
 * The preset of that name.
 * @throws UserError with the nearest name
 */
export function findPreset(name: string): Preset {
  const names = presetNames();
  if (!names.includes(name)) {
    const near = nearest(name, names);
    throw new UserError(`no preset is called "${name}"${near === undefined ? "" : `; did you mean ${near}?`}`, {
      hint: `There are: ${names.join(", ")}.`,
    });
  }
  return readPreset(name);
}

/** The experiment of a preset. @throws UserError with the nearest name, or for changes that don't fit */
export function loadPreset(name: string, changes: readonly Change[] = []): Experiment {
  return parseExperiment(findPreset(name).text, name, changes);
}

function presetNames(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

function readPreset(name: string): Preset {
  const text = readFileSync(new URL(`${name}.yaml`, folder), "utf8");
  const first = text.split("\n").find((line) => !line.startsWith(schemaLine(""))) ?? "";
  return { name, summary: first.replace(/^#\s*/, ""), text };
}

// Whether a word on a command line names pictures and not an experiment.
import { existsSync } from "node:fs";
import { descriptions } from "../data/descriptions/index.js";
import { listPresets } from "./presetFiles.js";

/** Whether a word names pictures (`folder:PATH`, `mnist`) and not an experiment. */
export function isPictures(what: string): boolean {
  const colon = what.indexOf(":");
  const name = colon < 0 ? what : what.slice(0, colon);
  const known: Readonly<Record<string, { readonly pathOption?: string }>> = descriptions;
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found === undefined) return false;
  // A file or folder of that name is what is meant, as is a preset.
  if (colon < 0 && existsSync(what)) return false;
  return colon < 0 ? !listPresets().some((preset) => preset.name === what) : found.pathOption !== undefined;
}

// What the experiments of many runs say, each setting written once: the columns of the table that differ.
import { createHash } from "node:crypto";
import { parseYaml } from "../../../experiment/document.js";
import type { SettingsTable } from "../../api.js";

type Value = string | number | boolean | null;

export interface SettingsIndex {
  /** Reads a run's experiment.yaml; texts that are known cost nothing. */
  add(run: string, text: string): void;
  remove(run: string): void;
  has(run: string): boolean;
  table(pending: number): SettingsTable;
}

/** Settings of one experiment that are kept. */
const mostSettings = 5000;

export function openSettings(): SettingsIndex {
  const paths = new Map<string, number>();
  const values = new Map<string, number>();
  const valueList: Value[] = [];
  const experiments: number[][] = [];
  const texts = new Map<string, number | undefined>();
  const runs = new Map<string, number | undefined>();
  const placeOf = (known: Map<string, number>, key: string): number => {
    const place = known.get(key) ?? known.size;
    known.set(key, place);
    return place;
  };
  const placeOfValue = (value: Value): number => {
    const place = placeOf(values, JSON.stringify(value));
    valueList[place] = value;
    return place;
  };
  return {
    add(run, text) {
      const key = createHash("sha256").update(text).digest("base64");
      if (!texts.has(key)) {
        let place: number | undefined;
        try {
          const pairs = flattened(parseYaml(text, "experiment.yaml"));
          place = experiments.length;
          experiments.push(pairs.flatMap(([path, value]) => [placeOf(paths, path), placeOfValue(value)]));
        } catch {
          // What can't be read is said in the run's row.
        }
        texts.set(key, place);
      }
      runs.set(run, texts.get(key));
    },
    remove: (run) => void runs.delete(run),
    has: (run) => runs.has(run),
    table: (pending) => ({
      pending,
      paths: [...paths.keys()],
      values: valueList,
      experiments,
      runs: Object.fromEntries([...runs].flatMap(([run, place]) => (place === undefined ? [] : [[run, place]]))),
    }),
  };
}

/** Single values by their paths: `phases.0.batchSize`. */
export function flattened(document: unknown): readonly (readonly [path: string, value: Value])[] {
  const pairs: (readonly [string, Value])[] = [];
  const visit = (value: unknown, path: string): void => {
    if (pairs.length >= mostSettings) return;
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value);
      if (entries.length === 0) pairs.push([path, Array.isArray(value) ? "[]" : "{}"]);
      for (const [name, inside] of entries) visit(inside, path === "" ? name : `${path}.${name}`);
    } else if (typeof value === "string" || typeof value === "boolean" || value === null) pairs.push([path, value]);
    else if (typeof value === "number") pairs.push([path, Number.isFinite(value) ? value : String(value)]);
  };
  visit(document, "");
  return pairs;
}

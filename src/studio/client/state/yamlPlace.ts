// Where in a YAML text a cursor stands: the path of keys and places that leads there, and the word that is begun. By indentation and,
// within a line, by brackets; for completion, so a text that is half written must do.
import type { Path } from "./schemaWalk.js";

export interface YamlPlace {
  /** Of the mapping whose key is written, or of the value. */
  readonly path: Path;
  readonly isKey: boolean;
  /** What stands before the cursor of the word that is written, and where it begins. */
  readonly begun: string;
  readonly from: number;
  /** Within `{ … }` or `[ … ]` on this line. */
  readonly isFlow: boolean;
}

interface Level {
  readonly indent: number;
  readonly step: string | number;
}

/** @param at place of the cursor in the text, from 0. Undefined in a comment. */
export function yamlPlace(text: string, at: number): YamlPlace | undefined {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const line = text.slice(start, at);
  if (/(^|\s)#/.test(line)) return undefined;
  const levels = blockLevels(text.slice(0, start), line);
  const path = levels.map(({ step }) => step);
  const rest = line.replace(/^\s*(?:- +)*/, "");
  const [, key, value] = /^([\w.-]+):(?: +(.*))?$/s.exec(rest) ?? [];
  const inLine = key === undefined ? rest : (value ?? "");
  if (key !== undefined && value === undefined) return undefined;
  const base = key === undefined ? path : [...path, key];
  if (/^[{[]/.test(inLine)) return flowPlace(base, inLine, at);
  const begun = inLine;
  return { path: base, isKey: key === undefined, begun, from: at - begun.length, isFlow: false };
}

/** Keys and places that the line lies under, outermost first. */
function blockLevels(before: string, line: string): Level[] {
  const levels: Level[] = [];
  const counts = new Map<string, number>();
  const take = (text: string, isLast: boolean): void => {
    let indent = /^ */.exec(text)?.[0].length ?? 0;
    let rest = text.slice(indent);
    if (rest === "" && !isLast) return;
    if (rest.startsWith("#")) return;
    // A list may stand as deep as the key that it belongs to.
    const isItem = /^-( |$)/.test(rest);
    while (levels.length > 0) {
      const last = levels[levels.length - 1];
      if (
        last === undefined ||
        last.indent < indent ||
        (isItem && last.indent === indent && typeof last.step === "string")
      )
        break;
      levels.pop();
    }
    while (/^-( |$)/.test(rest)) {
      const list = JSON.stringify([levels.map(({ step }) => step), indent]);
      const place = counts.get(list) ?? 0;
      counts.set(list, place + 1);
      levels.push({ indent, step: place });
      const skipped = /^-( *)/.exec(rest)?.[0].length ?? 1;
      indent += skipped;
      rest = rest.slice(skipped);
    }
    if (isLast) return;
    const [, key, value] = /^([\w.-]+):(?:\s+(.*))?$/s.exec(rest) ?? [];
    if (key !== undefined) {
      // A list within begins anew.
      if (value === undefined || value === "" || value.startsWith("#")) levels.push({ indent, step: key });
    }
  };
  for (const one of before.split("\n").slice(0, -1)) take(one, false);
  take(line, true);
  return levels;
}

/** Within brackets on one line: `{ adam: { learningRate: `. */
function flowPlace(base: Path, text: string, at: number): YamlPlace {
  const stack: { readonly kind: "map" | "list"; key?: string; place: number }[] = [];
  let word = "";
  let from = at;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] ?? "";
    const last = stack[stack.length - 1];
    if (letter === '"' || letter === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (letter === "{" || letter === "[") {
      stack.push({ kind: letter === "{" ? "map" : "list", place: 0 });
      word = "";
    } else if (letter === "}" || letter === "]") {
      stack.pop();
      word = "";
    } else if (letter === "," && last !== undefined) {
      last.place++;
      delete last.key;
      word = "";
    } else if (letter === ":" && last?.kind === "map" && /^[ ,}\]]?$/.test(text[i + 1] ?? " ")) {
      last.key = word.trim();
      word = "";
    } else {
      if (word.trim() === "" && letter !== " ") from = at - (text.length - i);
      word += letter;
    }
  }
  const begun = word.trimStart();
  const steps = stack.flatMap(({ kind, key, place }, i): (string | number)[] => {
    if (kind === "list") return [place];
    return key === undefined ? [] : i < stack.length ? [key] : [];
  });
  const last = stack[stack.length - 1];
  const isKey = last?.kind === "map" && last.key === undefined;
  return { path: [...base, ...steps], isKey, begun, from: begun === "" ? at : from, isFlow: true };
}

// An experiment that was made to measure as a file: YAML with the reason above each choice.

import { Document, isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap } from "yaml";
import { wrapped } from "../base/text.js";
import { schemaLine } from "./document.js";
import type { MadeExperiment } from "./madeToMeasure.js";

/** Columns that a comment's lines have at most. */
const columns = 120;

/** @param schema address of the JSON Schema, for editors */
export function madeText({ document, reasons }: Pick<MadeExperiment, "document" | "reasons">, schema: string): string {
  const yaml = new Document(document, { aliasDuplicateObjects: false });
  for (const { path, text } of reasons) {
    if (path.length > 0) commentAt(yaml.contents as YAMLMap, path, text);
  }
  // A layer in a line: what is inside of a list is read as one.
  layersInLines(yaml.getIn(["model", "encoder"], true));
  layersInLines(yaml.getIn(["model", "decoder"], true));
  for (const path of [["metrics"], ["model", "input"], ["data", "size"]]) inLine(yaml.getIn(path, true));
  for (const name of ["split", "classes"]) inLine(yaml.getIn(["data", name], true));
  inLine(yaml.getIn(["initialise"], true));
  inLine(yaml.getIn(["model", "beta"], true));
  const phase = ["phases", 0];
  for (const name of ["optimizer", "sample"]) inLine(yaml.getIn([...phase, name], true));
  for (const name of ["augment", "corrupt"]) {
    const list = yaml.getIn([...phase, name], true);
    if (isSeq(list)) for (const item of list.items) valuesInLine(item);
  }
  const head = reasons.filter(({ path }) => path.length === 0).flatMap(({ text }) => wrapped(text, columns));
  const top = head.map((line) => `# ${line}\n`).join("");
  return `${schemaLine(schema)}\n${top}${yaml.toString({ lineWidth: 0 })}`;
}

/** A comment above the key that the path names. Nothing where the document has no such key. */
function commentAt(map: YAMLMap, path: readonly (string | number)[], text: string): void {
  let node: unknown = map;
  for (const [depth, key] of path.entries()) {
    if (isSeq(node)) {
      node = node.items[Number(key)];
      continue;
    }
    if (!isMap(node)) return;
    const pair = node.items.find((item: Pair) => (isScalar(item.key) ? item.key.value : item.key) === key);
    if (pair === undefined) return;
    if (depth === path.length - 1) {
      const name = isScalar(pair.key) ? pair.key : new Scalar(pair.key);
      name.commentBefore = wrapped(text, columns)
        .map((line) => ` ${line}`)
        .join("\n");
      pair.key = name;
      return;
    }
    node = pair.value;
  }
}

function inLine(node: unknown): void {
  if (isMap(node) || isSeq(node)) node.flow = true;
}

/** `name: { option: value }` on a line. */
function valuesInLine(node: unknown): void {
  if (isMap(node)) for (const { value } of node.items) inLine(value);
}

const composites = ["sum", "sequential", "frozen", "residual"];

function layersInLines(list: unknown): void {
  if (!isSeq(list)) return;
  for (const layer of list.items as Node[]) {
    if (!isMap(layer)) continue;
    for (const { key, value } of layer.items) {
      const name = String(isScalar(key) ? key.value : key);
      if (composites.includes(name)) layersInLines(value);
      else if (isMap(value) && isSeq(value.get("localisation", true))) layersInLines(value.get("localisation", true));
      else inLine(value);
    }
  }
}

// The documentation pages of the collections, from the entries' own texts.
import {
  type CatalogueEntry,
  type CollectionDescription,
  type CollectionName,
  collectionNames,
  describeCollection,
  exampleLines,
} from "../src/experiment/catalogue.js";
import { type OptionDescription, valueText } from "../src/schema/describe.js";

/** A page of docs/collections: its path from the project's root, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

export function collectionPages(): readonly Page[] {
  return collectionNames.map((name) => ({
    path: `docs/collections/${name}.md`,
    text: pageText(describeCollection(name)),
  }));
}

function pageText({ name, summary, entries }: CollectionDescription): string {
  const title = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  return `${[
    `# ${title}`,
    `<!-- Written by npm run catalogue; change the entries in the sources. -->`,
    `${summary} \`isthmus list ${name} NAME\` shows the same in a terminal.`,
    table(
      ["name", "what it is"],
      entries.map((entry) => [`[${entry.name}](#${entry.name.toLowerCase()})`, entry.summary]),
    ),
    ...entries.map((entry) => entryText(name, entry)),
  ].join("\n\n")}\n`;
}

function entryText(collection: CollectionName, entry: CatalogueEntry): string {
  const { name, summary, options, facts, examples } = entry;
  return [
    `## ${name}`,
    [summary, ...facts.map(([about, fact]) => `${about.slice(0, 1).toUpperCase()}${about.slice(1)}: ${fact}.`)].join(
      " ",
    ),
    ...(options.length === 0 ? [] : [table(["option", "value", "default", "meaning"], options.map(optionCells))]),
    ...examples.map((example) => ["```yaml", ...exampleLines(collection, entry, example), "```"].join("\n")),
  ].join("\n\n");
}

function optionCells({ name, type, default: value, sentence, required, shorthand }: OptionDescription): string[] {
  const usual = required ? "required" : value === undefined ? "" : `\`${valueText(value)}\``;
  return [`\`${name}\``, `${type}${shorthand ? " (a bare value stands for it)" : ""}`, usual, sentence];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

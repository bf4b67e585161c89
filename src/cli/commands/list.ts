// isthmus list [COLLECTION] [NAME]
import { wrapped } from "../../base/text.js";
import type { CatalogueEntry, CollectionDescription } from "../../experiment/catalogue.js";
import { type OptionDescription, valueText } from "../../schema/describe.js";
import { list as task } from "../../tasks/list.js";
import { defineCommand } from "../define.js";
import { taskContext } from "../taskContext.js";
import type { Style } from "../terminal.js";

/** Longer lines are hard to read, however wide the terminal. */
const widest = 120;

export const list = defineCommand({
  task,
  arguments: [
    { field: "collection", usage: "COLLECTION" },
    { field: "name", usage: "NAME" },
  ],
  examples: [
    ["isthmus list", "the collections, each with what it is for"],
    ["isthmus list layers", "all layers, each with what it does"],
    ["isthmus list layers conv2d", "one, with its options: types, defaults, meanings"],
    ["isthmus list optimizers --json", "the same for a program"],
  ],
  json: "one JSON object on stdout: { collections: [{ name, summary, entries: [{ name, summary, options, examples, facts }] }] }",
  async run(options, context) {
    const found = await context.lookUp(() => task.run(options, taskContext(context)));
    if (context.json) {
      context.printJson({ collections: found });
      return 0;
    }
    const width = Math.min(context.terminal.stdout.columns, widest);
    const lines = await shownLines(found, options, width, context.outStyle);
    for (const line of lines) context.print(line);
    return 0;
  },
});

async function shownLines(
  found: readonly CollectionDescription[],
  named: { readonly collection?: string | undefined; readonly name?: string | undefined },
  width: number,
  style: Style,
): Promise<readonly string[]> {
  const [first] = found;
  if (named.collection === undefined || first === undefined) return overviewLines(found, width, style);
  const [entry] = first.entries;
  if (named.name === undefined || entry === undefined) return namedLines(first.entries, width, style);
  const { exampleLines } = await import("../../experiment/catalogue.js");
  const examples = entry.examples.map((example) => exampleLines(first.name, entry, example));
  return entryLines(entry, examples, width, style);
}

function overviewLines(collections: readonly CollectionDescription[], width: number, style: Style): readonly string[] {
  const rows = collections.map(({ name, summary, entries }) => ({
    name,
    summary: `${summary} There are ${entries.length}.`,
  }));
  return namedLines(rows, width, style);
}

/** A name and a sentence in each row; sentences that are too long go on below their beginning. */
function namedLines(
  rows: readonly { readonly name: string; readonly summary: string }[],
  width: number,
  style: Style,
): readonly string[] {
  const indent = Math.max(...rows.map(({ name }) => name.length)) + 2;
  return rows.flatMap(({ name, summary }) => {
    const [first = "", ...others] = wrapped(summary, width - indent);
    return [
      `${style.bold(name)}${" ".repeat(indent - name.length)}${first}`,
      ...others.map((line) => " ".repeat(indent) + line),
    ];
  });
}

function entryLines(
  { name, summary, options, facts }: CatalogueEntry,
  examples: readonly (readonly string[])[],
  width: number,
  style: Style,
): readonly string[] {
  const facing = facts.map(([about, fact]) => ({ name: about, summary: fact }));
  return [
    style.bold(name),
    ...wrapped(summary, width),
    ...(facing.length === 0 ? [] : ["", ...namedLines(facing, width, plainStyle(style))]),
    ...(options.length === 0 ? ["", "It takes no options."] : ["", ...optionLines(options, width, style)]),
    ...examples.flatMap((lines) => [
      "",
      ...lines.flatMap((line) => (line.length > width ? wrapped(line, width) : [line])),
    ]),
  ];
}

function plainStyle(style: Style): Style {
  return { ...style, bold: (text) => text };
}

/** Each option with its type on a line, and its meaning on those below. */
function optionLines(options: readonly OptionDescription[], width: number, style: Style): readonly string[] {
  const indent = Math.max(...options.map(({ name }) => name.length)) + 2;
  return options.flatMap((option) => {
    const [first = "", ...others] = wrapped(factsText(option), width - indent);
    const below = [...others, ...wrapped(option.sentence, width - indent)];
    return [
      `${style.bold(option.name)}${" ".repeat(indent - option.name.length)}${style.dim(first)}`,
      ...below.map((line) => " ".repeat(indent) + line),
    ];
  });
}

/** `positive whole number; default 1; a bare value stands for it` */
function factsText({ type, default: value, required, shorthand }: OptionDescription): string {
  return [
    type,
    ...(required ? ["required"] : value === undefined ? [] : [`default ${valueText(value)}`]),
    ...(shorthand ? ["a bare value stands for it"] : []),
  ].join("; ");
}

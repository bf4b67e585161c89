// isthmus data list, isthmus data get NAME, isthmus data show SPEC
import { timesText, withThousands } from "../../base/text.js";
import {
  type DataFacts,
  dataGet,
  dataList,
  dataShow,
  imagesText,
  planShow,
  type SourceListing,
} from "../../tasks/data.js";
import { defineCommand } from "../define.js";
import { columnsText } from "../figureTable.js";
import { taskContext } from "../taskContext.js";

export const list = defineCommand({
  task: dataList,
  arguments: [],
  examples: [
    ["isthmus data list", "all sources, and where each is found"],
    ["isthmus data list --json", "the same for a program"],
  ],
  json: "one JSON object on stdout: { sources: [{ name, summary, state, found }] }",
  async run(options, context) {
    const found = await dataList.run(options, taskContext(context));
    if (context.json) {
      context.printJson({ sources: found });
      return 0;
    }
    const width = Math.max(...found.map(({ name }) => name.length)) + 2;
    for (const source of found) {
      context.print(`${context.outStyle.bold(source.name.padEnd(width))}${source.summary}`);
      context.print(`${" ".repeat(width)}${context.outStyle.dim(stateText(source))}`);
    }
    return 0;
  },
});

function stateText({ name, state, found }: SourceListing): string {
  if (state === "here") return `found in ${found}`;
  if (state === "drawn") return "drawn when it is opened";
  if (state === "path") return `files of your own: isthmus data show ${name}:PATH`;
  return `not on this machine; fetched when it is opened, or by isthmus data get ${name}`;
}

export const get = defineCommand({
  task: dataGet,
  arguments: [{ field: "name", usage: "NAME" }],
  examples: [
    ["isthmus data get fashion-mnist", "download it, checked by SHA-256"],
    ["isthmus data get printed-digits --out digits", "draw it into a folder of PNG files"],
  ],
  json: "one JSON object on stdout: { name, found }",
  async run(options, context) {
    const { findKind } = await import("../../data/sources/index.js");
    await context.lookUp(async () => findKind(options.name, "NAME"));
    const result = await dataGet.run(options, progressContext(context));
    if (context.json) context.printJson(result);
    else context.print(`${result.name} is in ${result.found}`);
    return 0;
  },
});

export const show = defineCommand({
  task: dataShow,
  arguments: [{ field: "data", usage: "SPEC" }],
  examples: [
    ["isthmus data show folder:./photos", "before training: sizes, copies, broken files, small classes, what to do"],
    ["isthmus data show mnist", "origin, counts by class, values"],
    ["isthmus data show folder:./digits --out digits.png", "a folder of your own, with a grid of its images"],
    ['isthmus data show "{source: folder, path: ./photos, size: [64, 64]}"', "with options of the source"],
    ['isthmus data show mnist --augment "randomRotation: [-10, 10]" --out turned.png', "what a transform does"],
    ['isthmus data show mnist --corrupt "gaussianNoise: {severity: 3}" --out noisy.png', "and a corruption"],
  ],
  json: "one JSON object on stdout: { card, shape, classes, splits, values, sizes, findings: [{ name, severity, share, message, hint, pictures }], notes, picture }",
  async run(options, context) {
    await context.lookUp(() => planShow(options));
    const facts = await dataShow.run(options, progressContext(context));
    if (context.json) context.printJson(facts);
    else for (const line of factLines(facts)) context.print(line);
    return 0;
  },
});

/** Progress of slow sources: one line that moves on a terminal, silence elsewhere. */
function progressContext(context: Parameters<typeof taskContext>[0]) {
  const { stderr } = context.terminal;
  let shown = -1;
  return taskContext(context, {
    report({ done, of, what }) {
      const percent = of === 0 ? 100 : Math.floor((100 * done) / of);
      if (!stderr.isTerminal || percent === shown) return;
      shown = percent;
      stderr.write(`\r\u001b[K${percent >= 100 ? "" : `${what}  ${percent}%`}`);
    },
  });
}

const severityMarks = { 3: "!!!", 2: " !!", 1: "  !" } as const;

/** Sizes that are named. */
const fewSizes = 3;

function sizesText(sizes: NonNullable<DataFacts["sizes"]>): string {
  const named = sizes.slice(0, fewSizes).map(({ size, count }) => `${timesText(size)} (${withThousands(count)})`);
  const more = sizes.length - fewSizes;
  return `${named.join(", ")}${more > 0 ? ` and ${withThousands(more)} more` : ""}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** What a person reads of a data set. */
export function factLines(all: DataFacts): string[] {
  const { card, shape, classes, splits, values, sizes = [], findings, notes, picture } = all;
  const named = (["train", "validation", "test"] as const).flatMap((name) => {
    const split = splits[name];
    return split === undefined ? [] : [{ name, ...split }];
  });
  const facts = [
    ["origin", card.origin],
    ["licence", card.licence],
    ...Object.entries(card.checksums).map(([name, sum]) => [`SHA-256 ${name}`, sum]),
    ["images", named.map(({ name, count }) => `${withThousands(count)} ${name}`).join(", ")],
    ["shape", timesText(shape)],
    ...(sizes.length < 2 ? [] : [["sizes", sizesText(sizes)]]),
    [
      "values",
      `${values.lowest} to ${values.highest}, mean ${values.mean.toFixed(1)}, ${percent(values.black)} black, ${percent(values.white)} white`,
    ],
  ];
  const width = Math.max(...facts.map(([name = ""]) => name.length)) + 2;
  const lines = [card.title, ...facts.map(([name = "", value = ""]) => `${name.padEnd(width)}${value}`)];
  const counted = named.filter((split) => split.classes !== undefined);
  const number = Math.max(classes?.length ?? 0, ...counted.map((split) => split.classes?.length ?? 0));
  if (number > 0 && counted.length > 0) {
    lines.push("");
    // Hundreds of classes say more by their extremes than line by line.
    if (number <= 40) {
      lines.push(
        ...columnsText([
          ["class", ...counted.map(({ name }) => name)],
          ...Array.from({ length: number }, (_, label) => [
            classes?.[label] ?? String(label),
            ...counted.map((split) => withThousands(split.classes?.[label] ?? 0)),
          ]),
        ]),
      );
    } else {
      const sizes = Array.from({ length: number }, (_, label) =>
        counted.reduce((sum, split) => sum + (split.classes?.[label] ?? 0), 0),
      );
      lines.push(`${withThousands(number)} classes of ${Math.min(...sizes)} to ${imagesText(Math.max(...sizes))}`);
    }
  }
  lines.push(
    "",
    findings.length === 0 ? "nothing is wrong that can be seen before training" : "found, the worst first",
  );
  for (const { severity, message, hint } of findings)
    lines.push(`${severityMarks[severity]} ${message}`, `     ${hint}`);
  for (const note of notes) lines.push("", `note: ${note}`);
  if (picture !== undefined) lines.push("", `grid  ${picture}`);
  return lines;
}

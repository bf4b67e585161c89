// isthmus find RUN PICTURE…
import { UserError } from "../../base/errors.js";
import { countText, withThousands } from "../../base/text.js";
import { figureText } from "../../report/figures.js";
import { type FindResult, type FoundDuplicates, findLines, find as task } from "../../tasks/find.js";
import { defineCommand } from "../define.js";
import { columnsText } from "../figureTable.js";
import { sayNotes, taskContext } from "../taskContext.js";

export const find = defineCommand({
  task,
  arguments: [
    { field: "run", usage: "RUN" },
    { field: "pictures", usage: "PICTURE" },
  ],
  examples: [
    [
      "isthmus find runs/2026-11-29-photos-1 photo.png --in photos",
      "the five nearest in a folder; found.png shows them",
    ],
    ["isthmus find runs/2026-11-29-photos-1 test:17 test:18 --count 10", "of the run's own training pictures"],
    ["isthmus find runs/2026-11-29-photos-1 --in photos --duplicates", "pictures that are nearly the same"],
    ["isthmus find runs/2026-11-29-photos-1 --in photos --duplicates --within 0.5 --format csv", "as CSV"],
  ],
  json: "one JSON object on stdout: { by, definition, collection, queries: [{ picture, class, nearest: [{ picture, class, distance }] }], sameClass, duplicates: { within, usual, groups, pairs, isCut }, file, notes }",
  async run(options, context) {
    if (context.json && options.format === "csv") {
      throw new UserError("one form at a time: JSON or CSV", { at: "--format", hint: "Leave out --json." });
    }
    const result = await task.run(options, taskContext(context));
    if (context.json || options.format === "json") context.printJson(result);
    else for (const line of options.format === "csv" ? findLines(result) : tableLines(result)) context.print(line);
    sayNotes(context, result.notes);
    if (result.file !== undefined) context.say(`picture: ${result.file}`);
    return 0;
  },
});

/** Groups that a person reads; CSV and JSON have all. */
const mostGroups = 40;
const mostOfGroup = 10;

function tableLines(result: FindResult): string[] {
  const { collection, definition, queries, duplicates, sameClass } = result;
  const what = `${withThousands(collection.pictures)} pictures: ${collection.what}`;
  if (duplicates !== undefined) return [what, `the distance: ${definition}`, ...duplicateLines(duplicates)];
  const hasClasses = queries.some(({ nearest }) => nearest.some((one) => one.class !== undefined));
  const rows = queries.flatMap((query) =>
    query.nearest.map((one, rank) => [
      rank === 0 ? `${query.picture}${query.class === undefined ? "" : ` (${query.class})`}` : "",
      figureText(one.distance),
      ...(hasClasses ? [one.class ?? "–"] : []),
      one.picture,
    ]),
  );
  return [
    what,
    `the distance: ${definition}`,
    "",
    ...columnsText([["looked for", "distance", ...(hasClasses ? ["class"] : []), "found"], ...rows]),
    ...(sameClass === undefined
      ? []
      : ["", `${(100 * sameClass).toFixed(1)} % of these have the class that was looked for`]),
  ];
}

function duplicateLines({ within, usual, groups, isCut }: FoundDuplicates): string[] {
  const pictures = groups.reduce((sum, group) => sum + group.pictures.length, 0);
  const lines = groups
    .slice(0, mostGroups)
    .flatMap((group, i) => [
      ...group.pictures
        .slice(0, mostOfGroup)
        .map((one, place) => [
          place === 0 ? String(i + 1) : "",
          place === 0 ? figureText(group.distance) : "",
          one.class ?? "–",
          one.picture,
        ]),
      ...(group.pictures.length > mostOfGroup ? [["", "", "", `… ${group.pictures.length - mostOfGroup} more`]] : []),
    ]);
  return [
    `${countText(groups.length, "group")} of ${countText(pictures, "picture")} at most ${figureText(within)} apart; usual is ${figureText(usual)} to the nearest other picture`,
    ...(isCut ? ["there are more pairs than are listed; the groups are whole"] : []),
    ...(groups.length === 0 ? [] : ["", ...columnsText([["group", "nearest pair", "class", "picture"], ...lines])]),
    ...(groups.length > mostGroups ? [`… ${countText(groups.length - mostGroups, "group")} more in CSV and JSON`] : []),
  ];
}

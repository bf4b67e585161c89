// isthmus score RUN PICTURE…
import { UserError } from "../../base/errors.js";
import { countText, withThousands } from "../../base/text.js";
import { figureText } from "../../report/figures.js";
import { quantileText, type ScoreResult, scoreLines, score as task } from "../../tasks/score.js";
import { defineCommand } from "../define.js";
import { columnsText } from "../figureTable.js";
import { sayNotes, taskContext } from "../taskContext.js";

export const score = defineCommand({
  task,
  arguments: [
    { field: "run", usage: "RUN" },
    { field: "images", usage: "PICTURE" },
  ],
  /** With ONNX files there is no run: the first word is a picture already. */
  arrange(typed) {
    const { run, images, ...others } = typed;
    const isOfFiles = typed.encoder !== undefined || typed.decoder !== undefined;
    const words = [...(run === undefined ? [] : [run]), ...(Array.isArray(images) ? images : [])];
    if (words.length === 0 && (!isOfFiles || typed.data === undefined)) {
      throw new UserError(isOfFiles ? "no picture is named" : "no run is named", {
        at: "isthmus score",
        hint: "isthmus score RUN photos, or isthmus score --encoder FILE --decoder FILE photos --reference good",
      });
    }
    return { ...others, ...(isOfFiles ? { images: words } : { run: words[0], images: words.slice(1) }) };
  },
  examples: [
    ["isthmus score runs/2026-11-29-parts-1 photos", "a table, the most unlike first; scored/worst.png shows them"],
    ["isthmus score runs/2026-11-29-parts-1 photos --threshold 0.95 --format csv > scores.csv", "as CSV"],
    ["isthmus score runs/2026-11-29-parts-1 --on test", "the run's own test pictures"],
    [
      "isthmus score runs/2026-11-29-parts-1 photo.png --by local --threshold score:0.05",
      "small defects, by a fixed score",
    ],
    [
      "isthmus score --encoder encoder.onnx --decoder decoder.onnx photos --reference good",
      "with exported files, held against the pictures in a folder",
    ],
  ],
  json: "one JSON object on stdout: { by, definition, reference, threshold, pictures: [{ picture, class, score, quantile, verdict }], anomalous, heatTop, csv, page, heatMaps, notes }",
  async run(options, context) {
    if (context.json && options.format === "csv") {
      throw new UserError("one form at a time: JSON or CSV", { at: "--format", hint: "Leave out --json." });
    }
    const result = await task.run(options, taskContext(context));
    if (context.json || options.format === "json") context.printJson(result);
    else
      for (const line of options.format === "csv" ? scoreLines(result.pictures) : tableLines(result))
        context.print(line);
    sayNotes(context, result.notes);
    context.say(`scores: ${result.csv}`);
    if (result.page !== undefined) {
      context.say(`page: ${result.page}`);
      context.say(`heat maps: ${countText(result.heatMaps.length, "file")} beside it, as ${result.heatMaps[0]?.file}`);
    }
    return 0;
  },
});

/** Rows that a person reads; the file has all. */
const mostRows = 40;

function tableLines({ pictures, anomalous, definition, threshold, reference, csv }: ScoreResult): string[] {
  const limit =
    threshold.quantile === undefined
      ? `a score of at least ${figureText(threshold.score)}`
      : `a score above ${figureText(threshold.score)}, the quantile ${threshold.quantile} of ${reference.what}`;
  const hasClasses = pictures.some((picture) => picture.class !== undefined);
  const rows = pictures
    .slice(0, mostRows)
    .map((one) => [
      one.picture,
      ...(hasClasses ? [one.class ?? "–"] : []),
      figureText(one.score),
      quantileText(one.quantile),
      one.verdict,
    ]);
  return [
    `${withThousands(anomalous)} of ${countText(pictures.length, "picture")} anomalous: ${limit}`,
    `the score: ${definition}`,
    "",
    ...columnsText([["picture", ...(hasClasses ? ["class"] : []), "score", "quantile", "verdict"], ...rows]),
    ...(pictures.length > mostRows ? [`… and ${countText(pictures.length - mostRows, "picture")} more in ${csv}`] : []),
  ];
}

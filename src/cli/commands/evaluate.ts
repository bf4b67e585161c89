// isthmus evaluate RUN
import { UserError } from "../../base/errors.js";
import { csvCell, withThousands } from "../../base/text.js";
import type { MeanFigures } from "../../evaluation/figures.js";
import { figureText } from "../../report/figures.js";
import { type AnomalyEvaluation, type Evaluation, readCorruption, evaluate as task } from "../../tasks/evaluate.js";
import { defineCommand } from "../define.js";
import { columnsText } from "../figureTable.js";
import { taskContext } from "../taskContext.js";

export const evaluate = defineCommand({
  task,
  arguments: [{ field: "run", usage: "RUN" }],
  examples: [
    [
      "isthmus evaluate runs/2026-11-22-mnist-conv-1",
      "figures beside PCA and the mean image, by class; the worst images",
    ],
    [
      "isthmus evaluate runs/2026-11-22-digits-denoise-1 --corrupt saltAndPepper --severities",
      "with noise that was not trained on, in five strengths",
    ],
    [
      "isthmus evaluate runs/2026-11-29-one-class-1 --normal 3",
      "also the ROC curve of telling 3 from other digits, beside PCA and the nearest picture",
    ],
    ["isthmus evaluate runs/2026-11-22-mnist-conv-1 --format csv > figures.csv", "a line for each row of the tables"],
  ],
  json: "one JSON object on stdout: { run, name, step, epoch, on, images, codeSize, corrupt, evaluationSeed, rows, entropyFloor, bceExcess, classes, sizes, severities, variational, own, anomalies, worst, files, notes }",
  async run(options, context) {
    if (context.json && options.format === "csv") {
      throw new UserError("one form at a time: JSON or CSV", { at: "--format", hint: "Leave out --json." });
    }
    const { corrupt } = options;
    if (corrupt !== undefined) await context.lookUp(async () => readCorruption(corrupt));
    const result = await task.run(options, taskContext(context));
    if (context.json) context.printJson(result);
    else if (options.format === "csv") for (const line of csvLines(result)) context.print(line);
    else for (const line of tableLines(result)) context.print(line);
    for (const note of result.notes) context.say(context.style.yellow(`note: ${note}`));
    for (const file of Object.values(result.files)) context.say(`picture: ${file}`);
    return 0;
  },
});

const heads = ["mse", "mae", "psnr dB", "psnr of mse", "ssim", "bce"];

function cells({ mse, mae, psnr, psnrOfMse, ssim, bce }: MeanFigures): string[] {
  return [
    mse.toFixed(6),
    mae.toFixed(5),
    psnr.toFixed(2),
    psnrOfMse.toFixed(2),
    ssim?.toFixed(4) ?? "–",
    bce?.toFixed(5) ?? "–",
  ];
}

function tableLines(result: Evaluation): string[] {
  const { name, on, epoch, images, rows, entropyFloor, bceExcess, variational, own } = result;
  const corrupted =
    result.corrupt.length === 0
      ? ""
      : `, input corrupted by ${JSON.stringify(result.corrupt)}, seed ${result.evaluationSeed}`;
  const lines = [
    `${name} after epoch ${epoch} on ${withThousands(images)} images of ${on}${corrupted}`,
    "",
    ...columnsText([["", ...heads], ...rows.map((row) => [row.title, ...cells(row)])]),
    "",
    `no bce can be below ${entropyFloor.toFixed(5)}, the entropy of the pixels` +
      (bceExcess === undefined ? "" : `; the model is ${bceExcess.toFixed(5)} above it`),
  ];
  if (variational !== undefined) {
    const { bce, kl, sum, bcePerPixel, draws } = variational;
    lines.push(
      `in nats an image, ${draws}: BCE ${bce.toFixed(2)} + KL ${kl.toFixed(2)} = ${sum.toFixed(2)} (BCE a pixel ${bcePerPixel.toFixed(5)})`,
      "the table's own row decodes the mean of each code",
    );
  }
  if (own.length > 0) {
    const rows = own.map(({ name: figure, value, unit }) => [figure, figureText(value), unit]);
    lines.push("", ...columnsText([["of its own", "", "unit"], ...rows]));
  }
  const groups = [
    { head: "class", of: result.classes },
    { head: "size", of: result.sizes },
  ];
  for (const { head, of } of groups) {
    if (of.length === 0) continue;
    const hasInput = of.some(({ input }) => input !== undefined);
    const more = hasInput ? ["input psnr", "input ssim"] : [];
    lines.push(
      "",
      ...columnsText([
        [head, "images", ...heads, "pca mse", ...more],
        ...of.map((group) => [
          group.group,
          String(group.images),
          ...cells(group),
          group.pcaMse.toFixed(6),
          ...(hasInput ? [group.input?.psnr.toFixed(2) ?? "", group.input?.ssim?.toFixed(4) ?? "–"] : []),
        ]),
      ]),
    );
  }
  if (result.severities.length > 0) {
    const body = result.severities.map(({ corruption, severity, model, input }) => [
      `${corruption} ${severity}`,
      ...cells(model),
      input.psnr.toFixed(2),
      input.ssim?.toFixed(4) ?? "–",
    ]);
    lines.push("", ...columnsText([["severity", ...heads, "input psnr", "input ssim"], ...body]));
  }
  if (result.anomalies !== undefined) lines.push("", ...anomalyLines(result.anomalies));
  const worst = result.worst.map(({ image, mse, class: of = "–", nearest }) => [
    String(image),
    mse.toFixed(5),
    of,
    String(nearest.image),
    nearest.class ?? "–",
    nearest.mse.toFixed(5),
  ]);
  const worstHeads = ["worst image", "mse", "class", "nearest training image", "its class", "mse to what was made"];
  return [...lines, "", ...columnsText([worstHeads, ...worst])];
}

function anomalyLines({ rows, normal, anomalous, normalClasses, because }: AnomalyEvaluation): string[] {
  const share = (value: number): string => (Number.isNaN(value) ? "–" : value.toFixed(4));
  const thresholds = rows.flatMap(({ title, usual, best }) =>
    (
      [
        ["as isthmus score, 0.99 of training", usual],
        ["best difference of the rates, on these", best.youden],
        ["best f1, on these", best.f1],
      ] as const
    ).flatMap(([how, at]) =>
      at === undefined
        ? []
        : [
            [
              `${title}: ${how}`,
              figureText(at.threshold),
              share(at.truePositiveRate),
              share(at.falsePositiveRate),
              share(at.precision),
              share(at.f1),
            ],
          ],
    ),
  );
  return [
    `${withThousands(anomalous)} anomalous pictures and ${withThousands(normal)} normal ones (${normalClasses.join(", ")}; ${because})`,
    ...columnsText([
      ["told apart by", "area under roc", "95 % of it", "average precision"],
      ...rows.map(({ title, area, interval, averagePrecision }) => [
        title,
        area.toFixed(4),
        interval.map((end) => end.toFixed(4)).join("–"),
        averagePrecision.toFixed(4),
      ]),
      ["drawing by lot", "0.5", "", (anomalous / (anomalous + normal)).toFixed(4)],
    ]),
    "",
    ...columnsText([["threshold", "score", "found", "false alarms", "precision", "f1"], ...thresholds]),
  ];
}

function csvLines({ rows, classes, sizes, severities }: Evaluation): string[] {
  const line = (table: string, name: string, of: MeanFigures): string =>
    [table, name, of.images, of.mse, of.mae, of.psnr, of.psnrOfMse, of.ssim ?? "", of.bce ?? ""].map(csvCell).join(",");
  return [
    "table,name,images,mse,mae,psnr,psnrOfMse,ssim,bce",
    ...rows.map((row) => line("all", row.what, row)),
    ...classes.map((row) => line("class", row.group, row)),
    ...sizes.map((row) => line("size", row.group, row)),
    ...severities.flatMap(({ corruption, severity, model, input }) => [
      line("severity", `${corruption} ${severity} model`, model),
      line("severity", `${corruption} ${severity} input`, input),
    ]),
  ];
}

// The data of a report from a run folder, section by section.
import type { ReportData } from "../../report/reportData.js";
import type { RunFolder } from "../../runs/index.js";
import type { OpenTraining } from "../../training/run.js";
import type { TaskContext } from "../define.js";
import { anomaliesOf } from "./anomalies.js";
import { confusionOf, mapOf, openCodes, samplesOf, unitsOf, walksOf } from "./codes.js";
import { comparisonOf } from "./compared.js";
import { dataPageOf } from "./dataPage.js";
import { decoderOfRun } from "./decoder.js";
import { reconstructionsOf } from "./epochPictures.js";
import { baselinesOf, extremesOf, figuresTable, judge, recordedTable } from "./judged.js";
import { networkOf } from "./network.js";
import { type OpenedRun, once, openReported, section } from "./opened.js";
import { collectSheets } from "./sheets.js";
import { againOf, curvesOf, headOf, healthOf, interventionsOf, timingOf, versionsOf } from "./words.js";

export interface GatherOptions {
  /** Folders of runs to put beside it. */
  readonly compare?: readonly string[];
  /** What a training that ends has open. */
  readonly open?: OpenTraining;
}

/**
 * All that is told of a run. What can't be told is a section that says why: this works for unfinished and damaged runs too.
 * @throws AbortError
 */
export async function gatherReport(
  run: RunFolder,
  { report, signal }: Pick<TaskContext, "report" | "signal">,
  { compare = [], open }: GatherOptions = {},
): Promise<ReportData> {
  const opened = openReported(run, { report, signal }, open);
  try {
    return await sectionsOf(opened, compare);
  } finally {
    await opened.dispose();
  }
}

async function sectionsOf(opened: OpenedRun, compare: readonly string[]): Promise<ReportData> {
  const { run, watch } = opened;
  const sheets = collectSheets();
  const codes = openCodes(opened, sheets);
  const judged = once(async () => await judge(opened));
  const told = async <Data>(what: string, make: () => Promise<Data>) => {
    watch.report({ done: 0, of: 1, what: `for the report: ${what}` });
    return await section({ run }, make);
  };

  const figures = await told("figures", async () => {
    const { model } = await opened.resolved();
    return model.decode === undefined ? await recordedTable(opened) : await figuresTable(opened, await judged());
  });
  const baselines = await judged().then(baselinesOf, () => undefined);
  const head = await headOf(opened, baselines);
  const comparison = await told("other runs", async () => await comparisonOf(opened, compare, sheets));
  const curves = await told("curves", async () => await curvesOf(opened, baselines));
  const reconstructions = await told("reconstructions", async () => await reconstructionsOf(opened, sheets));
  const extremes = await told("the worst and the best", async () => await extremesOf(opened, await judged(), sheets));
  const network = await told("the network", async () => await networkOf(opened));
  const map = await told("the map", async () => await mapOf(opened, codes, await errorsOf(judged)));
  const units = await told("units", async () => await unitsOf(opened, codes, sheets));
  const walks = await told("walks", async () => await walksOf(opened, sheets));
  const samples = await told("samples", async () => await samplesOf(opened, codes, sheets));
  const confusion = await told("classes", async () => await confusionOf(opened, codes));
  const anomalies = await told("anomalies", async () => await anomaliesOf(opened, await judged()));
  const decoder = await told("the decoder", async () => await decoderOfRun(opened, codes));
  return {
    format: 1,
    ...{ head, comparison, figures, curves, reconstructions, extremes, network, map, units, walks, samples, confusion },
    anomalies,
    timing: await told("times", async () => await timingOf(opened)),
    pictures: await told("the data", async () => await dataPageOf(opened, sheets)),
    health: await told("health", async () => await healthOf(opened)),
    interventions: await told("interventions", async () => await interventionsOf(opened)),
    again: await told("the experiment", async () => await againOf(opened)),
    versions: await told("versions", async () => await versionsOf(opened)),
    decoder,
    sheets: sheets.sheets,
  };
}

/** The error of a picture by its place in the test split, where pictures were judged. */
async function errorsOf(judged: () => Promise<Awaited<ReturnType<typeof judge>>>) {
  const found = await judged().catch(() => undefined);
  if (found === undefined) return undefined;
  const { chosen, figures } = found;
  const byPlace = new Map(Array.from({ length: chosen.set.count }, (_, i) => [chosen.places[i], figures.model.mse[i]]));
  return (image: number): number | undefined => byPlace.get(image);
}

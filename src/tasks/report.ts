// Writes a run into one file that is worth sending: report.html, which needs no network and nothing beside it.
import { basename, join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { AbortError, isAbortError } from "../base/turns.js";
import { diskFileSystem, openRun, type RunFolder } from "../runs/index.js";
import type { OpenTraining } from "../training/run.js";
import { defineTask, type TaskContext } from "./define.js";
import { noAnomalies } from "./reportParts/anomalies.js";
import { expectFewRuns } from "./reportParts/compared.js";
import { gatherReport } from "./reportParts/gather.js";
import { nothingNoticed } from "./reportParts/words.js";
import { writeResult } from "./writeResult.js";

export interface ReportResult {
  /** The file that was written. */
  readonly file: string;
  readonly bytes: number;
  /** Sections that are not there, and why. */
  readonly absent: readonly { readonly section: string; readonly why: string }[];
  /** Sentences about what was left out. */
  readonly notes: readonly string[];
}

/** Of a run, where no other place is named. */
export const reportName = "report.html";

export const report = defineTask({
  name: "report",
  summary: "Write a run into one HTML file: figures, curves, pictures, codes, data, and how to train it again.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run, finished or not"),
    compare: z
      .array(z.string())
      .default([])
      .describe("folders of other runs to put beside it; may be given more than once")
      .meta({ placeholder: "RUN" }),
    out: z
      .string()
      .regex(/\.html?$/i, "expected a name that ends in .html")
      .optional()
      .describe(`an .html file (default: ${reportName} in the run's folder)`)
      .meta({ placeholder: "FILE" }),
    watch: z.boolean().default(false).describe("write it again whenever the run's folder has changed, until Ctrl-C"),
  }),
  /** @throws UserError where a folder that was named is not there or is none of a run, or the file can't be written */
  async run({ run: path, compare, out, watch }, context): Promise<ReportResult> {
    const run = openRun(diskFileSystem, path);
    // Before anything is written over. What is damaged in a run that is there only makes its section shorter.
    expectFewRuns(compare);
    for (const other of compare) openRun(diskFileSystem, other);
    const file = out ?? join(path, reportName);
    const first = await writeReport(run, file, context, { compare });
    return watch ? await rewritten(run, { file, compare, first }, context) : first;
  },
});

/**
 * Gathers and writes a report.
 * @param options.open what a training that ends has open
 * @throws UserError where it can't be written; AbortError
 */
export async function writeReport(
  run: RunFolder,
  file: string,
  context: Pick<TaskContext, "report" | "signal">,
  options: { readonly compare?: readonly string[]; readonly open?: OpenTraining } = {},
): Promise<ReportResult> {
  const { reportHtml } = await import("../report/reportFile.js");
  const data = await gatherReport(run, context, options);
  context.report({ done: 1, of: 1, what: `writing ${basename(file)}` });
  const { html, notes } = await reportHtml(data);
  const bytes = Buffer.from(html);
  writeResult(file, bytes);
  const absent = Object.entries(data).flatMap(([section, value]) =>
    typeof value === "object" && "data" in value && value.data === null ? [{ section, why: value.why }] : [],
  );
  const isAsked = ({ section, why }: { readonly section: string; readonly why: string }) =>
    section === "comparison" ? (options.compare ?? []).length > 0 : ![noAnomalies, nothingNoticed].includes(why);
  return { file, bytes: bytes.length, absent: absent.filter(isAsked), notes };
}

/** Milliseconds between two looks at a run folder. */
const betweenLooks = 2000;

/** Writes it again whenever one of the run's files has changed, until the task is aborted. */
async function rewritten(
  run: RunFolder,
  {
    file,
    compare,
    first,
  }: { readonly file: string; readonly compare: readonly string[]; readonly first: ReportResult },
  context: TaskContext,
): Promise<ReportResult> {
  let last = first;
  let seen = stampOf(run);
  try {
    for (;;) {
      context.report({
        done: 0,
        of: 1,
        what: `${file} is written again when the run has changed; reload the page to see it`,
      });
      await waited(betweenLooks, context.signal);
      const now = stampOf(run);
      if (now === seen) continue;
      seen = now;
      last = await writeReport(run, file, context, { compare });
    }
  } catch (error) {
    // Ctrl-C is how watching ends.
    if (isAbortError(error)) return last;
    throw error;
  }
}

/** What changes as a training goes on: sizes and times of its logs, and its last checkpoint. */
function stampOf({ files, path }: RunFolder): string {
  const names = [
    "metrics.jsonl",
    "health.jsonl",
    "interventions.jsonl",
    join("checkpoints", "last.json"),
    join("images", "epochs", "index.json"),
  ];
  return names
    .map((name) => {
      const at = files.join(path, name);
      try {
        return files.exists(at) ? `${files.size(at)} ${files.modified(at)}` : "";
      } catch (error) {
        // A file that is renamed at this moment is there at the next look.
        if (error instanceof UserError || error instanceof Error) return "";
        throw error;
      }
    })
    .join("|");
}

async function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new AbortError("stopped watching"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

// A run's report as the studio serves it: a JSON file for each section, and the page, written into a folder of the server's own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PictureSheet, ReportData } from "../../report/reportData.js";
import { hasReportPage, reportHtml } from "../../report/reportFile.js";
import { diskFileSystem, openRun } from "../../runs/index.js";
import type { TaskContext } from "../../tasks/define.js";
import { gatherReport } from "../../tasks/reportParts/gather.js";
import { type ReportSection, type ReportSectionName, reportSectionNames } from "../api.js";
import type { Work } from "./work.js";

export interface WrittenReport {
  /** Policy of the page; absent where this build has no page of reports. */
  readonly policy?: string;
}

/** What a section's file and the page are called. */
export const sectionFile = (name: ReportSectionName): string => `${name}.json`;
export const pageFile = "report.html";

/** @throws UserError where there is no such run; AbortError */
export async function writeReportParts(
  { run, out, made }: Extract<Work, { kind: "report" }>,
  context: TaskContext,
): Promise<WrittenReport> {
  const data = await gatherReport(openRun(diskFileSystem, run), context);
  for (const name of reportSectionNames) {
    const part: ReportSection<ReportSectionName> = {
      ...{ section: name, made, content: data[name] },
      sheets: sheetsOf(data[name], data.sheets),
    };
    writeFileSync(join(out, sectionFile(name)), JSON.stringify(part));
  }
  if (!hasReportPage()) return {};
  const { html, policy } = await reportHtml(data);
  writeFileSync(join(out, pageFile), html);
  return { policy };
}

/** Where sections name a sheet. */
const sheetKeys: ReadonlySet<string> = new Set(["sheet", "originals", "inputs"]);

/** The sheets that a section names. */
export function sheetsOf(content: unknown, sheets: ReportData["sheets"]): Record<string, PictureSheet> {
  const found: Record<string, PictureSheet> = Object.create(null);
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, entry] of Object.entries(value)) {
      if (typeof entry !== "string") visit(entry);
      else if (sheetKeys.has(key) && Object.hasOwn(sheets, entry)) found[entry] = sheets[entry] as PictureSheet;
    }
  };
  visit(content);
  return found;
}

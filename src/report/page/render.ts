// The report's page as HTML text, made in Node. The package has this file with Svelte and the components inside (scripts/pages.mjs).
import { render } from "svelte/server";
import type { ReportData } from "../reportData.js";
import type { Drawing } from "./report/context.js";
import { sheetRules } from "./report/pictures.js";
import Report from "./report/Report.svelte";

/** What stands in the page of a report. */
export interface RenderedReport {
  /** HTML of the page's content. */
  readonly body: string;
  /** Style rules with the pictures. */
  readonly sheets: string;
  /** The data for the page's script: all but the pictures, which the style has. */
  readonly data: Omit<ReportData, "sheets"> & { readonly sheets: Readonly<Record<string, unknown>> };
}

/** @param drawing a chart as SVG text: `pageChartSvg`, which is not imported here, for it would be bundled a second time */
export function renderReport(report: ReportData, drawing: Drawing): RenderedReport {
  const sheets = Object.fromEntries(
    Object.entries(report.sheets).map(([name, { columns, rows, tile }]) => [name, { columns, rows, tile }]),
  );
  const data = { ...report, sheets };
  const { body } = render(Report, { props: { data, drawing } });
  return { body, sheets: sheetRules(report.sheets), data };
}

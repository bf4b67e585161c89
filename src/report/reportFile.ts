// The file of a report: one HTML text with its data, pictures, style and script inside, which asks for nothing from anywhere.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UserError } from "../base/errors.js";
import type { RenderedReport } from "./page/render.js";
import type { ReportData } from "./reportData.js";

/** What the build makes for pages (scripts/pages.mjs), beside this file. */
const built = {
  render: new URL("./page/render.js", import.meta.url),
  script: new URL("./page/browser/report.js", import.meta.url),
  style: new URL("./page/browser/report.css", import.meta.url),
};

/** Whether there is what a report is made of: sources that run without a build have none. */
export function hasReportPage(): boolean {
  return Object.values(built).every((url) => existsSync(url));
}

/** What the whole file may take in bytes. */
const mostBytes = 5_000_000;

/**
 * The text of report.html, below 5 MB: a decoder that would make it larger is left out.
 * @returns `notes` say what was left out; `policy` is the Content-Security-Policy that stands in the text, for who serves it
 * @throws UserError where the page was not built
 */
export async function reportHtml(
  report: ReportData,
): Promise<{ readonly html: string; readonly notes: readonly string[]; readonly policy: string }> {
  if (!hasReportPage()) {
    throw new UserError("the page of reports is not built", {
      at: fileURLToPath(built.script),
      hint: "Build the package (npm run build), and run dist/cli/main.js.",
    });
  }
  const { renderReport } = (await import(built.render.href)) as typeof import("./page/render.js");
  const [script, style] = [readFileSync(built.script, "utf8"), readFileSync(built.style, "utf8")];
  const make = (data: ReportData): string => htmlText(data.head.name, renderReport(data), { script, style });
  const html = make(report);
  const policy = policyFor(script.trim());
  if (Buffer.byteLength(html) < mostBytes) return { html, notes: [], policy };
  const why = "the decoder's weights would make this file larger than 5 MB: isthmus studio moves its sliders";
  const smaller = make({ ...report, decoder: { data: null, why } });
  const size = Buffer.byteLength(smaller);
  const notes = size < mostBytes ? [why] : [why, `the file takes ${(size / 1e6).toFixed(1)} MB all the same`];
  return { html: smaller, notes, policy };
}

/** The parts put together. @param name of the run, for the title */
export function htmlText(
  name: string,
  { body, sheets, data }: RenderedReport,
  { script, style }: { readonly script: string; readonly style: string },
): string {
  const own = script.trim();
  const policy = policyFor(own);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="isthmus">
<title>${escaped(name)} – report of a training</title>
<style>
${style.trim()}
${sheets}
</style>
</head>
<body>
<div id="report">${body}</div>
<script type="application/json" id="report-data">${inScript(JSON.stringify(data))}</script>
<script>${own}</script>
</body>
</html>
`;
}

/** The page may show what it has inside and nothing else: no network, no other script. @param script as it stands in its element */
function policyFor(script: string): string {
  const hash = createHash("sha256").update(script).digest("base64");
  return [
    "default-src 'none'",
    "img-src data: blob:",
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** JSON as it may stand in a script element: whatever is in it, it does not end there. */
function inScript(json: string): string {
  return json.replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

// Sections of a run's report, as the server gathers them: they take some seconds, and a page stands without.
import type { PictureSheet, ReportData } from "../../../report/reportData.js";
import { paths, type ReportSection, type ReportSectionName, type RunId } from "../../api.js";
import { ask, wordsOf } from "./ask.js";

export interface Told<Name extends ReportSectionName> {
  readonly content: ReportData[Name] | undefined;
  readonly sheets: Readonly<Record<string, PictureSheet>>;
  /** Why there is none. */
  readonly why: string | undefined;
}

/**
 * Asks for a section and tells it; nothing is told once `signal` is aborted. A section that can't be had is told with the reason.
 * @returns what ends the asking
 */
export function askReport<Name extends ReportSectionName>(
  run: RunId,
  name: Name,
  told: (told: Told<Name>) => void,
): () => void {
  const asking = new AbortController();
  ask<ReportSection<Name>>(paths.report(run, name), { signal: asking.signal }).then(
    ({ content, sheets }) => {
      const why = "data" in content && content.data === null ? (content.why as string) : undefined;
      told({ content, sheets, why });
    },
    (error: unknown) => {
      if (!asking.signal.aborted) told({ content: undefined, sheets: {}, why: wordsOf(error) });
    },
  );
  return () => asking.abort();
}

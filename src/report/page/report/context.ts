// What the parts of a report share: whether there is a script, what is looked at, and what a page computes. Types alone.
import type { ChartSpec } from "../../chartSpec.js";

/** What moves; controls are drawn where it is alive, never without script. */
export interface ReportPage {
  isAlive: boolean;
  /** The kept epoch that pictures are shown of; the last where it is undefined. */
  epoch: number | undefined;
  /** A code that the sliders begin with: a place of the map. */
  start: { readonly name: string; readonly code: Float32Array } | undefined;
}

/** A chart as SVG text. */
export type Drawing = (spec: ChartSpec) => string;

/** UMAP of codes [code, unit]: their places [code, 2]. */
export type Umap = (
  codes: Float32Array,
  codeSize: number,
  how: { readonly signal: AbortSignal; readonly progress: (done: number) => void },
) => Promise<Float32Array>;

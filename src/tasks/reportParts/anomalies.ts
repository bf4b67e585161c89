// Test images of classes that the training had none of: how well the error of the reconstruction tells them from the others.
import { UserError } from "../../base/errors.js";
import { className } from "../../evaluation/worstImages.js";
import type { Anomalies } from "../../report/reportData.js";
import { normalityOf } from "../anomalies.js";
import type { Judged } from "./judged.js";
import type { OpenedRun } from "./opened.js";
import { rounded } from "./words.js";

/** The share of normal images above the threshold to begin with. */
const falseAlarms = 0.05;

/** @throws UserError where nothing says which classes are normal */
export async function anomaliesOf(opened: OpenedRun, { chosen, corrupt, figures }: Judged): Promise<Anomalies> {
  const source = await opened.source();
  const { set, places, what } = chosen;
  const normality = normalityOf(source, set, { normal: [], anomalous: [] }, source.splits.train);
  const { labels } = set;
  if (normality === undefined || labels === undefined) {
    throw new UserError(noAnomalies);
  }
  const isAnomalous = Array.from(labels, (label) => (normality.labels.has(label) ? 0 : 1));
  const scores = Array.from(figures.model.mse, (error) => rounded(error, 4));
  const normal = scores.filter((_, i) => isAnomalous[i] === 0).sort((a, b) => b - a);
  return {
    on: what,
    normal: [...normality.labels].sort((a, b) => a - b).map((label) => className(source, label)),
    because: normality.because,
    isCorrupted: corrupt.length > 0,
    scores,
    isAnomalous,
    images: Array.from(places),
    threshold: normal[Math.floor(falseAlarms * normal.length)] ?? 0,
  };
}

/** Why most runs have no such section; the page then leaves it out. */
export const noAnomalies = "its test images are all of classes that it was trained on";

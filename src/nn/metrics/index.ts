// Every metric, by hand.
import { UserError } from "../../base/errors.js";
import { find, shown } from "../../schema/read.js";
import { accuracy } from "./accuracy.js";
import { bce } from "./bce.js";
import type { Metric } from "./define.js";
import { mae } from "./mae.js";
import { mse } from "./mse.js";
import { psnr } from "./psnr.js";
import { ssim } from "./ssim.js";

export const metrics = { mse, mae, bce, psnr, ssim, accuracy } as const;
export type MetricName = keyof typeof metrics;

/**
 * The metrics of a list of names, each once, in the written order.
 * @param at the list's path in what the user wrote: `metrics`
 * @throws UserError for what is not a list of names and for an unknown name, with the nearest one
 */
export function readMetrics(spec: unknown, at = "metrics"): readonly Metric[] {
  if (!Array.isArray(spec)) throw new UserError(`expected a list of metrics, got ${shown(spec)}`, { at });
  const read = spec.map((name: unknown, i) => {
    if (typeof name !== "string") {
      throw new UserError(`expected the name of a metric, got ${shown(name)}`, { at: `${at}[${i}]` });
    }
    return find<Metric>(metrics, "metric", name, `${at}[${i}]`);
  });
  return [...new Set(read)];
}

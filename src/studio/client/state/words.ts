// Numbers and times as the page writes them, beside those of base/text.ts.
import { withThousands } from "../../../base/text.js";
import { figureText } from "../../../report/figures.js";

/** A figure as tables write it, thousands apart, nothing where there is none: `0.00321`, `12.3`, `1,235`. */
export function numberText(value: number | null | undefined): string {
  if (value === undefined || value === null) return "";
  return Math.abs(value) >= 999.5 && Number.isFinite(value) ? withThousands(Math.round(value)) : figureText(value);
}

/** `15,000 of 60,000, scoring pictures`. */
export function progressText({
  done,
  of,
  what,
}: {
  readonly done: number;
  readonly of: number;
  readonly what: string;
}): string {
  return `${withThousands(done)} of ${withThousands(of)}, ${what}`;
}

/** `1.5 MB`, as file sizes are counted: thousands. */
export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined || !Number.isFinite(bytes)) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `2026-11-29 18:16`, in the reader's own time. */
export function timeText(time: string | number | null | undefined): string {
  if (time === null || time === undefined) return "";
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

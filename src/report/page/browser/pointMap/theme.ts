// The page's colours as numbers, for what is drawn on a canvas; heard again when the theme changes.
import { type Rgb, rgbOf } from "../../map/colours.js";

export interface Theme {
  readonly ground: Rgb;
  readonly ink: Rgb;
  /** `--series-1` to `--series-6`. */
  readonly series: readonly Rgb[];
}

export function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  const colour = (name: string): Rgb => rgbOf(style.getPropertyValue(name));
  return {
    ground: colour("--ground"),
    ink: colour("--ink"),
    series: [1, 2, 3, 4, 5, 6].map((number) => colour(`--series-${number}`)),
  };
}

/** Calls `changed` when the theme may have changed, by the system or by `data-theme`. @returns what ends it */
export function onThemeChange(changed: () => void): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  query.addEventListener("change", changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    query.removeEventListener("change", changed);
    observer.disconnect();
  };
}

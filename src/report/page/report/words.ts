// How numbers and things are written on the page. Pure.

/** Three significant digits, never as a bare 0. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2).replace("e+", "e");
  return size >= 100 ? value.toFixed(size >= 1000 ? 0 : 1) : value.toPrecision(3);
}

export function thousands(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function percent(share: number, digits = 1): string {
  const text = (100 * share).toFixed(digits);
  return `${text}%`;
}

export function times(shape: readonly number[]): string {
  return shape.join("×");
}

export function seconds(value: number): string {
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 90) return `${Math.round(value)} s`;
  const minutes = Math.round(value / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(value: number): string {
  return value >= 1e9
    ? `${(value / 1e9).toFixed(2)} GB`
    : value >= 1e6
      ? `${(value / 1e6).toFixed(1)} MB`
      : `${(value / 1e3).toFixed(0)} kB`;
}

/** What is better, for people. */
export function betterWords(better: "lower" | "higher" | "neither"): string {
  return better === "lower"
    ? "lower is better"
    : better === "higher"
      ? "higher is better"
      : "neither way is better by itself";
}

/** Rows as CSV. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string => {
    const text = String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${rows.map((row) => row.map(cell).join(",")).join("\n")}\n`;
}

/** What a wide thing has that scrolls by itself on a narrow screen: a name, and the keyboard reaches it. */
export function scrolling(label: string): {
  readonly role: "region";
  readonly "aria-label": string;
  readonly tabindex: 0;
} {
  return { role: "region", "aria-label": label, tabindex: 0 };
}

// The figures at the end of a training, in columns.
import { escapeName } from "../base/controls.js";

/** Rows of cells as lines, each column as wide as its widest cell: the first to the left, the others to the right. */
export function columnsText(cells: readonly (readonly string[])[]): string[] {
  // A name out of a folder may hold a newline.
  const rows = cells.map((row) => row.map(escapeName));
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

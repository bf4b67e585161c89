// The contract suite's results as one table: ops down, engines across.

export interface Cell {
  passed: number;
  of: number;
  /** The largest error of those that passed, as a share of what is allowed. */
  worst: number;
}
/** By op, then by engine. */
export type Results = Map<string, Map<string, Cell>>;

/** `conv2d   16/16 0.31   16/16 0.12`: programs that passed, and the largest error where 1 is the tolerance. */
export function resultsTable(results: Results): string {
  const engines = [...new Set([...results.values()].flatMap((row) => [...row.keys()]))];
  const total = new Map(engines.map((engine): [string, Cell] => [engine, { passed: 0, of: 0, worst: 0 }]));
  for (const row of results.values()) {
    for (const [engine, cell] of row) {
      const sum = total.get(engine);
      if (sum === undefined) continue;
      sum.passed += cell.passed;
      sum.of += cell.of;
      sum.worst = Math.max(sum.worst, cell.worst);
    }
  }
  const line = (title: string, row: Map<string, Cell>): string[] => [
    title,
    ...engines.map((engine) => {
      const cell = row.get(engine);
      return cell === undefined ? "–" : `${`${cell.passed}/${cell.of}`.padStart(7)} ${cell.worst.toFixed(3)}`;
    }),
  ];
  const rows = [["op", ...engines], ...[...results].map(([op, row]) => line(op, row)), line("all", total)];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const text = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("   ")
      .trimEnd(),
  );
  return `\nPrograms that equal the reference, forward and backward, and the largest error (1 is what is allowed)\n\n${text.join("\n")}\n`;
}

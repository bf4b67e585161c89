// Which rows of the table are shown and in which order: words, `field:value`, `field<number`, sorting, and which columns differ.

export type Cell = string | number | boolean | undefined;
/** A row by the names of its columns. */
export type Row = Readonly<Record<string, Cell>>;

type Test = (row: Row) => boolean;

/** What is written into the box of the table, read. */
export interface Filter {
  readonly matches: (row: Row) => boolean;
  /** Parts that name a column that is not there; they are looked for as words. */
  readonly unknown: readonly string[];
}

/**
 * Reads a filter: parts apart by spaces, all of which must hold; a leading `-` turns one round.
 * `word` is in any column, `"two words"` too, `name:part` is in that column (`star:yes` for a mark), `mse<0.01`,
 * `epochs>=10` and `seed=3` compare. Case does not matter. A row without the column never passes a comparison.
 */
export function readFilter(text: string, columns: readonly string[]): Filter {
  const unknown: string[] = [];
  const tests = partsOf(text).map((part): Test => {
    const turned = part.length > 1 && part.startsWith("-");
    const test = readPart(turned ? part.slice(1) : part, columns, unknown);
    return turned ? (row) => !test(row) : test;
  });
  return { matches: (row) => tests.every((test) => test(row)), unknown };
}

function readPart(part: string, columns: readonly string[], unknown: string[]): Test {
  const [, name, sign, value] = /^([^\s:<>=]+?)(:|<=|>=|<|>|=)(.+)$/.exec(part) ?? [];
  if (name !== undefined && sign !== undefined && value !== undefined) {
    const column = columnNamed(name, columns);
    if (column === undefined) unknown.push(name);
    else if (sign === ":") return (row) => contains(row[column], unquoted(value));
    else return (row) => compares(row[column], sign, unquoted(value));
  }
  const word = unquoted(part);
  return (row) => Object.values(row).some((cell) => contains(cell, word));
}

/** A column by its whole name, else the only one whose last part it is: `mse` for `test.mse`. */
function columnNamed(name: string, columns: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const exact = columns.find((column) => column.toLowerCase() === wanted);
  return exact ?? columns.find((column) => column.toLowerCase().endsWith(`.${wanted}`));
}

function contains(cell: Cell, word: string): boolean {
  if (cell === undefined) return false;
  if (typeof cell === "boolean") return (cell ? ["yes", "true"] : ["no", "false"]).includes(word.toLowerCase());
  return String(cell).toLowerCase().includes(word.toLowerCase());
}

function compares(cell: Cell, sign: string, value: string): boolean {
  if (cell === undefined) return false;
  const number = Number(value);
  if (sign === "=" && (typeof cell !== "number" || Number.isNaN(number))) {
    return String(cell).toLowerCase() === value.toLowerCase();
  }
  if (typeof cell !== "number" || Number.isNaN(number)) return false;
  if (sign === "<") return cell < number;
  if (sign === ">") return cell > number;
  if (sign === "<=") return cell <= number;
  if (sign === ">=") return cell >= number;
  return cell === number;
}

const partsOf = (text: string): string[] => text.match(/[^\s"]*"[^"]*"|\S+/g) ?? [];
const unquoted = (text: string): string => text.replace(/^"|"$/g, "");

/** How a table is sorted: by a column, and which end is first. */
export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** `-test.mse` is descending. */
export function readSorting(text: string | undefined): Sorting | undefined {
  if (text === undefined || text.replace("-", "") === "") return undefined;
  return text.startsWith("-") ? { column: text.slice(1), descending: true } : { column: text, descending: false };
}

export function sortingText({ column, descending }: Sorting): string {
  return `${descending ? "-" : ""}${column}`;
}

const inOrder = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/**
 * Places of the rows in order, a stable sort. Numbers by size, words as people count (run-2 before run-10); what is missing
 * or not a number comes last, whichever end is first.
 */
export function sortedPlaces(rows: readonly Row[], { column, descending }: Sorting): number[] {
  const sign = descending ? -1 : 1;
  const keys = rows.map((row) => row[column]);
  const missing = (cell: Cell): boolean => cell === undefined || cell === "" || Number.isNaN(cell);
  return rows
    .map((_, place) => place)
    .sort((p, q) => {
      const [a, b] = [keys[p], keys[q]];
      if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b)) || p - q;
      if (typeof a === "number" && typeof b === "number") return sign * (a - b) || p - q;
      return sign * inOrder.compare(String(a), String(b)) || p - q;
    });
}

/** Columns in which at least two rows differ, a missing cell counting as a value; all of them where there are fewer than two rows. */
export function differingColumns(rows: readonly Row[], columns: readonly string[]): string[] {
  const [first, ...others] = rows;
  if (first === undefined || others.length === 0) return [...columns];
  return columns.filter((column) => others.some((row) => row[column] !== first[column]));
}

// Codes in files: NPY, CSV and JSON, both ways. Each holds one row of numbers for each picture.
import { extname } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { csvCell } from "../base/text.js";
import { isPauseDue, pause } from "../base/turns.js";
import { decodeNpy, encodeNpy } from "../formats/npy.js";

export const codeFormats = ["npy", "csv", "json"] as const;
export type CodeFormat = (typeof codeFormats)[number];

export interface Codes {
  readonly rows: number;
  /** Numbers in a row. */
  readonly width: number;
  /** [row, number] */
  readonly values: Float32Array;
  /** For each row what it is the code of: a picture's path, or `test:17`. Not in NPY files. */
  readonly names?: readonly string[];
  /** For each row its class, where it has one. Not in NPY files. */
  readonly labels?: readonly number[];
}

/** The format that a file's ending says. */
export function formatOf(path: string): CodeFormat | undefined {
  const ending = extname(path).slice(1).toLowerCase();
  return codeFormats.find((format) => format === ending);
}

/** @throws AbortError */
export async function encodeCodes(codes: Codes, format: CodeFormat, signal?: AbortSignal): Promise<Uint8Array> {
  const { rows, width, values, names, labels } = codes;
  if (format === "npy") return encodeNpy({ type: "float32", shape: [rows, width], data: values });
  const lines: string[] = [];
  for (let i = 0; i < rows; i++) {
    if (isPauseDue()) await pause(signal);
    const row = Array.from(values.subarray(i * width, (i + 1) * width), shortest);
    lines.push(
      format === "json"
        ? JSON.stringify(row)
        : [
            ...(names === undefined ? [] : [csvCell(names[i] ?? "")]),
            ...(labels === undefined ? [] : [labels[i]]),
            ...row,
          ].join(","),
    );
  }
  if (format === "json") {
    const others = [
      ...(names === undefined ? [] : [`"images":${JSON.stringify(names)},`]),
      ...(labels === undefined ? [] : [`"labels":${JSON.stringify(labels)},`]),
    ].join("");
    return new TextEncoder().encode(`{${others}"codes":[${lines.join(",")}]}\n`);
  }
  const head = [
    ...(names === undefined ? [] : ["image"]),
    ...(labels === undefined ? [] : ["label"]),
    ...Array.from({ length: width }, (_, i) => `code${i}`),
  ];
  return new TextEncoder().encode(`${[head.join(","), ...lines].join("\n")}\n`);
}

/** The shortest decimal number that is this float32: nine digits are always enough. */
function shortest(value: number): number {
  for (let digits = 6; digits <= 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

/**
 * Reads a file of codes.
 * @param width numbers that a code has, for the check
 * @throws UserError for another format, another width, and numbers that are not finite, with the row
 */
export function decodeCodes(bytes: Uint8Array, path: string, width: number): Codes {
  const format = formatOf(path);
  if (format === undefined) {
    throw new UserError("is no file of codes", { at: path, hint: "Codes are read from .npy, .csv and .json files." });
  }
  const { rows, values } = { npy: fromNpy, csv: fromCsv, json: fromJson }[format](bytes, path, width);
  const place = values.findIndex((value) => !Number.isFinite(value));
  if (place >= 0) {
    throw new UserError(`row ${Math.floor(place / width) + 1} has ${values[place]} as number ${(place % width) + 1}`, {
      at: path,
      hint: "Codes are finite numbers. Were they computed from damaged pictures, or divided by zero?",
    });
  }
  return { rows, width, values };
}

type Read = (bytes: Uint8Array, path: string, width: number) => { rows: number; values: Float32Array };

function wrongWidth(path: string, found: string, width: number): UserError {
  return new UserError(`has ${found}, the model's codes have ${width}`, {
    at: path,
    hint: "Were these codes made by another model? isthmus encode makes codes of this one.",
  });
}

const fromNpy: Read = (bytes, path, width) => {
  const { shape, data } = decodeNpy(bytes, path);
  // One code may come without the axis of rows, and a code of several axes with them.
  const rows = shape.length === 1 ? 1 : (shape[0] ?? 0);
  const found = rows === 0 ? 0 : data.length / rows;
  if (found !== width) throw wrongWidth(path, `codes of ${found} numbers (shape ${shape.join("×")})`, width);
  return { rows, values: Float32Array.from(data) };
};

const fromCsv: Read = (bytes, path, width) => {
  const lines = new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  const [head = ""] = lines;
  const titles = cells(head);
  const isHead = titles.some((title) => /^code\d+$/.test(title));
  const columns = titles.flatMap((title, i) => (!isHead || /^code\d+$/.test(title) ? [i] : []));
  const body = isHead ? lines.slice(1) : lines;
  const values = new Float32Array(body.length * width);
  for (const [i, line] of body.entries()) {
    const found = cells(line);
    if (columns.length !== width || found.length !== titles.length) {
      throw wrongWidth(path, `${isHead ? columns.length : found.length} numbers in row ${i + 1}`, width);
    }
    for (const [j, column] of columns.entries()) {
      const text = found[column]?.trim() ?? "";
      values[i * width + j] = text === "" ? Number.NaN : Number(text);
    }
  }
  return { rows: body.length, values };
};

/** The cells of a line of CSV. */
function cells(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, inQuotes, plain]) =>
    inQuotes === undefined ? (plain ?? "") : inQuotes.replaceAll('""', '"'),
  );
}

const rowsSchema = z.array(z.array(z.number().nullable()));
const jsonSchema = z.union([rowsSchema, z.object({ codes: rowsSchema }).transform(({ codes }) => codes)]);

const fromJson: Read = (bytes, path, width) => {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new UserError("is not JSON", { at: path, hint: 'Expected { "codes": [[…], …] }.', cause });
  }
  const read = jsonSchema.safeParse(document);
  if (!read.success) {
    throw new UserError("has no codes", {
      at: path,
      hint: 'Expected { "codes": [[…], …] }, a list of numbers for each.',
    });
  }
  const rows = read.data;
  const wrong = rows.findIndex((row) => row.length !== width);
  if (wrong >= 0) throw wrongWidth(path, `${rows[wrong]?.length} numbers in row ${wrong + 1}`, width);
  // JSON writes null for what is not finite.
  return { rows: rows.length, values: Float32Array.from(rows.flat(), (value) => value ?? Number.NaN) };
};

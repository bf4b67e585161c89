// Whether a text is an experiment that can be trained, with the place of what is wrong. Computes alone; runs in validateThread.ts.
import { isNode, LineCounter, parseDocument } from "yaml";
import { UserError } from "../../base/errors.js";
import { experimentModel, largestDocument, readExperiment } from "../../experiment/index.js";
import { summaryText } from "../../nn/summary.js";
import { sizeOf } from "../../tensor/index.js";
import type { Validated } from "../api.js";

/** What errors call the text; the page has no file. */
const file = "experiment";

export function validate(text: string): Validated {
  try {
    const { experiment, model: spec } = readExperiment(text, file, [], refuseModules);
    const name = experiment.name;
    // A model that does not say what it takes is known when the data is looked at.
    if (spec === undefined) return { problems: [], name };
    const model = experimentModel(experiment);
    return {
      problems: [],
      name,
      summary: summaryText(model),
      parameters: model.rows.reduce((sum, { parameters }) => sum + parameters, 0),
      codeSize: sizeOf(model.codeShape),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problems: [problemOf(text, error)] };
  }
}

/** @throws UserError: what a page sends names no programs. */
export function refuseModules(): never {
  throw new UserError("modules are not loaded for a text from a page", {
    at: "use",
    hint: "Train it by the command: isthmus train FILE. It appears here as it runs.",
  });
}

/** Where a sentence belongs in the text. */
export function problemOf(text: string, { message, at, hint }: UserError): Validated["problems"][number] {
  const where = at?.startsWith(file) === true ? at.slice(file.length) : at;
  const path = where?.replace(/^:\s*/, "");
  const [, line, column] = /^:(\d+)(?::(\d+))?$/.exec(where ?? "") ?? [];
  const range =
    line === undefined
      ? rangeOf(text, path ?? "")
      : { line: Number(line), column: Number(column ?? 1), endLine: Number(line), endColumn: Number(column ?? 1) + 1 };
  return {
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(path === undefined || path === "" || line !== undefined ? {} : { at: path }),
    ...range,
  };
}

/** Lines and columns of what a path names, or of the deepest part of it that is there. */
function rangeOf(text: string, path: string) {
  const start = { line: 1, column: 1, endLine: 1, endColumn: 1 };
  if (text.length > largestDocument) return start;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const parts = path
    .replace(/\[(\d+)\]/g, ".$1")
    .split(/[.\s:]+/)
    .filter((part) => part !== "")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let length = parts.length; length >= 0; length--) {
    const node = document.getIn(parts.slice(0, length), true);
    if (!isNode(node) || node.range == null || (length === 0 && parts.length > 0)) continue;
    const [from, to] = node.range;
    const [begin, end] = [lines.linePos(from), lines.linePos(Math.max(from, to))];
    return { line: begin.line, column: begin.col, endLine: end.line, endColumn: end.col };
  }
  return start;
}

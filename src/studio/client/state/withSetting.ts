// A setting written into an experiment's text by its path, as `--set` names it; comments and order stay.
import { isMap, parseDocument } from "yaml";
import { UserError } from "../../../base/errors.js";

/** @throws UserError where the text is no YAML */
export function withSetting(text: string, path: string, value: number | string): string {
  const document = parseDocument(text, { logLevel: "silent" });
  const [problem] = document.errors;
  if (problem !== undefined) throw new UserError(problem.message, { hint: "Mend the text first." });
  const steps = path.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  // A name without options is a word (`optimizer: adam`); its first option makes a mapping of it.
  for (let length = 1; length < steps.length; length++) {
    const outer = steps.slice(0, length);
    if (document.getIn(outer) === steps[length])
      document.setIn(outer, document.createNode({ [String(steps[length])]: {} }));
    const inner: unknown = document.getIn(outer, true);
    if (isMap(inner) && inner.items.length === 0) inner.flow = true;
  }
  document.setIn(steps, value);
  return document.toString({ lineWidth: 120 });
}

// The experiments that come with this package, as a list or as text.
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { schemaLine } from "../experiment/index.js";
import { defineTask } from "./define.js";
import { findPreset, listPresets, type Preset } from "./presetFiles.js";

export const presets = defineTask({
  name: "presets",
  summary: "List the experiments that come with isthmus, or print one.",
  options: z.strictObject({
    name: z.string().optional().describe("print the experiment file of this preset"),
  }),
  /**
   * All presets, or the one that was named. The line of a text that names its schema for editors leads there from the working
   * folder, where the text becomes a file of one's own.
   * @throws UserError with the nearest name
   */
  async run({ name }): Promise<readonly Preset[]> {
    const line = schemaLine(schemaFromHere());
    return (name === undefined ? listPresets() : [findPreset(name)]).map((preset) => ({
      ...preset,
      text: preset.text.replace(new RegExp(`^${escaped(schemaLine(""))}.*`), () => line),
    }));
  },
});

const schema = new URL("../../dist/experiment.schema.json", import.meta.url);

/**
 * Where the package is in the project (below its node_modules, or the project itself), a path serves all who have the project;
 * a package installed elsewhere is found by a whole address only.
 */
export function schemaFromHere(): string {
  const path = relative("", fileURLToPath(schema)).split(sep).join("/");
  if (!/^(\.\.\/)*(node_modules\/.*)?dist\/[^/]*$/.test(path)) return schema.href;
  return path.startsWith(".") ? path : `./${path}`;
}

function escaped(text: string): string {
  return text.replace(/[$]/g, "\\$&");
}

// The experiments that come with this package, as a list or as text.
import { z } from "zod";
import { defineTask } from "./define.js";
import { findPreset, listPresets } from "./presetFiles.js";

export const presets = defineTask({
  name: "presets",
  summary: "List the experiments that come with isthmus, or print one.",
  options: z.strictObject({
    name: z.string().optional().describe("print the experiment file of this preset"),
  }),
  /** All presets, or the one that was named. @throws UserError with the nearest name */
  async run({ name }) {
    return name === undefined ? listPresets() : [findPreset(name)];
  },
});

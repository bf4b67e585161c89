// All commands, by hand. Only names and summaries: a command's code is loaded when it is asked for, so help is quick.
import type { Command } from "../define.js";

export interface CommandEntry {
  readonly name: string;
  /** The task's own summary, repeated here so that listing commands loads no task. */
  readonly summary: string;
  load(): Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: "train",
    summary: "Train an autoencoder, or go on with a training.",
    load: async () => (await import("./train.js")).train,
  },
  {
    name: "presets",
    summary: "List the experiments that come with isthmus, or print one.",
    load: async () => (await import("./presets.js")).presets,
  },
  {
    name: "summary",
    summary: "Show a model's layers, output shapes and parameters.",
    load: async () => (await import("./summary.js")).summary,
  },
  {
    name: "doctor",
    summary: "Say which engines open here, and what to install for those that do not.",
    load: async () => (await import("./doctor.js")).doctor,
  },
  {
    name: "bench",
    summary: "Measure training steps a second on this machine.",
    load: async () => (await import("./bench.js")).bench,
  },
];

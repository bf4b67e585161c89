// All commands, by hand. Only names and summaries: a command's code is loaded when it is asked for, so help is quick.
import type { Command } from "../define.js";

export interface CommandEntry {
  /** One word, or two where several commands belong together: `data show`. */
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
    name: "new",
    summary: "Write an experiment for your own pictures, made to measure, with the reason beside each choice.",
    load: async () => (await import("./new.js")).newCommand,
  },
  {
    name: "presets",
    summary: "List the experiments that come with isthmus, or print one.",
    load: async () => (await import("./presets.js")).presets,
  },
  {
    name: "list",
    summary: "List layers, losses, optimizers, schedules, transforms, sources, models and metrics, with their options.",
    load: async () => (await import("./list.js")).list,
  },
  {
    name: "schema",
    summary: "Print the JSON Schema of experiment files, by which editors complete and check them.",
    load: async () => (await import("./schema.js")).schema,
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
  {
    name: "export",
    summary: "Write a run's model as ONNX or safetensors files, checked before they are kept.",
    load: async () => (await import("./export.js")).exportCommand,
  },
  {
    name: "restore",
    summary: "Restore pictures with a trained model, and print their codes.",
    load: async () => (await import("./restore.js")).restore,
  },
  {
    name: "score",
    summary: "Score how unlike what a model learned pictures are, and show where: anomalies first.",
    load: async () => (await import("./score.js")).score,
  },
  {
    name: "find",
    summary: "Find the pictures whose codes are nearest to a picture's, or pictures that are nearly the same.",
    load: async () => (await import("./find.js")).find,
  },
  {
    name: "encode",
    summary: "Turn pictures into codes: a file of numbers, a row for each picture.",
    load: async () => (await import("./encode.js")).encode,
  },
  {
    name: "decode",
    summary: "Turn codes into pictures: a file for each, or all in one.",
    load: async () => (await import("./decode.js")).decode,
  },
  {
    name: "walk",
    summary: "Draw the way from one picture's code to another's.",
    load: async () => (await import("./walk.js")).walk,
  },
  {
    name: "sample",
    summary: "Draw pictures that a trained model makes of codes drawn by lot.",
    load: async () => (await import("./sample.js")).sample,
  },
  {
    name: "map",
    summary: "Draw the codes of pictures as points of a plane, coloured by class.",
    load: async () => (await import("./map.js")).map,
  },
  {
    name: "evaluate",
    summary: "Measure a trained model beside baselines on the same images, and show where it is worst.",
    load: async () => (await import("./evaluate.js")).evaluate,
  },
  {
    name: "probe",
    summary: "Train classifiers on a model's frozen codes: what the codes know of the classes.",
    load: async () => (await import("./probe.js")).probe,
  },
  {
    name: "compare",
    summary:
      "Put runs side by side: what differs in their settings, figures, curves, and the same images through each.",
    load: async () => (await import("./compare.js")).compare,
  },
  {
    name: "report",
    summary: "Write a run into one HTML file: figures, curves, pictures, codes, data, and how to train it again.",
    load: async () => (await import("./report.js")).report,
  },
  {
    name: "studio",
    summary: "Open the studio on this machine: watch, steer, compare and explore runs in a browser.",
    load: async () => (await import("./studio.js")).studio,
  },
  {
    name: "data list",
    summary: "List the sources of pictures, and where they are found on this machine.",
    load: async () => (await import("./data.js")).list,
  },
  {
    name: "data get",
    summary: "Fetch a data set, checked, whole or not at all; or draw one into a folder.",
    load: async () => (await import("./data.js")).get,
  },
  {
    name: "data show",
    summary:
      "Show what a data set holds and what is wrong with it: counts, sizes, values, copies, broken files, a grid of images.",
    load: async () => (await import("./data.js")).show,
  },
];

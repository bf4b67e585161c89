// What a training is asked for, and what it gives. Light: the thread that trains loads what computes.
import { z } from "zod";
import { engineNames } from "../engines/index.js";
import type { Figure } from "../nn/index.js";
import type { EpochRecord, Figures } from "../training/events.js";
import type { TaskContext } from "./define.js";
import { experimentOptions } from "./experimentOptions.js";
import type { RunPictures } from "./pictures.js";
import { trainingThreadsOption } from "./threads.js";
import { wishOptions } from "./wishes.js";

const engineChoices = ["auto", ...engineNames] as const;

export const trainOptions = z.strictObject({
  ...experimentOptions,
  experiment: experimentOptions.experiment.describe(
    "a preset's name, an experiment file (.yaml), the folder of a run, or pictures (folder:PATH) that an experiment is made for",
  ),
  ...wishOptions,
  epochs: z
    .int()
    .min(1)
    .optional()
    .describe("epochs in all; the schedule fits itself to them")
    .meta({ placeholder: "N" }),
  minutes: z
    .number()
    .min(0.1)
    .optional()
    .describe("fit epochs and schedules to so many minutes for the whole command, pictures and exports included")
    .meta({ placeholder: "N" }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .describe("seed of first weights, order of the images and dropout")
    .meta({ placeholder: "N" }),
  engine: z.enum(engineChoices).optional().describe("who computes (default: auto, the fastest that opens)"),
  threads: trainingThreadsOption(),
  dataThreads: z
    .int()
    .min(1)
    .optional()
    .describe("threads that make batches; no figure depends on it (default: as many as the processors bear)")
    .meta({ placeholder: "N" }),
  out: z
    .string()
    .regex(/\S/, "expected the name of a folder")
    .default("runs")
    .describe("folder that run folders are made in")
    .meta({ placeholder: "DIR" }),
  exact: z
    .boolean()
    .default(false)
    .describe("refuse data that do not fit the model, instead of resizing pictures or adapting layers"),
  tensorboard: z
    .boolean()
    .default(false)
    .describe("write figures and pictures of epochs for TensorBoard as well, into the run folder's tensorboard/"),
  resume: z.boolean().default(false).describe("go on with a run that was stopped or killed"),
  quick: z
    .boolean()
    .default(false)
    .describe(
      "a first look in about a minute at most: at most 10,000 training images and five epochs, fewer where the machine is slow; figures are marked",
    ),
});
export type TrainOptions = z.output<typeof trainOptions>;

/** What the thread is started with. */
export interface TrainRequest {
  readonly options: TrainOptions;
  /** When the command began, in milliseconds as `performance.timeOrigin`. */
  readonly begun: number;
}

export interface TrainResult {
  /** `stopped`: interrupted and saved; there are no figures and pictures then. */
  readonly reason: "done" | "stopped";
  /** The run folder. */
  readonly run: string;
  readonly name: string;
  /** Trained on part of the images for a first look; the figures compare with no others. */
  readonly quick: boolean;
  /** Steps done, through all phases. */
  readonly step: number;
  readonly seconds: number;
  /** The last epoch. */
  readonly last?: EpochRecord;
  /** By name, the lowest test figure of the run and its epoch. */
  readonly lowest?: Readonly<Record<string, { readonly epoch: number; readonly value: number }>>;
  /** What the figures are, in the records' order. */
  readonly figures?: readonly Figure[];
  /** Figures that need no training, on the same test split. */
  readonly baselines?: { readonly meanImage: Figures };
  readonly pictures?: RunPictures;
  /** Paths of encoder.onnx and decoder.onnx. */
  readonly exports?: readonly string[];
  /** Path of report.html. */
  readonly report?: string;
}

/** What is to be trained, told before the first step. Plain data. */
export interface TrainingPlan {
  readonly name: string;
  /** The layer table. */
  readonly summary: string;
  /** Name of the loss's figure. */
  readonly figure: string;
  readonly quick: boolean;
  /** Sentences about what was chosen on the way. */
  readonly notes: readonly string[];
}

/** What the thread tells beside events. */
export type TrainNews =
  | { readonly kind: "plan"; readonly plan: TrainingPlan }
  | { readonly kind: "progress"; readonly progress: Parameters<TaskContext["report"]>[0] };

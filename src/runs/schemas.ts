// What is read from a run folder, checked: a run may come from somebody else, and a file may be damaged or edited by hand.
import { z } from "zod";
import type {
  EnvironmentRecord,
  EpochRecord,
  HealthRecord,
  Intervention,
  TimingRecord,
  TrainingState,
} from "./records.js";

const counts = z.int().nonnegative();
/** JSON has no NaN and no Infinity: they are written as null. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const figures = z.record(z.string(), figure);

export const epochSchema: z.ZodType<EpochRecord> = z.looseObject({
  kind: z.literal("epoch"),
  phase: counts,
  epoch: z.int().positive(),
  step: counts,
  learningRate: figure,
  train: figures,
  trainEvaluated: figures.exactOptional(),
  weightsOf: z.int().min(1).exactOptional(),
  validation: figures.exactOptional(),
  test: figures,
  images: counts,
});

export const timingSchema: z.ZodType<TimingRecord> = z.looseObject({
  epoch: z.int().positive(),
  seconds: z.number(),
  evaluationSeconds: z.number(),
  imagesPerSecond: z.number(),
  dataWaitSeconds: z.number(),
  peakBytes: z.number(),
  time: z.string(),
});

export const healthSchema: z.ZodType<HealthRecord> = z.looseObject({
  epoch: z.int().positive(),
  step: counts,
  kind: z.enum(["deadUnits", "collapsedCode", "unusedUnits", "trainTestApart"]),
  message: z.string(),
  hint: z.string(),
  place: z.string().exactOptional(),
  value: figure,
  isOver: z.literal(true).exactOptional(),
});

/** More threads than any machine has; how many are started is bounded by the machine's processors besides. */
const mostThreads = 65_536;
const threadCount = z.int().positive().max(mostThreads);
/** Parts of an epoch allowed. */
const epochsOfPhases = z.array(z.number().positive());

/** A line of interventions.jsonl, and what state.json has pending. */
export const interventionSchema: z.ZodType<Intervention> = z.discriminatedUnion("command", [
  z.object({ step: counts, command: z.literal("setLearningRate"), learningRate: z.number().positive() }),
  z.object({ step: counts, command: z.literal("setEpochs"), epochs: epochsOfPhases }),
  z.object({ step: counts, command: z.literal("setThreads"), threads: threadCount }),
]);

export const environmentSchema: z.ZodType<EnvironmentRecord> = z.looseObject({
  format: z.literal(1),
  isthmus: z.string(),
  node: z.string(),
  platform: z.string(),
  engine: z.looseObject({
    name: z.string(),
    library: z.string(),
    path: z.string().exactOptional(),
    instructionSet: z.string().exactOptional(),
    threads: threadCount,
  }),
  data: z.looseObject({
    name: z.string(),
    checksums: z.record(z.string(), z.string()),
    images: z.record(z.string(), counts).exactOptional(),
  }),
  firstWeights: z.string().exactOptional(),
  started: z.string(),
});

export const stateSchema: z.ZodType<TrainingState> = z.object({
  format: z.literal(1),
  finished: z.boolean(),
  phase: counts,
  epoch: z.int().positive(),
  step: counts,
  stepInEpoch: counts,
  stepInPhase: counts,
  optimizerStep: counts,
  sums: z.object({ images: counts, figures: z.record(z.string(), z.number()) }),
  schedule: z.record(z.string(), z.number()),
  learningRate: z.number().nullable(),
  best: z.object({ epoch: counts, step: counts, figure: z.number() }).nullable(),
  metricsBytes: counts,
  interventions: counts,
  pending: z.array(interventionSchema),
  epochs: epochsOfPhases.exactOptional(),
  stretch: z.object({ step: counts, at: z.number().nonnegative() }).exactOptional(),
  threads: threadCount.exactOptional(),
});

/** What state.json says beside the state. Earlier checkpoints lack some of it. */
export const stateChecksSchema = z.object({
  /** SHA-256 of the files beside it, by name. */
  files: z.record(z.string(), z.string()).optional(),
  /** SHA-256 of the run's experiment.yaml. */
  experiment: z.string().optional(),
  /** SHA-256 of everything else in it, as JSON without spaces. */
  sha256: z.string().optional(),
});

/** `at train.mse: expected number …`, of the first thing that a schema found. */
export function whereDamaged(error: z.ZodError, what: string): string {
  const issue = error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  const message = (issue?.message ?? `not ${what}`)
    .replace(/^Invalid input: /, "")
    .replace(/\breceived undefined$/, "got nothing")
    .replace(/\breceived\b/, "got");
  return `is damaged${where}: ${message}`;
}

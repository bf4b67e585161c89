// What a training says while it runs, and what it can be told. Plain data: crosses threads, sockets and JSON.
import type { EpochRecord, Intervention, TimingRecord } from "../runs/records.js";

export type { EpochRecord, Figures, Intervention, TimingRecord } from "../runs/records.js";

export type TrainingEvent =
  /**
   * Before the first step, from data or first weights that take their time, and where the training waits for pictures that are still
   * being decoded: how much is done, at most.
   */
  | {
      readonly kind: "preparing";
      readonly done: number;
      /** 0 where it is not known. */
      readonly of: number;
      readonly what: string;
      /** Of what is counted, since it began. */
      readonly perSecond?: number;
    }
  | {
      readonly kind: "started";
      /** The run folder. */
      readonly run: string;
      readonly name: string;
      readonly engine: {
        readonly name: string;
        readonly library: string;
        readonly threads: number;
        readonly instructionSet?: string;
      };
      readonly parameters: number;
      /** The objective as a formula. */
      readonly formula: string;
      /** Of all phases that run. */
      readonly epochs: number;
      readonly stepsPerEpoch: number;
      readonly trainImages: number;
      readonly testImages: number;
      /** Steps already done, when resumed. */
      readonly fromStep: number;
      readonly resumed: boolean;
    }
  | {
      readonly kind: "phase";
      readonly phase: number;
      readonly name: string;
      readonly epochs: number;
      readonly batchSize: number;
    }
  /** At most about ten a second. */
  | {
      readonly kind: "step";
      readonly phase: number;
      readonly epoch: number;
      /** Steps done in this epoch. */
      readonly stepInEpoch: number;
      readonly stepsPerEpoch: number;
      readonly step: number;
      readonly learningRate: number;
      /** Running mean of the objective over the epoch so far. */
      readonly objective: number;
      readonly imagesPerSecond: number;
      /** Of the whole training. */
      readonly secondsLeft: number;
      /** Where the training began before all pictures were decoded, while that goes on: files that are done, of all. */
      readonly reading?: { readonly done: number; readonly of: number };
    }
  | {
      readonly kind: "epoch";
      readonly record: EpochRecord;
      readonly timing: TimingRecord;
      readonly secondsLeft: number;
      /** Of the whole training so far: epochs that were trained before it was taken up, and all that this process did. */
      readonly secondsSpent: number;
    }
  | { readonly kind: "checkpoint"; readonly step: number; readonly path: string }
  | { readonly kind: "warning"; readonly message: string; readonly hint?: string }
  /** What was chosen on the way. */
  | { readonly kind: "note"; readonly message: string }
  /** `why`: of one that nobody asked for. */
  | { readonly kind: "intervened"; readonly intervention: Intervention; readonly why?: string }
  /** A picture of what the model makes of the first test images so far; the file is whole. */
  | {
      readonly kind: "preview";
      readonly step: number;
      readonly epoch: number;
      readonly path: string;
      /** A sheet of images/epochs, which stays; where it is absent, the next picture takes this one's place. */
      readonly isKept?: true;
    }
  /** `stopped`: by command, saved, can be resumed. */
  | {
      readonly kind: "finished";
      readonly reason: "done" | "stopped";
      readonly run: string;
      readonly step: number;
      readonly seconds: number;
    };

export type TrainingCommand =
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  /** Finish the step, save a checkpoint, end. */
  | { readonly kind: "stop" }
  /** Train at this rate until the phase ends; the next phase follows its schedule again. */
  | { readonly kind: "setLearningRate"; readonly learningRate: number }
  /** Train each phase for so many epochs, parts of one allowed; schedules are stretched. At least one more step is taken. */
  | { readonly kind: "setEpochs"; readonly epochs: readonly number[] }
  /** Compute in so many threads from the next step on. */
  | { readonly kind: "setThreads"; readonly threads: number };

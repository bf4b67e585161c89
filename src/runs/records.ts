// What the lines and small files of a run folder hold. Plain data: crosses threads, sockets and JSON.

/** Means over images, by name: `objective`, `mse` … */
export type Figures = Readonly<Record<string, number>>;

/** A line of metrics.jsonl. */
export interface EpochRecord {
  readonly kind: "epoch";
  /** From 0. */
  readonly phase: number;
  /** Through all phases, from 1. */
  readonly epoch: number;
  /** Steps done, through all phases. */
  readonly step: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
  /** Running mean over the epoch, in training mode. */
  readonly train: Figures;
  /** The same images in inference mode, with the epoch's last weights, without augmentation. */
  readonly trainEvaluated?: Figures;
  readonly validation?: Figures;
  /** Inference mode, whole split. */
  readonly test: Figures;
  /** Training images seen in this epoch. */
  readonly images: number;
  /** The epoch that the weights of these figures are of, where a phase that keeps its best ones ends with those of an earlier one. */
  readonly weightsOf?: number;
}

/** A line of timing.jsonl. Apart from the metrics, so that equal runs have equal metrics byte for byte. */
export interface TimingRecord {
  readonly epoch: number;
  /** Training steps of the epoch, without evaluation and checkpoint. */
  readonly seconds: number;
  readonly evaluationSeconds: number;
  readonly imagesPerSecond: number;
  /** Time in which the step waited for data. */
  readonly dataWaitSeconds: number;
  /** Largest resident size of the process so far. */
  readonly peakBytes: number;
  /** ISO 8601. */
  readonly time: string;
}

/** A line of interventions.jsonl: a command that changed the numbers, with the steps done when it took effect. */
export type Intervention =
  | { readonly step: number; readonly command: "setLearningRate"; readonly learningRate: number }
  /** Epochs of each phase from then on, parts of one allowed; of phases that were done, what they had. */
  | { readonly step: number; readonly command: "setEpochs"; readonly epochs: readonly number[] }
  | { readonly step: number; readonly command: "setThreads"; readonly threads: number };

/**
 * `deadUnits`: units of a relu that are 0 for every image. `collapsedCode`: a code that says nothing of the picture. `unusedUnits`: many
 * units of a variational code that say nothing, which may be as it should. `trainTestApart`: figures on train and test part.
 */
export type HealthKind = "deadUnits" | "collapsedCode" | "unusedUnits" | "trainTestApart";

/** A line of health.jsonl: something that a person should know of the model, said once for each kind and place and when it changes. */
export interface HealthRecord {
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
  readonly kind: HealthKind;
  readonly message: string;
  readonly hint: string;
  /** The layer, as its parameters are called: `encoder.3`; or `code`, `decoder`. */
  readonly place?: string;
  /** What it was judged by; larger is worse. */
  readonly value: number;
  /** What was said before does not hold any more. */
  readonly isOver?: true;
}

/** environment.json: what a run was computed with; two runs are equal bit for bit where these are. */
export interface EnvironmentRecord {
  readonly format: 1;
  readonly isthmus: string;
  readonly node: string;
  readonly platform: string;
  readonly engine: {
    readonly name: string;
    readonly library: string;
    readonly path?: string;
    readonly instructionSet?: string;
    readonly threads: number;
  };
  readonly data: {
    readonly name: string;
    /** None while the pictures of a training that has begun are still being decoded, and of a run that was stopped then. */
    readonly checksums: Readonly<Record<string, string>>;
    /** Images by split. */
    readonly images?: Readonly<Record<string, number>>;
  };
  /** Of a training that began with the weights of another: SHA-256 of their numbers. */
  readonly firstWeights?: string;
  /** ISO 8601. */
  readonly started: string;
}

/** state.json: where the training stands, beside weights and optimizer slots. Always the state before the next step. */
export interface TrainingState {
  readonly format: 1;
  /** True after the last step of the last phase: nothing is left to do. */
  readonly finished: boolean;
  /** Index of the phase that the next step belongs to, from 0, among all that the experiment writes down. */
  readonly phase: number;
  /** The epoch that the next step belongs to, through all phases, from 1. */
  readonly epoch: number;
  /** Steps done, through all phases. */
  readonly step: number;
  readonly stepInEpoch: number;
  readonly stepInPhase: number;
  /** Steps since the optimizer's slots were fresh. */
  readonly optimizerStep: number;
  /** Sums over the epoch's images so far, in training mode: figure times images. */
  readonly sums: { readonly images: number; readonly figures: Figures };
  /** What the schedule remembers. */
  readonly schedule: Readonly<Record<string, number>>;
  /** The learning rate that a person has set for the rest of the phase. */
  readonly learningRate: number | null;
  /** Epochs of each phase, parts of one allowed, where an intervention has set them. */
  readonly epochs?: readonly number[];
  /** Where the phase's length was last set: after so many of its steps, `at` that step of its schedule. */
  readonly stretch?: { readonly step: number; readonly at: number };
  /** Threads that compute, where an intervention has set them. */
  readonly threads?: number;
  /** The lowest watched figure of the phase so far. */
  readonly best: { readonly epoch: number; readonly step: number; readonly figure: number } | null;
  /** Length of metrics.jsonl. */
  readonly metricsBytes: number;
  /** Lines of interventions.jsonl that have taken effect. */
  readonly interventions: number;
  /** Interventions that are still to be replayed. */
  readonly pending: readonly Intervention[];
}

// What looks after a training while it runs, beside a person: it sees how long steps take and wants commands.
import type { OpenSource } from "../data/define.js";
import type { TrainingState } from "../runs/records.js";
import type { TrainingCommand } from "./events.js";
import type { PlannedPhase } from "./plan.js";

/** A command that changes numbers, as a person could have given it. */
export interface WantedCommand {
  readonly command: Extract<TrainingCommand, { kind: "setEpochs" | "setThreads" }>;
  /** Half a sentence for people. */
  readonly why?: string;
}

/** Times are milliseconds on the training's clock; none of them enters weights but by a command that is written down. */
export interface Watch {
  /** After each step. @param taken from asking for its batches to its end */
  stepped(taken: { readonly phase: number; readonly milliseconds: number; readonly now: number }): void;
  /** After an epoch's evaluation and checkpoint, which took so long together. */
  epochEnded(milliseconds: number): void;
  /** The training has rested for so long. */
  paused(milliseconds: number): void;
  /** Before each step: what is to take effect now. */
  wanted(
    state: Pick<TrainingState, "phase" | "stepInPhase" | "epochs" | "threads">,
    now: number,
  ): readonly WantedCommand[];
}

export type OpenWatch = (training: {
  readonly plan: readonly PlannedPhase[];
  readonly source: Pick<OpenSource, "splits">;
  /** Steps of each phase. */
  readonly lengths: readonly number[];
  /** When the training began. */
  readonly began: number;
}) => Watch;

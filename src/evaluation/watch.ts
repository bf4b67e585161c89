// Who watches long work.

export interface Progress {
  readonly done: number;
  readonly of: number;
  /** What is being done, for people. */
  readonly what: string;
}

/** Is told how far work is, and may end it. */
export interface Watch {
  readonly report: (progress: Progress) => void;
  /** Heard between pieces of the work, which throws an AbortError then. */
  readonly signal: AbortSignal;
}

// Training from a program: a model on one's own pictures, or an experiment by name, file or data. It runs in a thread of its
// own; the program hears its events, may tell it things, and has a trained model at the end.
import { UserError } from "../base/errors.js";
import { throwIfAborted } from "../base/turns.js";
import type { EngineChoice } from "../engines/index.js";
import type { TrainingCommand, TrainingEvent } from "../training/events.js";
import { type ImageSource, isImageSource, isPixels, readImages } from "./images.js";
import type { DataSpec, ExperimentFields, ModelSpec, PhaseFields } from "./options.js";
import type { Job } from "./protocol.js";
import { type LibraryThread, startThread } from "./thread.js";
import { type Trained, trainedOf } from "./trained.js";

/** What an experiment says beside its data and model. */
type ExperimentSettings = Partial<Omit<ExperimentFields, "version" | "data" | "model" | "use">>;
/** What a phase takes. Of an experiment that has its phases, it holds for all of them. */
type PhaseSettings = Omit<PhaseFields, "name" | "from" | "carryOptimizer">;

export interface TrainOptions extends ExperimentSettings, PhaseSettings {
  /** who computes (default: auto, the fastest that opens) */
  readonly engine?: EngineChoice;
  /**
   * threads that compute (default: what the engine takes); auto takes fewer while other work makes that faster, and notes it among
   * the run's interventions, for figures then differ in their last digits
   */
  readonly threads?: number | "auto";
  /** fit epochs and schedules to so many minutes, from the call to the result */
  readonly minutes?: number;
  /** threads that make batches; no figure depends on it (default: as many as the processors bear) */
  readonly dataThreads?: number;
  /** folder that a run folder is made in, with pictures of its epochs (default: none; nothing is written) */
  readonly folder?: string;
  /** write TensorBoard's event files into the run's folder too (default false) */
  readonly tensorboard?: boolean;
  /** aborting it ends the training: `result` rejects with an AbortError */
  readonly signal?: AbortSignal;
  /** modules that define layers, losses and transforms of one's own: URLs, paths relative to the working folder, packages */
  readonly use?: readonly (string | URL)[];
  /** go on with the run that is named, which was stopped or killed; its pictures are handed in again where they were arrays */
  readonly resume?: boolean;
  /** refuse data that do not fit the model, instead of resizing pictures or adapting layers (default false) */
  readonly exact?: boolean;
  /** load the modules that a named run comes with, though it comes from elsewhere (default false) */
  readonly allowCode?: boolean;
}

/** A training that runs. Iterating over it gives its events. */
export interface Training extends AsyncIterable<TrainingEvent> {
  /**
   * The trained model, when the training is done or was stopped. Rejects with a UserError for what a person can mend, with an
   * AbortError when the signal was aborted.
   */
  readonly result: Promise<Trained>;
  /** Takes effect before the next step. After the end it does nothing. */
  command(command: TrainingCommand): void;
  /** Rests before the next step, until `resume` or `stop`. */
  pause(): void;
  resume(): void;
  /** Ends after this step; `result` is the model so far. */
  stop(): void;
  /** Trains at this rate until the phase ends. */
  setLearningRate(learningRate: number): void;
  /**
   * Every event from the first on, whenever it is called: events are kept, and several may iterate. Ends with the training;
   * throws what `result` rejects with.
   */
  [Symbol.asyncIterator](): AsyncIterator<TrainingEvent, void>;
}

/**
 * Trains in a thread of its own. Nothing is written unless `folder` is named.
 * @param what a model (`autoencoder(…)`); or an experiment: a preset's name, a file's path, the folder of a run, or data
 * @param data pictures: `images(…)`, or a source as in an experiment (`"mnist"`, `{ source: "folder", path: "./digits" }`); an
 *   experiment's own where it is left out
 * @param options of a model: `loss` and `epochs` (or `minutes`) at least; of an experiment: what is to be changed
 */
export function train(
  what: ModelSpec | string | ExperimentFields,
  data: ImageSource | DataSpec,
  options: TrainOptions,
): Training;
/** Trains an experiment as it is, or with some settings changed. */
export function train(what: string | ExperimentFields, options?: TrainOptions): Training;
export function train(
  what: string | ExperimentFields | ModelSpec,
  second?: ImageSource | DataSpec | TrainOptions,
  third?: TrainOptions,
): Training {
  if (isPixels(second)) {
    throw new UserError("expected images(…), got an array", {
      at: "train",
      hint: "Say what its numbers are: images(pixels, { shape: [1, 28, 28] }).",
    });
  }
  const isData = typeof second === "string" || isImageSource(second) || isMapping(second, "source");
  if (third === undefined && !isData) return begin(what, undefined, (second ?? {}) as TrainOptions);
  return begin(what, second as ImageSource | DataSpec | undefined, third ?? {});
}

function isMapping(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && key in value;
}

function begin(what: unknown, data: ImageSource | DataSpec | undefined, options: TrainOptions): Training {
  const events: TrainingEvent[] = [];
  let settled: { readonly error?: unknown } | undefined;
  let wake: () => void = () => {};
  let news = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const tell = (): void => {
    wake();
    news = new Promise<void>((resolve) => {
      wake = resolve;
    });
  };
  let thread: LibraryThread | undefined;
  const early: TrainingCommand[] = [];
  const command = (one: TrainingCommand): void => {
    if (settled !== undefined) return;
    if (thread === undefined) early.push(one);
    else thread.command(one);
  };
  const { signal } = options;

  const run = async (): Promise<Trained> => {
    const job = await jobOf(what, data, options);
    throwIfAborted(signal);
    thread = startTraining(job, {
      ...(options.allowCode === undefined ? {} : { allowCode: options.allowCode }),
      onEvent(event) {
        events.push(event);
        tell();
      },
    });
    for (const one of early) thread.command(one);
    const begun = thread;
    // Without a folder there is nothing to save; with one, the step is finished and the checkpoint written whole.
    const abort = (): void => {
      if (options.folder === undefined && options.resume !== true) void begun.end();
      else begun.command({ kind: "stop" });
    };
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const opened = await begun.opened;
      throwIfAborted(signal);
      return trainedOf(begun, opened);
    } catch (error) {
      await begun.end();
      throwIfAborted(signal);
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  };

  const result = run();
  result.then(
    () => {
      settled = {};
      tell();
    },
    (error: unknown) => {
      settled = { error };
      tell();
    },
  );
  return {
    result,
    command,
    pause: () => command({ kind: "pause" }),
    resume: () => command({ kind: "resume" }),
    stop: () => command({ kind: "stop" }),
    setLearningRate: (learningRate) => command({ kind: "setLearningRate", learningRate }),
    async *[Symbol.asyncIterator]() {
      for (let next = 0; ; ) {
        const event = events[next];
        if (event !== undefined) {
          next += 1;
          yield event;
        } else if (settled === undefined) {
          await news;
        } else if ("error" in settled) {
          throw settled.error;
        } else {
          return;
        }
      }
    },
  };
}

function startTraining(...given: Parameters<typeof startThread>): LibraryThread {
  try {
    return startThread(...given);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "DataCloneError") throw error;
    throw new UserError("a model and its settings are plain data, and this holds something else", {
      at: "train",
      hint: `Functions do not cross to the training's thread (${error.message}).`,
      cause: error,
    });
  }
}

async function jobOf(
  what: unknown,
  data: ImageSource | DataSpec | undefined,
  options: TrainOptions,
): Promise<Extract<Job, { kind: "train" }>> {
  const begun = performance.timeOrigin + performance.now();
  const {
    engine,
    threads,
    minutes,
    dataThreads,
    folder,
    tensorboard,
    signal,
    use = [],
    resume,
    exact,
    allowCode: _,
    ...settings
  } = options;
  throwIfAborted(signal);
  if (minutes !== undefined && !(Number.isFinite(minutes) && minutes > 0)) {
    throw new UserError(`expected a number of minutes above 0, got ${String(minutes)}`, { at: "minutes" });
  }
  if (minutes !== undefined && settings.epochs !== undefined) {
    throw new UserError("does not go with epochs: the time says how many there are", { at: "minutes" });
  }
  if (tensorboard === true && folder === undefined && resume !== true) {
    throw new UserError("its files lie in the run's folder, and there is none", {
      at: "tensorboard",
      hint: 'Name a folder for runs: folder: "runs".',
    });
  }
  const pictures = isImageSource(data) ? { images: await readImages(data) } : data === undefined ? {} : { data };
  return {
    kind: "train",
    what,
    ...pictures,
    settings,
    use: use.map((name) => (name instanceof URL ? name.href : String(name))),
    ...(resume === undefined ? {} : { resume }),
    ...(folder === undefined ? {} : { folder }),
    ...(tensorboard === undefined ? {} : { tensorboard }),
    ...(dataThreads === undefined ? {} : { dataThreads }),
    ...(exact === undefined ? {} : { exact }),
    ...(minutes === undefined ? {} : { time: { minutes, begun } }),
    ...(threads === "auto" ? { autoThreads: true } : {}),
    compute: { ...(engine === undefined ? {} : { engine }), ...(typeof threads === "number" ? { threads } : {}) },
  };
}

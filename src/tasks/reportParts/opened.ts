// What of a run opens, each part when it is first asked for and once; and sections that say why they are not there.
import { describeUserError, UserError } from "../../base/errors.js";
import { isAbortError } from "../../base/turns.js";
import type { OpenSource } from "../../data/define.js";
import type { ResolvedExperiment } from "../../experiment/index.js";
import { type Decoding, hasDecoder, type RunModel } from "../../inference/index.js";
import { kindText } from "../../nn/index.js";
import type { Section } from "../../report/reportData.js";
import {
  type EnvironmentRecord,
  type EpochRecord,
  type RunFolder,
  readEnvironment,
  readLog,
} from "../../runs/index.js";
import type { OpenTraining } from "../../training/run.js";
import { openData } from "../codeSpace.js";
import type { TaskContext } from "../define.js";
import { resolveExperiment } from "../experiment.js";
import { openRunModel } from "../runModel.js";
import { resolveWithData } from "../summary.js";

/** A run as sections see it. What does not open throws again wherever it is asked for. */
export interface OpenedRun {
  readonly run: RunFolder;
  readonly watch: Pick<TaskContext, "report" | "signal">;
  records(): Promise<readonly EpochRecord[]>;
  environment(): Promise<EnvironmentRecord>;
  resolved(): Promise<ResolvedExperiment>;
  source(): Promise<OpenSource>;
  model(): Promise<RunModel>;
  /** @throws UserError for a model without a decoder, which stays open */
  decoding(): Promise<RunModel & Decoding>;
  dispose(): Promise<void>;
}

/**
 * @param open what a training that ends has open already
 */
export function openReported(run: RunFolder, watch: OpenedRun["watch"], open?: OpenTraining): OpenedRun {
  const environment = once(async () => readEnvironment(run));
  const resolved = once(async () =>
    open === undefined ? await resolveWithData(resolveExperiment({ experiment: run.path }).read) : open.resolved,
  );
  const source = once(async () =>
    open === undefined ? await openData({ experiment: (await resolved()).experiment, run }, watch) : open.source,
  );
  let opened: RunModel | undefined;
  const model = once(async () => {
    opened = await openRunModel(run.path, open === undefined ? {} : { open });
    return opened;
  });
  return {
    ...{ run, watch, environment, resolved, source, model },
    records: once(async () => readLog(run, "metrics.jsonl")),
    async decoding() {
      const found = await model();
      if (hasDecoder(found)) return found;
      throw new UserError(`${kindText(found.experiment.model.kind)} has no decoder: it makes no pictures`);
    },
    async dispose() {
      opened?.dispose();
    },
  };
}

/** What `make` gives when it is first asked, every time. */
export function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * What `make` gives, or why it can't be made: of a run that is damaged, unfinished, or of a model that has no such thing.
 * @throws AbortError
 */
export async function section<Data>(
  { run }: Pick<OpenedRun, "run">,
  make: () => Promise<Data>,
): Promise<Section<Data>> {
  try {
    return { data: await make() };
  } catch (error) {
    if (isAbortError(error)) throw error;
    return { data: null, why: withoutPaths(run.path, reasonOf(error)) };
  }
}

/** Every error is one sentence of a report: a run may be damaged in ways that nobody has thought of. */
function reasonOf(error: unknown): string {
  if (error instanceof UserError) return describeUserError(error);
  return error instanceof Error ? error.message : String(error);
}

/** The text without the place of the run on this machine: copies of a run have the same report. */
export function withoutPaths(path: string, text: string): string {
  return text.replaceAll(`${path}/`, "").replaceAll(`${path}\\`, "").replaceAll(path, "RUN");
}

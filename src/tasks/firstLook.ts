// What a model makes of the first test images while it is trained: images/reconstructions-latest.png, after the first steps and at
// epochs, as far as there is time for it; and images/epochs, a sheet of each kept epoch, whatever the time. The pictures are computed in
// the training's own session; a thread of its own draws them.
import { join } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Executable, Session } from "../engines/engine.js";
import { pictureModel } from "../inference/pictureModel.js";
import { reconstructProgram } from "../nn/index.js";
import { readableEpochPictures } from "../runs/epochPictures.js";
import type { Look, LookMoment } from "../training/loop.js";
import type { OpenTraining } from "../training/run.js";
import { type EpochSheets, epochSheets, type SheetsJob } from "./epochSheets.js";
import { shownBatch, shownImages, shownImagesOf } from "./shownImages.js";

/** The most that the large picture may cost together with all that was drawn before, as a part of the training's time. */
const mostPart = 0.02;

/** Sheets that may wait for the drawing thread: epochs that are shorter than a sheet's drawing wait for it. */
const mostWaiting = 8;

/** What the drawing thread is sent. */
export type DrawingJob = LookJob | SheetsJob;

export interface LookJob {
  readonly kind: "look";
  readonly step: number;
  readonly epoch: number;
  readonly path: string;
  readonly shape: readonly number[];
  readonly originals: Float32Array;
  readonly inputs?: Float32Array;
  readonly reconstructions: Float32Array;
}

/** What it answers: how long it took, or why there is no picture. */
export type DrawingAnswer = Pick<DrawingJob, "kind" | "step" | "epoch" | "path"> &
  ({ readonly milliseconds: number } | { readonly failure: string });

/** Opens the look of a run; the thread begins with the first pictures. */
export function openLook({ run, resolved, source }: Omit<OpenTraining, "engine">): Look {
  const { experiment, model } = resolved;
  const { test } = source.splits;
  const path = join(run.path, "images", "reconstructions-latest.png");
  const shown = shownImagesOf(test, shownImages, readableEpochPictures(run));
  const sheets = epochSheets({ run, experiment, source, shown });
  let worker: Worker | undefined;
  const { port1: port, port2: far } = new MessageChannel();
  /** Jobs of each kind that were sent and not answered. */
  const waiting = { look: 0, sheets: 0 };
  /** Of the training thread and of the drawing thread, so far. */
  let spent = 0;
  let last = 0;
  const isOff = { look: false, sheets: false };
  const problems: string[] = [];
  const programs = new WeakMap<Session, Executable>();

  const executableFor = async (session: Session, isAveraged: boolean, count: number): Promise<Executable> => {
    const known = programs.get(session);
    if (known !== undefined) return known;
    const program = reconstructProgram(pictureModel(model, experiment.loss), count, isAveraged);
    const made = await session.compile(program);
    programs.set(session, made);
    return made;
  };
  const fail = (kind: DrawingJob["kind"], reason: string): void => {
    if (kind === "sheets" && !isOff.sheets)
      problems.push(`pictures of epochs (images/epochs) are kept no more: ${reason}`);
    isOff[kind] = true;
  };
  const hear = (): readonly DrawingAnswer[] => {
    const answers: DrawingAnswer[] = [];
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      const answer = next.message as DrawingAnswer;
      waiting[answer.kind] -= 1;
      if ("milliseconds" in answer) {
        spent += answer.milliseconds;
        answers.push(answer);
      } else fail(answer.kind, answer.failure);
    }
    return answers;
  };
  const heard: DrawingAnswer[] = [];
  /** Until no more than so many sheets are still to be drawn. */
  const untilDrawn = async (most: number): Promise<void> => {
    for (;;) {
      heard.push(...hear());
      if (worker === undefined || waiting.sheets <= most) return;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const send = (job: DrawingJob): void => {
    if (worker === undefined) {
      worker = new Worker(new URL("./firstLookWorker.js", import.meta.url), {
        workerData: { port: far },
        transferList: [far],
      });
      // A picture less is no reason to end a training.
      const isGone = (reason: string): void => {
        fail("look", reason);
        fail("sheets", reason);
        worker = undefined;
      };
      worker.on("error", (error) => isGone(error instanceof Error ? error.message : String(error)));
      worker.on("exit", () => isGone("the thread that draws them has ended"));
      worker.unref();
    }
    waiting[job.kind] += 1;
    port.postMessage(job);
  };
  const isLookDue = ({ milliseconds, epochEnd }: LookMoment): boolean => {
    // At the end of all the whole picture is drawn in its place.
    if (isOff.look || waiting.look > 0 || epochEnd?.isLast === true) return false;
    // The first one always: that is what it is for. Later ones wait until what one costs is a small part of the time since.
    return last === 0 || mostPart * milliseconds >= spent + last;
  };
  return {
    async take({ session }, moment) {
      heard.push(...hear());
      const { phase, isAveraged, step, epoch, epochEnd } = moment;
      const isDue = isLookDue(moment);
      const sheet = isOff.sheets || epochEnd === undefined ? undefined : openSheet(sheets, epoch, epochEnd, fail);
      if (!isDue && sheet === undefined) return;
      const began = performance.now();
      const seed = experiment.evaluationSeed;
      const { originals, inputs } = shownBatch(test, shown, { corrupt: phase.corrupt, seed });
      const { reconstruction } = await (await executableFor(session, isAveraged, shown.count)).run({ input: inputs });
      if (reconstruction === undefined) return;
      const moreInputs = phase.corrupt.length === 0 ? {} : { inputs };
      if (sheet !== undefined) {
        await untilDrawn(mostWaiting - 1);
        send({ ...sheet.job({ originals, reconstructions: reconstruction, ...moreInputs }, phase), step, epoch });
      }
      spent += performance.now() - began;
      if (!isDue) return;
      send({
        kind: "look",
        ...{ step, epoch, path, originals, shape: test.shape },
        reconstructions: Float32Array.from(reconstruction),
        ...moreInputs,
      });
      last = performance.now() - began;
    },
    drawn: () =>
      [...heard.splice(0), ...hear()].map(({ kind, step, epoch, path: file }) => ({
        ...{ step, epoch, path: file },
        ...(kind === "sheets" ? { isKept: true as const } : {}),
      })),
    problems: () => problems.splice(0),
    settle: () => untilDrawn(0),
    async close() {
      const running = worker;
      if (running === undefined) return;
      await new Promise<void>((resolve) => {
        running.on("exit", () => resolve());
        running.ref();
        // It ends when it has drawn what it was sent.
        port.postMessage("end");
      });
      port.close();
    },
  };
}

function openSheet(
  sheets: EpochSheets | undefined,
  epoch: number,
  epochEnd: NonNullable<LookMoment["epochEnd"]>,
  fail: (kind: "sheets", reason: string) => void,
) {
  try {
    return sheets?.due(epoch, epochEnd);
  } catch (error) {
    fail("sheets", error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

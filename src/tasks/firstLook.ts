// What a model makes of the first test images while it is trained: images/reconstructions-latest.png, after the first steps and at each
// epoch. The pictures are computed in the training's own session; a thread of its own draws them.
import { join } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { sequentialBatches } from "../data/sequentialBatches.js";
import type { Executable, Session } from "../engines/engine.js";
import { pictureModel } from "../inference/pictureModel.js";
import { reconstructProgram } from "../nn/index.js";
import type { Look } from "../training/loop.js";
import type { OpenTraining } from "../training/run.js";
import { shownImages } from "./pictures.js";

/** The most that pictures may cost, as a part of the training's time. */
const mostPart = 0.02;

/** What the drawing thread is sent. */
export interface LookJob {
  readonly step: number;
  readonly epoch: number;
  readonly path: string;
  readonly shape: readonly number[];
  readonly originals: Float32Array;
  readonly inputs?: Float32Array;
  readonly reconstructions: Float32Array;
}

/** What it answers: how long it took, or why there is no picture. */
export type LookAnswer = { readonly step: number; readonly epoch: number; readonly path: string } & (
  | { readonly milliseconds: number }
  | { readonly failure: string }
);

/** Opens the look of a run; the thread begins with the first pictures. */
export function openLook({ run, resolved, source }: Omit<OpenTraining, "engine">): Look {
  const { experiment, model } = resolved;
  const { test } = source.splits;
  const path = join(run.path, "images", "reconstructions-latest.png");
  let worker: Worker | undefined;
  const { port1: port, port2: far } = new MessageChannel();
  let isBusy = false;
  /** Of the training thread and of the drawing thread, so far. */
  let spent = 0;
  let last = 0;
  let isOff = false;
  const programs = new WeakMap<Session, Executable>();

  const executableFor = async (session: Session, isAveraged: boolean, count: number): Promise<Executable> => {
    const known = programs.get(session);
    if (known !== undefined) return known;
    const program = reconstructProgram(pictureModel(model, experiment.loss), count, isAveraged);
    const made = await session.compile(program);
    programs.set(session, made);
    return made;
  };
  const hear = (): readonly LookAnswer[] => {
    const answers: LookAnswer[] = [];
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      const answer = next.message as LookAnswer;
      isBusy = false;
      if ("milliseconds" in answer) {
        spent += answer.milliseconds;
        answers.push(answer);
      } else isOff = true;
    }
    return answers;
  };
  const waiting: LookAnswer[] = [];
  return {
    async take({ session }, { phase, isAveraged, step, epoch, milliseconds }) {
      waiting.push(...hear());
      // The first one always: that is what it is for. Later ones wait until what one costs is a small part of the time since.
      const isDue = last === 0 || mostPart * milliseconds >= spent + last;
      if (isOff || isBusy || !isDue) return;
      const began = performance.now();
      const batches = sequentialBatches(test, shownImages, { corrupt: phase.corrupt, seed: experiment.evaluationSeed });
      const count = batches.fill(0);
      const originals = batches.view(count).slice();
      const inputs = batches.input(count).slice();
      const { reconstruction } = await (await executableFor(session, isAveraged, count)).run({ input: inputs });
      if (reconstruction === undefined) return;
      const job: LookJob = {
        ...{ step, epoch, path, originals, shape: test.shape },
        reconstructions: Float32Array.from(reconstruction),
        ...(phase.corrupt.length === 0 ? {} : { inputs }),
      };
      if (worker === undefined) {
        worker = new Worker(new URL("./firstLookWorker.js", import.meta.url), {
          workerData: { port: far },
          transferList: [far],
        });
        // A picture less is no reason to end a training.
        worker.on("error", () => {
          isOff = true;
        });
        worker.on("exit", () => {
          isOff = true;
          worker = undefined;
        });
        worker.unref();
      }
      isBusy = true;
      port.postMessage(job);
      last = performance.now() - began;
      spent += last;
    },
    drawn: () => [...waiting.splice(0), ...hear()].map(({ step, epoch, path: file }) => ({ step, epoch, path: file })),
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

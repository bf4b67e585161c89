// The thread behind the library: it trains or opens a model, then keeps it and answers what is asked of it, so that the thread
// that uses the library is never held up.
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { throwIfAborted } from "../base/turns.js";
import { type ThreadDefinitions, takeDefinitions } from "../data/ownModules.js";
import { diskFileSystem, openRun } from "../runs/index.js";
import { memoryFileSystem } from "../runs/memoryFileSystem.js";
import { boardBeside } from "../tasks/boardBeside.js";
import type { TrainingCommand } from "../training/events.js";
import type { Surroundings } from "../training/loop.js";
import { processorLoad } from "../training/processorLoad.js";
import { packError } from "../training/protocol.js";
import { trainRead } from "../training/run.js";
import { requestOf } from "./experimentOf.js";
import { openHanded } from "./handedSource.js";
import { type OpenModel, openTrainedOnnx, openTrainedRun } from "./openTrained.js";
import type { CallMessage, Job, ThreadMessage } from "./protocol.js";

export interface ThreadData {
  readonly job: Job;
  readonly own: ThreadDefinitions;
  /** Commands of a training come here, and calls after it; everything else goes out. */
  readonly port: MessagePort;
  readonly commands: MessagePort;
}

const { job, own, port, commands } = workerData as ThreadData;
const send = (message: ThreadMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const bell = new Int32Array(new SharedArrayBuffer(4));

const surroundings: Surroundings = {
  emit: (event) => send({ kind: "event", event }),
  poll() {
    const heard: TrainingCommand[] = [];
    for (let next = receiveMessageOnPort(commands); next !== undefined; next = receiveMessageOnPort(commands)) {
      heard.push(next.message as TrainingCommand);
    }
    return heard;
  },
  wait: (milliseconds) => void Atomics.wait(bell, 0, 0, milliseconds),
  milliseconds: () => performance.now(),
  time: () => new Date().toISOString(),
  peakBytes: () => process.resourceUsage().maxRSS * 1024,
  load: processorLoad,
};

async function train(asked: Extract<Job, { kind: "train" }>): Promise<OpenModel> {
  const { images, dataThreads, compute, time, autoThreads } = asked;
  const files = memoryFileSystem(diskFileSystem);
  const request = requestOf(asked, files, surroundings.time().slice(0, 10));
  // Where a folder is written, what people look at is written too.
  const isWritten = asked.folder !== undefined || asked.resume === true;
  const look = isWritten ? await import("../tasks/firstLook.js") : undefined;
  const board = asked.tensorboard === true ? await boardBeside(surroundings) : undefined;
  const { result, open } = await trainRead(
    {
      ...{ ...request, ...compute },
      ...(dataThreads === undefined ? {} : { dataThreads }),
      ...(autoThreads === undefined ? {} : { autoThreads }),
      ...(time === undefined
        ? {}
        : {
            time: {
              minutes: time.minutes,
              spent: performance.timeOrigin + performance.now() - time.begun,
              atMost: false,
            },
          }),
    },
    board === undefined ? surroundings : { ...surroundings, emit: board.emit },
    { files, source: images === undefined ? undefined : openHanded(images), openLook: look?.openLook },
  ).finally(() => board?.close());
  return await openTrainedRun(open.run, { checkpoint: "last", compute, open, reason: result.reason });
}

function open(): Promise<OpenModel> {
  if (job.kind === "train") return train(job);
  if (job.kind === "openOnnx") return openTrainedOnnx(job, job);
  return openTrainedRun(openRun(diskFileSystem, job.run), job);
}

const aborts = new Map<number, AbortController>();

async function answer(
  model: OpenModel,
  { id, name, values }: Extract<CallMessage, { kind: "call" }>,
  { signal }: AbortController,
): Promise<void> {
  try {
    throwIfAborted(signal);
    const asked = model.answers[name] as (signal: AbortSignal, ...values: readonly unknown[]) => Promise<unknown>;
    const value = await asked(signal, ...values);
    const isWhole = value instanceof Float32Array && value.byteLength === value.buffer.byteLength;
    send({ kind: "answer", id, value }, isWhole && value.buffer instanceof ArrayBuffer ? [value.buffer] : []);
  } catch (error) {
    send({ kind: "refusal", id, error: packError(error) });
  } finally {
    aborts.delete(id);
  }
}

try {
  takeDefinitions(own);
  const model = await open();
  const { opened } = model;
  let turn: Promise<unknown> = Promise.resolve();
  port.on("message", (message: CallMessage) => {
    if (message.kind === "abort") {
      aborts.get(message.id)?.abort();
      return;
    }
    const controller = new AbortController();
    aborts.set(message.id, controller);
    // One after another, so that each has the memory and the processors for itself.
    turn = turn.then(() => answer(model, message, controller));
  });
  send({ kind: "opened", opened });
} catch (error) {
  send({ kind: "failed", error: packError(error) });
  port.close();
} finally {
  commands.close();
}

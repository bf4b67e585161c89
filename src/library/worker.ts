// The thread behind the library: it trains or opens a model, then keeps it and answers what is asked of it, so that the thread
// that uses the library is never held up.
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type ThreadDefinitions, takeDefinitions } from "../data/ownModules.js";
import { diskFileSystem } from "../runs/fileSystem.js";
import { memoryFileSystem, memoryRoot } from "../runs/memoryFileSystem.js";
import type { TrainingCommand } from "../training/events.js";
import type { Surroundings } from "../training/loop.js";
import { packError } from "../training/protocol.js";
import { runTraining } from "../training/run.js";
import { experimentOf } from "./experimentOf.js";
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
};

async function train(asked: Extract<Job, { kind: "train" }>): Promise<OpenModel> {
  const { images, folder, dataThreads, compute } = asked;
  const experiment = experimentOf(asked);
  const files = memoryFileSystem(diskFileSystem);
  const source = images === undefined ? undefined : openHanded(images);
  for (const message of source?.notes ?? []) surroundings.emit({ kind: "warning", message });
  const { run, reason } = await runTraining(
    {
      kind: "new",
      experiment,
      out: folder ?? memoryRoot,
      date: surroundings.time().slice(0, 10),
      ...(source === undefined ? {} : { source }),
      ...compute,
      ...(dataThreads === undefined ? {} : { dataThreads }),
    },
    surroundings,
    files,
  );
  return await openTrainedRun(files, run, { checkpoint: "last", compute: {}, reason });
}

function open(): Promise<OpenModel> {
  if (job.kind === "train") return train(job);
  if (job.kind === "openOnnx") return openTrainedOnnx(job, job);
  return openTrainedRun(diskFileSystem, job.run, job);
}

async function answer(model: OpenModel, { id, name, values }: CallMessage): Promise<void> {
  try {
    const asked = model.answers[name] as (...values: readonly unknown[]) => Promise<unknown>;
    const value = await asked(...values);
    const isWhole = value instanceof Float32Array && value.byteLength === value.buffer.byteLength;
    send({ kind: "answer", id, value }, isWhole && value.buffer instanceof ArrayBuffer ? [value.buffer] : []);
  } catch (error) {
    send({ kind: "refusal", id, error: packError(error) });
  }
}

try {
  takeDefinitions(own);
  const model = await open();
  const { opened } = model;
  let turn: Promise<unknown> = Promise.resolve();
  port.on("message", (message: CallMessage) => {
    // One after another: an engine's session computes one thing at a time.
    turn = turn.then(() => answer(model, message));
  });
  send({ kind: "opened", opened });
} catch (error) {
  send({ kind: "failed", error: packError(error) });
  port.close();
} finally {
  commands.close();
}

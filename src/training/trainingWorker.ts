// The thread that trains. Everything that it is told and says goes through the port it is given.
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type ThreadDefinitions, takeDefinitions } from "../data/ownModules.js";
import type { TrainingCommand, TrainingEvent } from "./events.js";
import { packError, type WorkerMessage } from "./protocol.js";
import { runTraining, type TrainingRequest } from "./run.js";

const { request, port, own } = workerData as {
  readonly request: TrainingRequest;
  readonly port: MessagePort;
  readonly own: ThreadDefinitions;
};
const send = (message: WorkerMessage): void => port.postMessage(message);
const bell = new Int32Array(new SharedArrayBuffer(4));

try {
  takeDefinitions(own);
  const result = await runTraining(request, {
    emit: (event: TrainingEvent) => send({ kind: "event", event }),
    poll() {
      const commands: TrainingCommand[] = [];
      for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
        commands.push(next.message as TrainingCommand);
      }
      return commands;
    },
    wait: (milliseconds) => void Atomics.wait(bell, 0, 0, milliseconds),
    milliseconds: () => performance.now(),
    time: () => new Date().toISOString(),
    peakBytes: () => process.resourceUsage().maxRSS * 1024,
  });
  send({ kind: "result", result });
} catch (error) {
  send({ kind: "error", error: packError(error) });
} finally {
  port.close();
}

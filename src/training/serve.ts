// The far side of a thread that trains: hears commands, says events and news, and ends with a result or an error. Everything
// goes through the port that the thread is given.
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type ThreadDefinitions, takeDefinitions } from "../data/ownModules.js";
import type { TrainingCommand } from "./events.js";
import type { Surroundings } from "./loop.js";
import { processorLoad } from "./processorLoad.js";
import { packError, type ThreadMessage } from "./protocol.js";

/**
 * Does what this thread was started for.
 * @param work is handed the request as data, the way to the outside, and what tells news beside events
 */
export async function serveThread<Request, Result, News>(
  work: (request: Request, surroundings: Surroundings, tell: (news: News) => void) => Promise<Result>,
): Promise<void> {
  const { request, port, own } = workerData as {
    readonly request: Request;
    readonly port: MessagePort;
    readonly own: ThreadDefinitions;
  };
  const send = (message: ThreadMessage<Result, News>): void => port.postMessage(message);
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const surroundings: Surroundings = {
    emit: (event) => send({ kind: "event", event }),
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
    load: processorLoad,
  };
  try {
    takeDefinitions(own);
    send({ kind: "result", result: await work(request, surroundings, (news) => send({ kind: "news", news })) });
  } catch (error) {
    send({ kind: "error", error: packError(error) });
  } finally {
    port.close();
  }
}

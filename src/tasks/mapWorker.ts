// The thread that lays out a map.
import { parentPort, workerData } from "node:worker_threads";
import { neighbourMap } from "../latent/index.js";
import type { MapThreadData, MapThreadMessage } from "./mapThread.js";

const { codes, codeSize, options } = workerData as MapThreadData;
const send = (message: MapThreadMessage): void => parentPort?.postMessage(message);

const points = await neighbourMap(codes, codeSize, { ...options, progress: (done) => send({ done }) });
send({ points });

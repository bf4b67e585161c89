// The thread that decodes the pictures of a training which has begun.
import { type MessagePort, workerData } from "node:worker_threads";
import { type ArrivalJob, decodeArrivals } from "./decodeArrivals.js";

const { job, port } = workerData as { readonly job: ArrivalJob; readonly port: MessagePort };
await decodeArrivals(job, port);

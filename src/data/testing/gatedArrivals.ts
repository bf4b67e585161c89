// For tests, a thread that decodes pictures: after 16 files it waits until the file ISTHMUS_TEST_GATE is there, or ends without a
// word where that is not set.
import { existsSync } from "node:fs";
import { type MessagePort, workerData } from "node:worker_threads";
import { type ArrivalJob, decodeArrivals } from "../decodeArrivals.js";
import { folderDisk } from "../folderDisk.js";

const { job, port } = workerData as { readonly job: ArrivalJob; readonly port: MessagePort };
const gate = process.env.ISTHMUS_TEST_GATE;
let files = 0;

async function read(path: string): Promise<Uint8Array> {
  if (++files > 16) {
    if (gate === undefined) process.exit(3);
    while (!existsSync(gate)) await new Promise((later) => void setTimeout(later, 5));
  }
  return await folderDisk.read(path);
}

await decodeArrivals(job, port, { ...folderDisk, read });

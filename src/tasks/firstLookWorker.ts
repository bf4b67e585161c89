// The thread that draws what a training shows while it runs. A picture is written beside its place and renamed, so that whoever looks
// sees a whole one.
import { type MessagePort, workerData } from "node:worker_threads";
import { epochsFolder, writeEpochPictures } from "../runs/epochPictures.js";
import { diskFileSystem, openRun, writeRenamed } from "../runs/index.js";
import type { SheetsJob } from "./epochSheets.js";
import type { DrawingAnswer, DrawingJob, LookJob } from "./firstLook.js";

const { port } = workerData as { readonly port: MessagePort };

/** One after another, so that an index never names a sheet that is not written. */
let turn: Promise<void> = Promise.resolve();

port.on("message", (job: DrawingJob | "end") => {
  turn = turn.then(() => (job === "end" ? port.close() : draw(job)));
});

async function draw(job: DrawingJob): Promise<void> {
  const { kind, step, epoch, path } = job;
  const began = performance.now();
  try {
    await (kind === "look" ? drawLook(job) : writeSheets(job));
    answer({ kind, step, epoch, path, milliseconds: performance.now() - began });
  } catch (error) {
    answer({ kind, step, epoch, path, failure: error instanceof Error ? error.message : String(error) });
  }
}

async function drawLook(job: LookJob): Promise<void> {
  const [{ renderReconstructions }, { writeResult }] = await Promise.all([
    import("../report/reconstructions.js"),
    import("./writeResult.js"),
  ]);
  writeResult(job.path, renderReconstructions(job));
}

/** Sheets first, then the index that names them, then away with those that it names no more. */
async function writeSheets({ run: path, files, width, height, channels, index, dropped }: SheetsJob): Promise<void> {
  const { sharp } = await import("../data/codec.js");
  const run = openRun(diskFileSystem, path);
  const folder = epochsFolder(run);
  run.files.makeFolder(folder);
  for (const { name, pixels } of files) {
    const bytes = await sharp(pixels, { raw: { width, height, channels } })
      .webp({ lossless: true, effort: efforts[channels] })
      .toBuffer();
    writeRenamed(run.files, folder, name, bytes);
  }
  writeEpochPictures(run, index);
  for (const name of dropped) run.files.remove(run.files.join(folder, name));
}

/**
 * How hard libwebp tries, 0 to 6. For grey sheets (32 digits) 2 halves the file of 0 for 10 ms more; of photographs it makes a tenth
 * less in ten times the time.
 */
const efforts = { 1: 2, 3: 0 } as const;

function answer(message: DrawingAnswer): void {
  port.postMessage(message);
}

// The thread that reads run folders: it keeps the index and answers what pages ask of runs, so that the server's own thread never
// waits for a disk and parses nothing that is large.
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../../base/errors.js";
import { askTraining, findAnswer } from "../../../runs/commands.js";
import { diskFileSystem } from "../../../runs/diskFileSystem.js";
import { openRun, writeRenamed } from "../../../runs/runFolder.js";
import { withinFolder } from "../../../runs/withinFolder.js";
import type { EnvironmentRecord, RunDetail, RunNotes } from "../../api.js";
import type { IndexCall, IndexMessage, IndexReply, IndexThreadData } from "./indexClient.js";
import { isEnvironment, readJson } from "./runFacts.js";
import { idOfRun, openIndex } from "./runIndex.js";
import {
  listExports,
  listPictures,
  type Place,
  readHealth,
  readInterventions,
  readPicture,
  readRecords,
  readRunText,
  stampOf,
} from "./runParts.js";

const { root, lookMilliseconds } = workerData as IndexThreadData;
const send = (message: IndexMessage, transfer: readonly ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, [...transfer]);
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const index = openIndex(root, (news) => send({ kind: "news", news }), pause);
const encoder = new TextEncoder();

parentPort?.on("message", (call: IndexCall) => void answer(call));

async function answer(call: IndexCall): Promise<void> {
  if (call.kind === "watch") return index.watch(call.runs);
  if (call.kind === "nudge") return index.nudge(call.folder);
  if (call.kind === "own") return index.own(call.trainings);
  let reply: IndexReply;
  try {
    reply = await replyTo(call);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { message } = error;
    reply =
      error instanceof UserError
        ? { kind: "error", status: 409, message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
        : { kind: "error", status: 409, message };
  }
  send({ kind: "reply", id: call.id, reply }, reply.kind === "bytes" ? [reply.bytes.buffer] : []);
}

const asJson = (value: unknown): IndexReply => ({
  kind: "bytes",
  bytes: encoder.encode(JSON.stringify(value)),
  type: "application/json",
});
const missing = (what: string): IndexReply => ({ kind: "error", status: 404, message: what });

async function replyTo(call: Extract<IndexCall, { id: number }>): Promise<IndexReply> {
  const { ask } = call;
  if (ask.kind === "table") {
    const { pending } = index;
    return asJson({ start: ask.start, lastEvent: ask.lastEvent, pending, runs: index.rows() });
  }
  if (ask.kind === "settings") return asJson(await index.settings(100));
  const place = index.place(ask.run);
  const row = index.row(ask.run);
  if (place === undefined || row === undefined) return missing("there is no such run (any more)");
  switch (ask.kind) {
    case "place":
      return { kind: "place", folder: place.folder, row };
    case "stamp":
      return { kind: "stamp", folder: place.folder, stamp: stampOf(place), isTraining: row.state === "training" };
    case "detail":
      return asJson(await detailOf(place, row));
    case "experiment": {
      const text = readRunText(place, "experiment.yaml");
      return text === undefined ? missing("this run has no experiment.yaml that can be read") : asJson({ text });
    }
    case "records":
      return asJson(await readRecords(place, ask.range, pause));
    case "pictures":
      return asJson(listPictures(place));
    case "picture": {
      const found = readPicture(place, ask.picture);
      if (found === undefined) return missing("this run has no such picture (any more)");
      return {
        kind: "bytes",
        bytes: found.bytes,
        name: found.name,
        ...(found.type === undefined ? {} : { type: found.type }),
      };
    }
    case "command":
      askTraining(openRun(diskFileSystem, diskFileSystem.join(place.root, place.folder)), ask.id, ask.command);
      return { kind: "answer", answer: undefined };
    case "answer": {
      const run = openRun(diskFileSystem, diskFileSystem.join(place.root, place.folder));
      return { kind: "answer", answer: findAnswer(run, ask.id) };
    }
    case "notes":
      writeNotes(place, ask.notes);
      index.nudge(place.folder);
      await index.look();
      return asJson(index.row(ask.run) ?? row);
  }
}

async function detailOf(place: Place, row: RunDetail["row"]): Promise<Omit<RunDetail, "live">> {
  const environment = readJson(place.root, [place.folder, "environment.json"], []);
  return {
    row,
    summary: readRunText(place, "summary.txt") ?? null,
    environment:
      environment !== undefined && isEnvironment(environment) ? (environment as unknown as EnvironmentRecord) : null,
    interventions: await readInterventions(place, pause),
    health: await readHealth(place, pause),
    records: index.lines(row.id),
    exports: listExports(place),
  };
}

function writeNotes({ root: at, folder }: Place, notes: RunNotes): void {
  const path = diskFileSystem.join(at, folder);
  const files = withinFolder(diskFileSystem, path);
  const kind = files.kind(path);
  if (kind !== "folder" || idOfRun(folder).length === 0)
    throw new UserError("the run's folder is gone", { at: folder });
  writeRenamed(files, path, "notes.json", encoder.encode(`${JSON.stringify(notes, null, 2)}\n`));
}

/** One look after another, with a rest in between. */
async function lookOnAndOn(): Promise<never> {
  for (;;) {
    try {
      await index.look();
    } catch (error) {
      // A disk that fails for a moment ends nothing: the next look begins where this one did.
      process.emitWarning(`a look at the runs has failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    send({ kind: "looked", pending: index.pending });
    await new Promise((resolve) => setTimeout(resolve, lookMilliseconds));
  }
}
await lookOnAndOn();

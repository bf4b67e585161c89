// What each address answers. Everything that reads a disk or computes is asked of a thread or a process; here questions are handed on.
import { createHash, randomBytes } from "node:crypto";
import { open, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { Context } from "hono";
import { InternalError, UserError } from "../../base/errors.js";
import { fileErrorReason } from "../../runs/fileSystem.js";
import {
  type ApiError,
  type JobWork,
  type PictureChoice,
  packType,
  type RunCommand,
  type RunRow,
  readPack,
  reportSectionNames,
  type StudioInfo,
  type Told,
} from "../api.js";
import type { ClientFile, ClientFiles } from "./clientFiles.js";
import { reportHeaders } from "./guard.js";
import { Hono } from "./hono.js";
import { type Hub, mostListeners } from "./hub.js";
import type { IndexAsk, IndexClient, IndexReply } from "./index/indexClient.js";
import { typeOf } from "./index/runParts.js";
import type { Jobs } from "./jobs.js";
import type { ChosenPictures } from "./modelCalls.js";
import type { Models } from "./models.js";
import type { Reports } from "./reports.js";
import { readBody } from "./requests.js";
import { type Route, type RouteName, routes } from "./routes.js";
import { checkTaskOptions } from "./taskOptions.js";
import type { Validator } from "./validator.js";
import type { Workshop } from "./workshop.js";

/** What the guard has found, handed on with the request. */
export interface Bindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly query: Readonly<Record<string, string>>;
}
type Asked = Context<{ Bindings: Bindings }>;

export interface AppParts {
  readonly start: string;
  readonly root: string;
  readonly info: () => StudioInfo;
  readonly index: IndexClient;
  readonly hub: Hub;
  readonly jobs: Jobs;
  readonly models: Models;
  readonly validator: Validator;
  readonly workshop: Workshop;
  readonly reports: Reports;
  readonly client: ClientFiles;
  /** A folder of the server's own for uploaded pictures. */
  readonly scratch: string;
  readonly uploadPixels: number;
}

/** A refusal with its status. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: ApiError["error"],
  ) {
    super(body.message);
  }
}

const mostUploads = 64;
/** Milliseconds that a training of another process is given to answer, and between two looks for it. */
const mostHearing = 2500;
const betweenAnswers = 100;

const errorOf = ({ message, hint }: Extract<IndexReply, { kind: "error" }>): ApiError["error"] => ({
  message,
  ...(hint === undefined ? {} : { hint }),
});

export function openApp(parts: AppParts): Hono<{ Bindings: Bindings }> {
  const { index, hub, jobs, models, validator } = parts;
  const app = new Hono<{ Bindings: Bindings }>();
  /** Paths of uploaded pictures by their ids, the oldest first. */
  const uploads = new Map<string, string>();

  const param = (asked: Asked, name: string): string => asked.req.param(name) ?? "";
  const json = (value: unknown, status = 200): Response =>
    new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
  const jsonText = (text: string): Response => new Response(text, { headers: { "Content-Type": "application/json" } });
  const pack = (bytes: Uint8Array<ArrayBuffer>): Response =>
    new Response(bytes, { headers: { "Content-Type": packType } });

  /** What the thread that reads run folders answers. */
  async function fromIndex(ask: IndexAsk): Promise<Response> {
    const reply = await index.ask(ask);
    if (reply.kind === "error") throw new Refusal(reply.status, errorOf(reply));
    if (reply.kind === "place") return json(reply.row);
    if (reply.kind === "answer") return json(reply.answer ?? null);
    if (reply.kind === "stamp") throw new InternalError("a stamp is no answer to a page");
    return fileResponse(reply.bytes, reply.type, reply.name);
  }
  async function placeOf(run: string): Promise<{ readonly folder: string; readonly row: RunRow }> {
    const reply = await index.ask({ kind: "place", run });
    if (reply.kind === "place") return reply;
    throw new Refusal(404, { message: reply.kind === "error" ? reply.message : "there is no such run" });
  }
  async function reportOf(asked: Asked) {
    const reply = await index.ask({ kind: "stamp", run: param(asked, "run") });
    if (reply.kind !== "stamp") throw new Refusal(404, { message: "there is no such run (any more)" });
    const { folder, stamp, isTraining } = reply;
    return { path: join(parts.root, folder), stamp, isTraining };
  }
  const pathOf = async (run: string): Promise<string> => join(parts.root, (await placeOf(run)).folder);

  /** What another process trains is told through its folder, which it looks into once a second; its answer is waited for a little. */
  async function tellThroughFolder(run: string, command: RunCommand): Promise<Told> {
    const id = randomBytes(8).toString("hex");
    const asked = await index.ask({ kind: "command", run, id, command });
    if (asked.kind === "error") throw new Refusal(asked.status, errorOf(asked));
    for (let waited = 0; waited < mostHearing; waited += betweenAnswers) {
      await setTimeout(betweenAnswers);
      const reply = await index.ask({ kind: "answer", run, id });
      if (reply.kind === "error") throw new Refusal(reply.status, errorOf(reply));
      if (reply.kind !== "answer" || reply.answer === undefined) continue;
      const { answer } = reply;
      if ("refused" in answer) throw new Refusal(409, { message: answer.refused });
      return { by: "folder", heard: answer.heard };
    }
    return { by: "folder" };
  }

  function chosen(pictures: PictureChoice): ChosenPictures {
    if (!("uploads" in pictures)) return pictures;
    return { files: pictures.uploads.map(uploadOf) };
  }
  async function fromModel(call: Parameters<Models["ask"]>[0]): Promise<Response> {
    const reply = await models.ask(call);
    return "pack" in reply ? pack(reply.pack) : json(reply.value);
  }
  const bodyOf = async (asked: Asked, route: Route): Promise<Uint8Array<ArrayBuffer>> =>
    await readBytes(asked.env.incoming, route.body?.bytes ?? 0);

  const handlers: { readonly [Name in RouteName]: (asked: Asked) => Response | Promise<Response> } = {
    health: () => json({ ok: true }),
    studio: () => json(parts.info()),
    events: (asked) => eventStream(asked),

    runs: () => fromIndex({ kind: "table", start: parts.start, lastEvent: hub.last }),
    settings: () => fromIndex({ kind: "settings" }),
    async run(asked) {
      const run = param(asked, "run");
      const { folder } = await placeOf(run);
      const reply = await index.ask({ kind: "detail", run });
      if (reply.kind !== "bytes") throw new Refusal(404, { message: "there is no such run (any more)" });
      const live = jobs.live(folder);
      const text = new TextDecoder().decode(reply.bytes);
      return jsonText(live === undefined ? text : `${text.slice(0, -1)},"live":${JSON.stringify(live)}}`);
    },
    experiment: (asked) => fromIndex({ kind: "experiment", run: param(asked, "run") }),
    records(asked) {
      const { from, to, points } = asked.env.query;
      const range = {
        ...(from === undefined ? {} : { from: Number(from) }),
        ...(to === undefined ? {} : { to: Number(to) }),
        ...(points === undefined ? {} : { points: Number(points) }),
      };
      return fromIndex({ kind: "records", run: param(asked, "run"), range });
    },
    pictures: (asked) => fromIndex({ kind: "pictures", run: param(asked, "run") }),
    picture: (asked) => fromIndex({ kind: "picture", run: param(asked, "run"), picture: param(asked, "picture") }),
    async notes(asked) {
      const notes = readBody("notes", await bodyOf(asked, routes.notes));
      return await fromIndex({ kind: "notes", run: param(asked, "run"), notes });
    },
    async command(asked) {
      const command: RunCommand = readBody("command", await bodyOf(asked, routes.command));
      const { folder, row } = await placeOf(param(asked, "run"));
      if (jobs.command(folder, command)) return json({ by: "thread" });
      if (row.state !== "training") {
        throw new Refusal(409, { message: "nobody trains this run now", hint: "Go on with it, or train it again." });
      }
      return json(await tellThroughFolder(row.id, command));
    },
    async report(asked) {
      const name = reportSectionNames.find((known) => known === param(asked, "section"));
      if (name === undefined) throw new Refusal(404, { message: "a report has no such section" });
      const bytes = await parts.reports.section(await reportOf(asked), name);
      return new Response(bytes, { headers: { "Content-Type": "application/json" } });
    },
    async reportPage(asked) {
      const { bytes, policy } = await parts.reports.page(await reportOf(asked));
      return new Response(bytes, { headers: { "Content-Type": "text/html; charset=utf-8", ...reportHeaders(policy) } });
    },
    async decode(asked) {
      const bytes = await bodyOf(asked, routes.decode);
      const codes = readPackBody(bytes).arrays.codes?.values;
      if (!(codes instanceof Float32Array)) throw new Refusal(400, { message: "expected float32 codes", at: "codes" });
      return await fromModel({ kind: "decode", run: await pathOf(param(asked, "run")), codes });
    },
    async encode(asked) {
      const { pictures, invert = false } = readBody("encode", await bodyOf(asked, routes.encode));
      const run = await pathOf(param(asked, "run"));
      return await fromModel({ kind: "encode", run, pictures: chosen(pictures), isInverted: invert });
    },
    async images(asked) {
      const { pictures } = readBody("images", await bodyOf(asked, routes.images));
      return await fromModel({ kind: "images", run: await pathOf(param(asked, "run")), pictures: chosen(pictures) });
    },
    async restore(asked) {
      const { pictures, corrupt, seed = 0 } = readBody("restore", await bodyOf(asked, routes.restore));
      const run = await pathOf(param(asked, "run"));
      return await fromModel({ kind: "restore", run, pictures: chosen(pictures), corrupt, seed });
    },
    async selection(asked) {
      const selection = readBody("selection", await bodyOf(asked, routes.selection));
      const { folder, row } = await placeOf(param(asked, "run"));
      const out = join(parts.scratch, `selection-${randomBytes(8).toString("hex")}`);
      const work = { kind: "selection", run: join(parts.root, folder), out, selection } as const;
      try {
        await parts.workshop.ask(work);
        const ending = selection.as === "csv" ? "csv" : "zip";
        return await streamedFile(out, `${row.name}-selection.${ending}`, asked.env.outgoing);
      } catch (error) {
        await rm(out, { force: true });
        throw error;
      }
    },

    jobs: () => json({ jobs: jobs.list() }),
    async ask(asked) {
      const { request, work } = readBody("ask", await bodyOf(asked, routes.ask));
      return json(jobs.ask({ request, work: withUploads(work) }, await titleOf(work)), 201);
    },
    job(asked) {
      return json(jobOf(param(asked, "job")));
    },
    async cancel(asked) {
      return json(await jobs.cancel(jobOf(param(asked, "job")).id));
    },
    async moveJob(asked) {
      const { before } = readBody("moveJob", await bodyOf(asked, routes.moveJob));
      jobs.move(jobOf(param(asked, "job")).id, before);
      return json({ jobs: jobs.list() });
    },
    result(asked) {
      const found = jobs.result(jobOf(param(asked, "job")).id);
      if (found === undefined) throw new Refusal(404, { message: "this job has no result (any more)" });
      return found.pack === undefined ? jsonText(found.json) : pack(found.pack);
    },
    async resultFile(asked) {
      const place = param(asked, "file");
      const path = /^\d{1,6}$/.test(place) ? jobs.file(jobOf(param(asked, "job")).id, Number(place)) : undefined;
      if (path === undefined) throw new Refusal(404, { message: "this job has no such file (any more)" });
      const bytes = new Uint8Array(await readFile(path));
      return fileResponse(bytes, typeOf(bytes), basename(path));
    },

    async uploads(asked) {
      const bytes = await bodyOf(asked, routes.uploads);
      // Drawings, pages and rare formats are not opened at all, whatever they are called.
      if (typeOf(bytes) === undefined) {
        throw new Refusal(415, { message: "this is no PNG, JPEG, WebP or GIF picture", at: "body" });
      }
      const id = createHash("sha256").update(bytes).update(randomBytes(16)).digest("hex").slice(0, 32);
      const path = join(parts.scratch, id);
      const { width, height } = await keepUpload(path, bytes);
      uploads.set(id, path);
      for (const [old, at] of uploads) {
        if (uploads.size <= mostUploads) break;
        uploads.delete(old);
        await rm(at, { force: true });
      }
      return json({ upload: id, width, height }, 201);
    },
    presets: async () => jsonText(await validator.ask("presets")),
    schema: async () => jsonText(await validator.ask("schema")),
    collections: async () => jsonText(await validator.ask("collections")),
    async validate(asked) {
      const { text } = readBody("validate", await bodyOf(asked, routes.validate));
      return jsonText(await validator.ask("validate", text));
    },
  };

  function jobOf(id: string) {
    const job = jobs.find(id);
    if (job === undefined) throw new Refusal(404, { message: "there is no such job (any more)" });
    return job;
  }

  /** The path of an uploaded picture. */
  function uploadOf(id: string): string {
    const path = uploads.get(id);
    if (path !== undefined) return path;
    throw new Refusal(404, { message: "this picture is not kept any more", hint: "Send it again." });
  }

  /**
   * Writes a picture that was sent and looks at its header. What is not a picture after all, or finds no room, leaves nothing.
   * @throws UserError (by rejection)
   */
  async function keepUpload(path: string, bytes: Uint8Array) {
    try {
      await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
      const { value } = (await models.ask({ kind: "measure", file: path, mostPixels: parts.uploadPixels })) as {
        readonly value: { readonly width: number; readonly height: number };
      };
      return value;
    } catch (error) {
      await rm(path, { force: true });
      const reason = fileErrorReason(error);
      if (reason === undefined) throw error;
      throw new UserError(`the picture can't be kept: ${reason}`, {
        hint: "Make room where this machine keeps temporary files, and send it again.",
        cause: error,
      });
    }
  }

  function withUploads(work: JobWork): JobWork {
    if (work.kind !== "task" || work.options === undefined) return work;
    return { ...work, options: checkTaskOptions(work.task, work.options, uploadOf) };
  }

  async function titleOf(work: JobWork): Promise<string> {
    const nameOf = async (run: string): Promise<string> => (await placeOf(run)).row.name;
    switch (work.kind) {
      case "train":
      case "findLearningRate": {
        const { experiment } = work;
        const what = work.kind === "train" ? "train" : "find a learning rate for";
        if ("preset" in experiment) return `${what} ${experiment.preset}`;
        if ("run" in experiment)
          return `${what} ${await nameOf(experiment.run)} again`.replace(/^find(.*) again$/, "find$1");
        const [, name = "an experiment"] = /^name:\s*["']?([\w .-]{1,80})/m.exec(experiment.text) ?? [];
        return `${what} ${name.trim()}`;
      }
      case "resume":
        return `go on with ${await nameOf(work.run)}`;
      case "task":
        return `${work.task} ${await nameOf(work.run)}`;
      case "compare":
        return `compare ${(await Promise.all(work.runs.map(nameOf))).join(", ")}`;
      case "map":
        return `map ${await nameOf(work.run)} (${work.options.method})`;
    }
  }

  function eventStream(asked: Asked): Response {
    if (hub.listeners >= mostListeners) {
      throw new Refusal(503, { message: `${mostListeners} pages listen already`, hint: "Close some of them." });
    }
    const runs = (asked.env.query.runs ?? "").split(",").filter((run) => run !== "");
    const since = asked.env.incoming.headers["last-event-id"];
    let stop = (): void => {};
    const encoder = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          stop = hub.listen(
            { runs },
            typeof since === "string" ? since : undefined,
            (text) => {
              // Who takes nothing any more comes back and gets what was missed.
              if ((controller.desiredSize ?? 0) <= 0) return false;
              controller.enqueue(encoder.encode(text));
              return true;
            },
            () => {
              stop();
              controller.close();
            },
          );
        },
        cancel: () => stop(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: mostUnsent }),
    );
    return new Response(stream, { headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" } });
  }

  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    app.on(route.method, route.path, (asked) => handlers[name](asked));
  }
  app.notFound(() => json({ error: { message: "there is nothing at this address" } } satisfies ApiError, 404));
  app.onError((error) => {
    if (error instanceof Refusal) return json({ error: error.body } satisfies ApiError, error.status);
    if (error instanceof UserError) {
      const { message, at, hint } = error;
      const told = { message, ...(at === undefined ? {} : { at }), ...(hint === undefined ? {} : { hint }) };
      return json({ error: told } satisfies ApiError, 409);
    }
    const reason = fileErrorReason(error);
    // A full disk is nobody's mistake, and where the server keeps its files is nobody's to know.
    if (reason !== undefined) {
      const told = { message: `a file of the studio can't be read or written: ${reason}` };
      return json({ error: told } satisfies ApiError, 409);
    }
    return json({ error: { message: `internal: ${error.message}`, hint: "This is a bug in isthmus." } }, 500);
  });
  return app;
}

/** Bytes that may wait for a listener. */
const mostUnsent = 8 * 2 ** 20;

function readPackBody(bytes: Uint8Array<ArrayBuffer>): ReturnType<typeof readPack> {
  try {
    return readPack(bytes.buffer);
  } catch (error) {
    throw new Refusal(400, { message: error instanceof RangeError ? error.message : "not a pack", at: "body" });
  }
}

/** @throws Refusal (by rejection) where it is longer than may be */
async function readBytes(incoming: IncomingMessage, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of incoming as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > most) throw new Refusal(413, { message: `a body has at most ${most} bytes here` });
    pieces.push(piece);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Pictures of pixels are shown; everything else, drawings and pages above all, is handed over as text that nobody runs. */
function fileResponse(bytes: Uint8Array<ArrayBuffer>, type: string | undefined, name: string | undefined): Response {
  if (type !== undefined) return new Response(bytes, { headers: { "Content-Type": type } });
  return new Response(bytes, { headers: downloadHeaders(name ?? "file") });
}

function downloadHeaders(name: string): Readonly<Record<string, string>> {
  const isText = /\.(svg|html?|xml|xhtml|txt|csv|json|yaml|md)$/i.test(name);
  const escaped = encodeURIComponent(name.replace(/\p{Surrogate}/gu, "_")).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16)}`,
  );
  return {
    "Content-Type": isText ? "text/plain; charset=utf-8" : "application/octet-stream",
    "Content-Disposition": `attachment; filename*=UTF-8''${escaped}`,
  };
}

/** A file of the server's own, handed over piece by piece as a download. It is gone from the disk once that is open. */
async function streamedFile(path: string, name: string, outgoing: ServerResponse): Promise<Response> {
  const file = await open(path);
  // An open file can be read where its name is gone; where the system does not allow that, it goes with the server's folder.
  await rm(path, { force: true }).catch(() => {});
  const { size } = await file.stat();
  if (outgoing.destroyed) {
    await file.close();
    throw new Refusal(409, { message: "nobody waits for it any more" });
  }
  const stream = file.createReadStream();
  // Whoever goes away in the middle of it leaves no open file.
  outgoing.once("close", () => stream.destroy());
  const body = Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  return new Response(body, {
    headers: { ...downloadHeaders(name), "Content-Length": String(size) },
  });
}

/** A file of the page. */
export function clientResponse({ bytes, type, isImmutable }: ClientFile): {
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
} {
  return {
    bytes,
    headers: {
      "Content-Type": type,
      ...(isImmutable ? { "Cache-Control": "private, max-age=31536000, immutable" } : {}),
    },
  };
}

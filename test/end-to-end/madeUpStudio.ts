// A studio's server with made-up runs behind the true addresses and the true headers, for tests of the page alone: it keeps nothing,
// trains nothing, and can be told to fail. Pictures are drawn discs that come out blurred, less so from epoch to epoch.
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import sharp from "sharp";
import { experimentJsonSchema } from "../../src/experiment/jsonSchema.js";
import {
  type EpochRecord,
  type Health,
  type Job,
  type JobRequest,
  type LiveTraining,
  type MapHead,
  packType,
  type RunDetail,
  type RunNotes,
  type RunPictures,
  type RunRecords,
  type RunRow,
  readPack,
  type SettingsTable,
  type StudioEvent,
  type StudioInfo,
  type TimingRecord,
  type Validated,
  writePack,
} from "../../src/studio/api.js";

export interface MadeUpStudio {
  readonly address: string;
  /** The bodies of what was asked with POST, PUT and DELETE, in order. */
  readonly asked: { readonly method: string; readonly path: string; readonly body: unknown }[];
  /** Ends all event streams at once and refuses everything, until it is told to go on. */
  readonly refuse: (refused: boolean) => void;
  readonly send: (event: StudioEvent) => void;
  /** One more epoch of the live run, with its picture. */
  readonly trainEpoch: () => void;
  readonly close: () => Promise<void>;
}

export const liveRun = "00000000000a";
export const damagedRun = "00000000000d";
export const twoRuns = ["00000000000b", "00000000000c"] as const;

const size = 28;
const pictureCount = 32;
const columns = 8;

/** Deterministic, from 0 to 1. */
function drawn(...keys: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const key of keys) {
    hash = Math.imul(hash ^ key, 0x85ebca6b) >>> 0;
    hash = (hash ^ (hash >>> 13)) >>> 0;
  }
  return (Math.imul(hash, 0xc2b2ae35) >>> 0) / 2 ** 32;
}

const codeSize = 4;
const classCount = 10;

/** The code of a picture: where its ring stands, and its two radii. A ring is drawn from a code, so codes decode to pictures. */
const codeOf = (i: number): readonly number[] => [
  ...[10 + 8 * drawn(i, 1), 10 + 8 * drawn(i, 2)],
  ...[5 + 5 * drawn(i, 3), 4 * drawn(i, 4)],
];

/** A ring smeared over `blur` pixels, in [0, 1]. */
function ring([x = 0, y = 0, outer = 0, inner = 0]: ArrayLike<number> & Iterable<number>, blur: number): Float32Array {
  const pixels = new Float32Array(size * size);
  for (let at = 0; at < pixels.length; at++) {
    const distance = Math.hypot((at % size) - x, Math.floor(at / size) - y);
    const edge = (radius: number): number => 1 / (1 + Math.exp((distance - radius) / (0.3 + blur)));
    pixels[at] = Math.max(0, edge(outer) - edge(inner));
  }
  return pixels;
}

/** Rings of codes, one after another. */
function rings(codes: readonly (ArrayLike<number> & Iterable<number>)[], blur: number): Float32Array {
  const pixels = new Float32Array(codes.length * size * size);
  for (const [i, code] of codes.entries()) pixels.set(ring(code, blur), i * size * size);
  return pixels;
}

/** A sheet of rings and discs, each smeared over `blur` pixels. */
async function sheet(blur: number, count = pictureCount, across = columns): Promise<Buffer> {
  const [width, height] = [across * size, Math.ceil(count / across) * size];
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < count; i++) {
    const [left, top] = [(i % across) * size, Math.floor(i / across) * size];
    const values = ring(codeOf(i), blur);
    for (let at = 0; at < values.length; at++) {
      pixels[(top + Math.floor(at / size)) * width + left + (at % size)] = Math.round(255 * (values[at] ?? 0));
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .webp({ lossless: true })
    .toBuffer();
}

function record(seed: number, epoch: number): EpochRecord {
  const noise = (key: number): number => 0.94 + 0.12 * drawn(seed, epoch, key);
  const mse = (0.003 + 0.06 * Math.exp(-epoch / 3) + 0.01 / epoch) * (1 + (seed % 7) / 10);
  return {
    ...{ kind: "epoch", phase: 0, epoch, step: epoch * 938, learningRate: 0.005 * (1 - epoch / 100), images: 60_000 },
    train: { mse: mse * 1.05 * noise(1), bce: (0.07 + mse * 2) * noise(2), objective: mse * 1.05 * noise(1) },
    test: { mse: mse * noise(3), bce: (0.072 + mse * 2) * noise(4), objective: mse * noise(3) },
  };
}

const timing = (epoch: number): TimingRecord => ({
  ...{ epoch, seconds: 14.2 + drawn(epoch), evaluationSeconds: 0.9, imagesPerSecond: 4_100 + 200 * drawn(epoch, 1) },
  ...{ dataWaitSeconds: 0.3, peakBytes: 412_000_000, time: "2026-11-29T10:00:00Z" },
});

function madeUpRow(i: number, id: string, more: Partial<RunRow> = {}): RunRow {
  const name = ["mnist-conv", "mnist-dense", "fashion-upright-best", "mnist-vae-20"][i % 4] ?? "mnist-conv";
  const epochs = 3 + Math.floor(40 * drawn(i));
  const { train, test } = record(i, epochs);
  return {
    ...{
      id,
      folder: `2026-11-${String(28 - (i % 27)).padStart(2, "0")}-${name}-${i}`,
      name,
      state: "done",
      epochs,
      epochsInAll: epochs,
    },
    started: new Date(Date.UTC(2026, 10, 28, 12) - i * 3_600_000).toISOString(),
    ...{
      changed: 1e12 - i,
      step: epochs * 938,
      engine: "onednn",
      data: name.startsWith("fashion") ? "fashion-mnist" : "mnist",
    },
    ...{ seconds: epochs * 15, train, test, lowest: test },
    ...more,
  };
}

const yaml = (batchSize: number, name: string): string =>
  `version: 1\nname: ${name}\ndata: mnist\nmodel:\n  kind: autoencoder\n  input: [1, 28, 28]\n  encoder:\n    - flatten\n    - dense: 128\n    - elu\n    - dense: 64\n  decoder:\n    - dense: 784\n    - sigmoid\n    - unflatten: [1, 28, 28]\nloss: mse\nphases:\n  - epochs: 20\n    batchSize: ${batchSize}\n    optimizer: { adam: { learningRate: 0.001 } }\nseed: 0\n`;

/** The Content-Security-Policy that the true server gives. */
export const policy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/**
 * @param options.client folder of the built page
 * @param options.count runs beside the four that are special; none at all where it is undefined
 */
export async function openMadeUpStudio(options: {
  client: string;
  count?: number;
  port?: number;
}): Promise<MadeUpStudio> {
  const startName = "made-up-1";
  const asked: MadeUpStudio["asked"] = [];
  const rows = new Map<string, RunRow>();
  const jobs: Job[] = [];
  const events: { id: number; event: StudioEvent }[] = [];
  const streams = new Set<ServerResponse>();
  let eventCount = 0;
  let isRefusing = false;
  let liveEpochs = 3;
  let isPaused = false;
  let learningRate = 0.0048;
  let interventions = 1;
  const { count } = options;

  if (count !== undefined) {
    const live = {
      state: "training",
      trainedBy: "studio",
      epochs: liveEpochs,
      epochsInAll: 20,
      health: 1,
      preview: "3",
    } as const;
    rows.set(
      liveRun,
      madeUpRow(0, liveRun, { ...live, test: record(0, 3).test, lowest: record(0, 3).test, seconds: 45 }),
    );
    const problems = ["metrics.jsonl: line 4 ends in the middle; the three before it are shown."];
    rows.set(damagedRun, madeUpRow(3, damagedRun, { state: "damaged", problems, epochs: 3 }));
    rows.set(
      twoRuns[0],
      madeUpRow(1, twoRuns[0], { epochs: 20, epochsInAll: 20, notes: { star: true, tags: ["best"] } }),
    );
    rows.set(
      twoRuns[1],
      madeUpRow(2, twoRuns[1], { epochs: 20, epochsInAll: 20, notes: { note: "<img src=x onerror=alert(1)>" } }),
    );
    for (let i = 4; i < count + 4; i++) {
      const id = `1${i.toString(16).padStart(11, "0")}`;
      rows.set(id, madeUpRow(i, id));
    }
  }

  const send = (event: StudioEvent): void => {
    const id = ++eventCount;
    events.push({ id, event });
    for (const stream of streams) stream.write(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  const live = (): LiveTraining => ({
    ...{ job: "job1", isPaused, formula: "mse(reconstruction, target)", parameters: 194_499 },
    engine: { name: "onednn", library: "oneDNN 2.6", threads: 2 },
    step: {
      ...{
        phase: 0,
        epoch: liveEpochs + 1,
        stepInEpoch: 412,
        stepsPerEpoch: 938,
        step: liveEpochs * 938 + 412,
        learningRate,
      },
      ...{ objective: 0.0089, imagesPerSecond: 4_180, secondsLeft: (20 - liveEpochs) * 15 },
    },
  });
  const trainEpoch = (): void => {
    liveEpochs++;
    const row = rows.get(liveRun);
    if (row === undefined) return;
    const { train, test } = record(0, liveEpochs);
    rows.set(liveRun, { ...row, epochs: liveEpochs, train, test });
    send({ kind: "runs", rows: [{ ...row, epochs: liveEpochs, train, test }], removed: [], pending: 0 });
    send({
      kind: "records",
      run: liveRun,
      from: liveEpochs - 1,
      records: [record(0, liveEpochs)],
      timing: [timing(liveEpochs)],
    });
    send({ kind: "step", run: liveRun, live: live() });
    const picture = `e${String(liveEpochs).padStart(6, "0")}`;
    send({ kind: "preview", run: liveRun, epoch: liveEpochs, picture, version: String(liveEpochs) });
  };
  const epochsOf = (id: string): number => (id === liveRun ? liveEpochs : (rows.get(id)?.epochs ?? 0));

  function settings(): SettingsTable {
    return {
      ...{ pending: 0, paths: ["name", "loss", "phases.0.batchSize", "phases.0.optimizer.adam.learningRate", "seed"] },
      values: ["mse", "bce", 64, 128, 0.001, 0.003, 0, 1, 2],
      experiments: Array.from({ length: 12 }, (_, i) => [1, i % 2, 2, 2 + (i % 2), 3, 4 + (i % 2), 4, 6 + (i % 3)]),
      runs: Object.fromEntries([...rows.keys()].map((id, i) => [id, i % 12])),
    };
  }
  function detail(row: RunRow): RunDetail {
    const isLive = row.id === liveRun;
    return {
      row,
      summary:
        "layer       output      parameters\nflatten     784                  0\ndense       128            100,480\nelu         128                  0\ndense       64               8,256\n",
      environment: null,
      interventions: isLive ? [{ step: 2_000, command: "setLearningRate", learningRate: 0.004 }] : [],
      health: isLive
        ? [
            {
              epoch: 2,
              step: 1_876,
              kind: "deadUnits",
              message: "5 of 64 numbers of the code are the same for every image.",
              hint: "A smaller code is enough, or a lower learning rate.",
              place: "encoder.3",
            },
          ]
        : [],
      records: epochsOf(row.id),
      ...(isLive ? { live: live() } : {}),
      exports: [{ name: "encoder.onnx", bytes: 437_000, picture: "p01" }],
    };
  }
  function records(row: RunRow, from: number, to: number): RunRecords {
    const end = Math.min(to, epochsOf(row.id));
    const seed = [...rows.keys()].indexOf(row.id);
    const epochs = Array.from({ length: Math.max(0, end - from) }, (_, i) => from + i + 1);
    return {
      ...{
        count: epochsOf(row.id),
        places: epochs.map((epoch) => epoch - 1),
        records: epochs.map((epoch) => record(seed, epoch)),
      },
      ...{ timing: epochs.map(timing), problems: row.problems ?? [] },
    };
  }
  const pictures = (row: RunRow): RunPictures => ({
    epochs:
      row.state === "damaged"
        ? null
        : {
            ...{ shape: [1, size, size], columns, count: pictureCount, hasInput: false, every: 1 },
            epochs: Array.from({ length: epochsOf(row.id) }, (_, i) => i + 1),
            labels: Array.from({ length: pictureCount }, (_, i) => String(i % 10)),
          },
    files: [],
  });

  const info: StudioInfo = {
    ...{
      version: "0.1.0",
      root: "/home/you/autoencoders/runs",
      start: startName,
      processors: 2,
      memoryBytes: 8e9,
      isOpenToOthers: false,
    },
    limits: { bodyBytes: 1e7, uploadBytes: 2e7, uploadPixels: 4e7, trainingsAtOnce: 1, jobsWaiting: 100 },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const method = request.method ?? "GET";
    const json = (body: unknown, status = 200): void => {
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(JSON.stringify(body));
    };
    const refusal = (status: number, message: string): void => json({ error: { message } }, status);
    if (isRefusing) return void request.socket.destroy();
    response.setHeader("content-security-policy", policy);
    response.setHeader("x-content-type-options", "nosniff");
    if (!pathname.startsWith("/api/") && pathname !== "/healthz") return page(pathname, response, options.client);
    const bytes = method === "GET" ? Buffer.alloc(0) : await bodyOf(request);
    const isJson = request.headers["content-type"] === "application/json";
    const body: unknown = isJson ? JSON.parse(bytes.toString() || "null") : bytes;
    const pack = (head: object, arrays: Parameters<typeof writePack>[1]): void => {
      response.writeHead(200, { "content-type": packType });
      response.end(writePack(head, arrays));
    };
    if (method !== "GET") asked.push({ method, path: pathname, body });
    if (pathname === "/healthz") return json({ ok: true } satisfies Health);
    if (pathname === "/api/studio") return json(info);
    if (pathname === "/api/events") return follow(request, response);
    if (pathname === "/api/runs")
      return json({ start: startName, lastEvent: String(eventCount), pending: 0, runs: [...rows.values()] });
    if (pathname === "/api/settings") return json(settings());
    if (pathname === "/api/schema") return json(experimentJsonSchema());
    if (pathname === "/api/presets") {
      return json({
        presets: ["mnist-dense", "mnist-conv"].map((name) => ({
          name,
          summary: "Handwritten digits.",
          text: yaml(64, name),
        })),
      });
    }
    if (pathname === "/api/validate") return json(validated((body as { text: string }).text));
    if (pathname === "/api/jobs" && method === "GET") return json({ jobs });
    if (pathname === "/api/jobs") return json(job(body as JobRequest));
    const [, jobId = "", part] = /^\/api\/jobs\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
    if (part === "result") {
      const { head, arrays } = madeUpMap();
      return jobs.find(({ id }) => id === jobId)?.work.kind === "map" ? pack(head, arrays) : json(foundRate);
    }
    if (part === "files/0") {
      response.writeHead(200, { "content-type": "image/webp" });
      return void response.end(await sheet(0, mapped, 64));
    }
    if (pathname === "/api/uploads") return json({ upload: "0".repeat(32), width: size, height: size }, 201);
    const [, id = "", what] = /^\/api\/runs\/([^/]+)(?:\/(.+))?$/.exec(pathname) ?? [];
    const row = rows.get(id);
    if (row === undefined) return refusal(404, "there is no such run");
    if (what === undefined) return json(detail(row));
    if (what === "records")
      return json(records(row, Number(searchParams.get("from") ?? 0), Number(searchParams.get("to") ?? 1e9)));
    if (what === "pictures") return json(pictures(row));
    if (what === "images" || what === "encode" || what === "restore") return pictured(what, body, pack);
    if (what === "decode") {
      const values = readPack(Uint8Array.from(bytes).buffer).arrays.codes?.values ?? new Float32Array();
      const codes = Array.from({ length: values.length / codeSize }, (_, i) =>
        values.subarray(i * codeSize, (i + 1) * codeSize),
      );
      return pack({ codeSize }, { pixels: { shape: [codes.length, 1, size, size], values: rings(codes, 0.4) } });
    }
    if (what === "selection") {
      response.writeHead(200, { "content-type": "application/zip" });
      return void response.end("PK");
    }
    if (what === "report/network") {
      return json({ section: "network", made: "2026-11-29T10:00:00Z", content: { data: network }, sheets: {} });
    }
    if (what.startsWith("report/")) {
      const content = { data: null, why: "this run was made up" };
      return json({ section: what.slice(7), made: "2026-11-29T10:00:00Z", content, sheets: {} });
    }
    if (what === "experiment") return json({ text: yaml(id === twoRuns[1] ? 128 : 64, row.name) });
    if (what === "notes") {
      const noted = { ...row, notes: body as RunNotes };
      rows.set(id, noted);
      send({ kind: "runs", rows: [noted], removed: [], pending: 0 });
      return json(noted);
    }
    if (what === "command") return command(id, row, body as { kind: string; learningRate?: number }, json);
    const [, name = ""] = /^pictures\/(\w+)$/.exec(what) ?? [];
    const epoch = name === "latest" ? epochsOf(id) : Number(/^e(\d{6})$/.exec(name)?.[1] ?? Number.NaN);
    if (name === "original" || (epoch >= 1 && epoch <= epochsOf(id))) {
      response.writeHead(200, { "content-type": "image/webp" });
      return void response.end(await sheet(name === "original" ? 0 : 0.2 + 4 / epoch));
    }
    return refusal(404, `${what} is not there`);
  }

  function command(
    id: string,
    row: RunRow,
    told: { kind: string; learningRate?: number },
    json: (body: unknown) => void,
  ): void {
    if (told.kind === "pause") isPaused = true;
    if (told.kind === "resume") isPaused = false;
    if (told.kind === "setLearningRate" && told.learningRate !== undefined) {
      learningRate = told.learningRate;
      send({
        kind: "intervened",
        run: id,
        place: interventions++,
        intervention: { step: liveEpochs * 938 + 412, command: "setLearningRate", learningRate },
      });
    }
    const state = told.kind === "stop" ? "stopped" : isPaused ? "paused" : "training";
    rows.set(id, { ...row, state });
    send({ kind: "runs", rows: [{ ...row, state }], removed: [], pending: 0 });
    send({ kind: "step", run: id, live: live() });
    json({ by: "thread" });
  }

  function job({ request, work }: JobRequest): Job {
    const known = jobs.find((one) => one.request === request);
    if (known !== undefined) return known;
    const isFirst = rows.size === 0;
    const isQuick = work.kind === "map" || work.kind === "findLearningRate";
    const made: Job = {
      ...{
        id: `job${jobs.length + 1}`,
        request,
        work,
        title: work.kind === "train" ? "train mnist-conv" : work.kind,
        notes: [],
      },
      ...{
        state: isQuick ? "done" : isFirst ? "running" : "waiting",
        ...(isQuick ? { result: work.kind === "map" ? ("pack" as const) : ("json" as const) } : {}),
        asked: "2026-11-29T10:00:00Z",
        progress: { done: 3, of: 20, what: "epochs" },
      },
    };
    jobs.push(made);
    if (isFirst && work.kind === "train") {
      setTimeout(() => {
        rows.set(
          liveRun,
          madeUpRow(0, liveRun, { state: "training", trainedBy: "studio", epochs: liveEpochs, epochsInAll: 20 }),
        );
        send({ kind: "runs", rows: [...rows.values()], removed: [], pending: 0 });
        send({ kind: "job", job: { ...made, run: liveRun } });
      }, 200);
    }
    return made;
  }

  function validated(text: string): Validated {
    const place = text.split("\n").findIndex((line) => line.includes("dnse"));
    const parts = { line: place + 1, column: 7, endLine: place + 1, endColumn: 11 };
    if (place >= 0) {
      return {
        problems: [
          { message: "there is no layer called dnse", hint: "did you mean dense?", at: "model.encoder.1", ...parts },
        ],
      };
    }
    return {
      problems: [],
      name: "mnist-dense",
      summary: "flatten  784  0\ndense    128  100,480",
      parameters: 209_936,
      codeSize: 64,
    };
  }

  function follow(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(`data: ${JSON.stringify({ kind: "hello", start: startName })}\n\n`);
    const last = Number(request.headers["last-event-id"] ?? eventCount);
    for (const { id, event } of events) if (id > last) response.write(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`);
    streams.add(response);
    response.on("close", () => streams.delete(response));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://localhost:${port}`,
    asked,
    send,
    trainEpoch,
    refuse: (refused) => {
      isRefusing = refused;
      if (refused) for (const stream of streams) stream.destroy();
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const types: Readonly<Record<string, string>> = {
  ...{ ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" },
};
async function page(pathname: string, response: ServerResponse, client: string): Promise<void> {
  const isAsset = /^\/assets\/[\w.-]+$/.test(pathname);
  const file = isAsset ? pathname.slice(1) : "index.html";
  response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
  response.end(await readFile(join(client, file)));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Pictures of a made-up map. */
const mapped = 200;

function madeUpMap() {
  const all = Array.from({ length: mapped }, (_, i) => i);
  const head: MapHead = {
    ...{ method: "pca", on: "test", count: mapped, codeSize, shape: [1, size, size], shares: [0.5, 0.3] },
    ...{ hasPlane: false, classes: Array.from({ length: classCount }, (_, k) => String(k)) },
    sheets: [{ file: 0, first: 0, count: mapped, columns: 64 }],
  };
  const arrays = {
    points: { shape: [mapped, 2], values: Float32Array.from(all.flatMap((i) => codeOf(i).slice(0, 2))) },
    images: { shape: [mapped], values: Uint32Array.from(all) },
    labels: { shape: [mapped], values: Int32Array.from(all, (i) => i % classCount) },
    errors: { shape: [mapped], values: Float32Array.from(all, (i) => 0.01 + 0.02 * drawn(i, 5)) },
    codes: { shape: [mapped, codeSize], values: Float32Array.from(all.flatMap(codeOf)) },
  };
  return { head, arrays };
}

const foundRate = {
  ...{ steepest: 0.002, tenthOfLowest: 0.01, steps: 3, flag: "--set phases.0.optimizer.adam.learningRate=0.002" },
  curve: [
    { learningRate: 1e-5, loss: 0.5, smoothed: 0.5 },
    { learningRate: 1e-3, loss: 0.2, smoothed: 0.3 },
    { learningRate: 0.1, loss: 0.4, smoothed: 0.35 },
  ],
};

const network = {
  ...{ input: [1, size, size], code: [codeSize], parameters: 3_140, trainable: 3_140, hasDecoder: true },
  note: "these layers are made up",
  layers: [
    { number: 1, title: "flatten", part: "encoder", shape: [784], parameters: 0, trainable: 0, arithmetic: 0 },
    { number: 2, title: "dense 4", part: "encoder", shape: [4], parameters: 3_140, trainable: 3_140, arithmetic: 1 },
  ],
};

function pictured(
  what: "images" | "encode" | "restore",
  body: unknown,
  pack: (head: object, arrays: Parameters<typeof writePack>[1]) => void,
): void {
  const { pictures } = body as { readonly pictures: { readonly places?: readonly number[] } };
  const codes = (pictures.places ?? [7]).map(codeOf);
  const shape = [codes.length, 1, size, size];
  const pixels = rings(codes, 0);
  if (what === "images") {
    const head = {
      shape: [1, size, size],
      classes: Array.from({ length: classCount }, (_, k) => String(k)),
      count: mapped,
    };
    const labels = Int32Array.from(pictures.places ?? [], (place) => place % classCount);
    pack(head, {
      pixels: { shape, values: Uint8Array.from(pixels, (value) => 255 * value) },
      labels: { shape: [codes.length], values: labels },
    });
  } else if (what === "encode") {
    pack(
      { codeSize },
      {
        codes: { shape: [codes.length, codeSize], values: Float32Array.from(codes.flat()) },
        pixels: { shape, values: pixels },
        restored: { shape, values: rings(codes, 0.4) },
      },
    );
  } else {
    const corrupted = pixels.map((value, i) => Math.min(1, Math.max(0, value + drawn(i) - 0.5)));
    pack(
      { psnr: codes.map(() => ({ corrupted: 12.3, restored: 20.1 })) },
      {
        pixels: { shape, values: pixels },
        corrupted: { shape, values: corrupted },
        restored: { shape, values: rings(codes, 0.4) },
      },
    );
  }
}

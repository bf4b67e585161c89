// Pictures that a page sends, good and hostile, and what is found with them; and pictures that a page takes along.
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sharp } from "../../data/codec.js";
import {
  type ApiError,
  type DecodeHead,
  type Job,
  packType,
  paths,
  type RunDetail,
  readPack,
  type SelectionRequest,
  type Uploaded,
} from "../api.js";
import { tableOf } from "./selection.js";
import { onnxElsewhere } from "./testing/onnxElsewhere.js";
import { openStudio, type TestStudio, tinyText } from "./testing/server.js";

const minutes = 60_000;
let studio: TestStudio;
let run: string;
async function ended(job: Job): Promise<Job> {
  const isEnded = (some: Job): boolean => some.id === job.id && some.ended !== undefined;
  const found = studio.until((event) => (event.kind === "job" && isEnded(event.job) ? event.job : undefined));
  const now = await studio.json<Job>(paths.job(job.id));
  return isEnded(now) ? now : await found;
}
beforeAll(async () => {
  studio = await openStudio();
  const job = await studio.start({ kind: "train", experiment: { text: tinyText("seen", 2) }, engine: "reference" });
  run = (await ended(job)).run ?? "";
}, 5 * minutes);
afterAll(() => studio.close());

const upload = async (bytes: Uint8Array): Promise<Response> =>
  await studio.ask(paths.uploads, {
    method: "POST",
    body: Buffer.from(bytes),
    headers: { "Content-Type": "application/octet-stream" },
  });
const encode = async (id: string): Promise<Response> =>
  await studio.post(paths.encode(run), { pictures: { uploads: [id] } });
const messageOf = async (response: Response): Promise<string> => ((await response.json()) as ApiError).error.message;
const isAlive = async (): Promise<boolean> => (await studio.ask(paths.health)).status === 200;

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
/** A grey PNG that says it has this size, with these bytes of rows, and chunks before them. */
function png(width: number, height: number, rows: Uint8Array, before: readonly Uint8Array[] = []): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const start = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const parts = [start, chunk("IHDR", header), ...before, chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.of())];
  return Buffer.concat(parts);
}
const good = (): Uint8Array => png(28, 28, new Uint8Array(29 * 28));

describe("a picture of one's own", () => {
  it(
    "gives its code, its reconstruction, its neighbours and its score",
    async () => {
      const response = await upload(good());
      const sent = (await response.json()) as Uploaded;
      expect([response.status, sent.width, sent.height]).toEqual([201, 28, 28]);
      const answer = await encode(sent.upload);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, packType]);
      const { head, arrays } = readPack<DecodeHead>(await answer.arrayBuffer());
      expect(head.ready).toEqual([{ channels: 1, fit: "cover" }]);
      expect(arrays.codes?.shape).toEqual([1, 8]);
      expect(arrays.restored?.shape).toEqual([1, 1, 28, 28]);
      // A black picture is seen as zeros.
      expect(arrays.pixels?.values.every((value) => value === 0)).toBe(true);
      const around = await studio.post(paths.encode(run), { pictures: { uploads: [sent.upload] }, invert: true });
      const white = readPack<DecodeHead>(await around.arrayBuffer());
      expect(white.arrays.pixels?.values.every((value) => value === 1)).toBe(true);
      expect(white.head.ready?.[0]?.contrary).toBe("looks dark on light, and the model was trained on light on dark");

      const find = { kind: "task", task: "find", run, options: { pictures: [sent.upload], count: 3 } } as const;
      const found = await ended(await studio.start(find));
      expect([found.state, found.error]).toEqual(["done", undefined]);
      const text = await (await studio.ask(paths.result(found.id))).text();
      const { queries } = JSON.parse(text) as { queries: { nearest: unknown[]; picture: string }[] };
      expect(queries[0]?.nearest).toHaveLength(3);
      // Where the server keeps it is nobody's to know.
      expect(text).not.toContain("isthmus-uploads-");

      const score = { kind: "task", task: "score", run, options: { images: [sent.upload] } } as const;
      const scored = await ended(await studio.start(score));
      expect([scored.state, scored.error]).toEqual(["done", undefined]);
      expect(await (await studio.ask(paths.result(scored.id))).text()).not.toContain("isthmus-uploads-");
    },
    5 * minutes,
  );
});

describe("a hostile picture", () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28"><image href="file:///etc/passwd"/></svg>`;
  it.each([
    ["SVG", svg],
    ["SVG with a declaration", `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${svg}`],
    ["a page", "<!doctype html><script>alert(1)</script>"],
    ["TIFF", "II*\u0000\u0008\u0000\u0000\u0000"],
    ["nothing", " "],
    ["a path", "/etc/passwd"],
  ])("that is %s is not opened", async (_, text) => {
    const response = await upload(Buffer.from(text));
    expect([response.status, await messageOf(response)]).toEqual([415, "this is no PNG, JPEG, WebP or GIF picture"]);
  });

  it.each([
    ["only its first bytes", () => good().subarray(0, 8)],
    ["a header that is cut", () => good().subarray(0, 20)],
    ["50,000 × 50,000 pixels in a hundred bytes", () => png(50_000, 50_000, new Uint8Array(1))],
    ["two billion pixels in a row", () => png(2 ** 31 - 1, 1, new Uint8Array(1))],
    ["no width", () => png(0, 28, new Uint8Array(1))],
    ["a JPEG's beginning and nothing else", () => Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16)],
  ])("with %s is refused in a sentence, and leaves no file", async (_, make) => {
    const response = await upload(make());
    expect(response.status).toBe(409);
    expect((await messageOf(response)).length).toBeGreaterThan(10);
    expect(await isAlive()).toBe(true);
  });

  it("that ends in the middle is taken by its header, and refused when it is looked at", async () => {
    const noise = Uint8Array.from({ length: 29 * 28 }, (_, i) => (i % 29 === 0 ? 0 : (i * 7919) % 251));
    const whole = png(28, 28, noise);
    const sent = (await (await upload(whole.subarray(0, whole.length - 300))).json()) as Uploaded;
    const answer = await encode(sent.upload);
    expect(answer.status).toBe(409);
    expect(await messageOf(answer)).not.toContain(tmpdir());
    // The process that decodes goes on.
    const right = (await (await upload(good())).json()) as Uploaded;
    expect((await encode(right.upload)).status).toBe(200);
  });

  it.each([
    ["rows that unpack to 300 MB", () => png(28, 28, new Uint8Array(300 * 2 ** 20))],
    [
      "20 MB of words before its pixels",
      () => png(28, 28, new Uint8Array(29 * 28), [chunk("tEXt", new Uint8Array(20 * 2 ** 20).fill(65))]),
    ],
    [
      "a profile that unpacks to 200 MB",
      () =>
        png(28, 28, new Uint8Array(29 * 28), [
          chunk("iCCP", Buffer.concat([Buffer.from("x\0\0", "latin1"), deflateSync(new Uint8Array(200 * 2 ** 20))])),
        ]),
    ],
    ["100,000 frames", () => gif(100_000)],
  ])(
    "with %s is seen by its first picture or refused, within seconds",
    async (_, make) => {
      const bytes = make();
      const begun = performance.now();
      const response = await upload(bytes);
      expect([201, 409]).toContain(response.status);
      if (response.status === 201) {
        const answer = await encode(((await response.json()) as Uploaded).upload);
        expect([200, 409]).toContain(answer.status);
      }
      expect(performance.now() - begun).toBeLessThan(20_000);
      expect(await isAlive()).toBe(true);
    },
    minutes,
  );

  it("larger than may be is refused before it has come", async () => {
    const response = await upload(new Uint8Array(33 * 2 ** 20)).catch(() => undefined);
    // Who still writes when the server has closed hears of it in one way or the other.
    expect([413, undefined]).toContain(response?.status);
    expect(await isAlive()).toBe(true);
  });
});

describe("an ONNX model whose weights lie elsewhere", () => {
  // Five up from exports/ is the root of every temporary folder's disk.
  const models = ["../../../../../etc/passwd", "/etc/passwd"].map(onnxElsewhere);

  it.each(models)("is taken for no picture (%#)", async (bytes) => {
    expect(Buffer.from(bytes).toString("latin1")).toContain("etc/passwd");
    const response = await upload(bytes);
    expect([response.status, await messageOf(response)]).toEqual([415, "this is no PNG, JPEG, WebP or GIF picture"]);
  });

  it(
    "is a download as it is from a run folder, and opened by nothing that the studio does with the run",
    async () => {
      const before = await studio.json<RunDetail>(paths.run(run));
      const folder = join(studio.root, before.row.folder, "exports");
      mkdirSync(folder, { recursive: true });
      for (const [i, name] of ["encoder.onnx", "decoder.onnx"].entries()) {
        writeFileSync(join(folder, name), models[i] ?? "");
      }
      const { exports } = await studio.json<RunDetail>(paths.run(run));
      for (const [i, name] of ["encoder.onnx", "decoder.onnx"].entries()) {
        const id = exports.find((file) => file.name === name)?.picture ?? "none";
        const response = await studio.ask(paths.picture(run, id));
        expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
        expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
        expect(Buffer.from(await response.arrayBuffer()).equals(models[i] ?? Buffer.of())).toBe(true);
      }
      // A reader would fail on them, or on what they name: codes and reports are made as before.
      const sent = (await (await upload(good())).json()) as Uploaded;
      expect((await encode(sent.upload)).status).toBe(200);
      const report = await studio.ask(paths.report(run, "figures"));
      const text = await report.text();
      expect([report.status, JSON.parse(text).content.data !== null]).toEqual([200, true]);
      expect(text).not.toContain("root:");
      const sample = { kind: "task", task: "sample", run, options: { count: 4, engine: "onnx" } } as const;
      const made = await ended(await studio.start(sample));
      expect([made.state, made.error]).toEqual(["done", undefined]);
    },
    5 * minutes,
  );
});

/** A GIF of so many frames of one pixel. */
function gif(frames: number): Uint8Array {
  const head = Buffer.concat([
    Buffer.from("GIF89a", "latin1"),
    Buffer.of(1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255),
  ]);
  const frame = Buffer.of(0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0);
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.of(0x3b)]);
}

describe("a selection", () => {
  const take = async (body: SelectionRequest): Promise<Response> => await studio.post(paths.selection(run), body);

  it(
    "goes out as a table of its images in their order, with class, error and code",
    async () => {
      const response = await take({ on: "test", places: [3, 0, 31], as: "csv" });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''seen-selection.csv");
      const text = await response.text();
      expect(Number(response.headers.get("content-length"))).toBe(text.length);
      const [head, ...rows] = text.trimEnd().split("\n");
      expect(head).toBe("split,image,class,mse,code0,code1,code2,code3,code4,code5,code6,code7");
      expect(rows.map((row) => row.split(",").slice(0, 2).join())).toEqual(["test,3", "test,0", "test,31"]);
      // MNIST's test labels begin 7 2 1 0.
      expect(rows.slice(0, 2).map((row) => row.split(",")[2])).toEqual(["0", "7"]);
      expect(rows.every((row) => row.split(",").length === 12)).toBe(true);
    },
    minutes,
  );

  it(
    "goes out as a folder of pictures with that table, in one file",
    async () => {
      // What is named twice is in it once.
      const response = await take({ on: "train", places: [5, 7, 5], as: "pictures" });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-disposition")).toContain("seen-selection.zip");
      const zip = Buffer.from(await response.arrayBuffer());
      const names = [...zip.toString("latin1").matchAll(/selection\/[\w-]+\.(?:csv|png)/g)].map(([name]) => name);
      const listed = ["selection/selection.csv", "selection/train-000005.png", "selection/train-000007.png"];
      // Each stands before its bytes and in the directory.
      expect(names).toEqual([...listed, ...listed]);
      const from = zip.indexOf(Buffer.of(0x89, 0x50, 0x4e, 0x47));
      const { info } = await sharp(zip.subarray(from, zip.indexOf("IEND", from) + 8))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([28, 28]);
      const pages = readdirSync(tmpdir()).filter((name) => name.startsWith("isthmus-uploads-"));
      const left = pages.flatMap((name) => (existsSync(join(tmpdir(), name)) ? readdirSync(join(tmpdir(), name)) : []));
      expect(left.filter((name) => name.startsWith("selection-"))).toEqual([]);
    },
    minutes,
  );

  it.each([
    [{ on: "test", places: [] }, "places"],
    [{ on: "test", places: [-1] }, "places.0"],
    [{ on: "test", places: [1.5] }, "places.0"],
    [{ on: "test", places: ["1"] }, "places.0"],
    [{ on: "test", places: [null] }, "places.0"],
    [{ on: "__proto__", places: [1] }, "on"],
    [{ on: "test", places: [1], out: "/etc/x" }, "body"],
    [{ on: "test", places: [32] }, "places"],
    [{ on: "test", places: [2 ** 31] }, "places"],
    [{ on: "test", places: Array.from({ length: 100_001 }, () => 1) }, "places"],
  ])("that is wrong is refused where it is (%#)", async (body, at) => {
    const response = await take({ as: "csv", ...body } as SelectionRequest);
    expect(response.status).toBe(409);
    expect(((await response.json()) as ApiError).error.at).toBe(at);
  });

  it(
    "that nobody waits for any more leaves no open file",
    async () => {
      const open = (): number =>
        readdirSync("/proc/self/fd").filter((descriptor) => {
          try {
            return readlinkSync(`/proc/self/fd/${descriptor}`).includes("selection-");
          } catch {
            return false;
          }
        }).length;
      for (const wait of [50, 5000]) {
        const stop = new AbortController();
        const asked = studio.ask(paths.selection(run), {
          method: "POST",
          body: JSON.stringify({ on: "train", places: [1, 2, 3], as: "pictures" }),
          headers: { "Content-Type": "application/json" },
          signal: stop.signal,
        });
        asked.catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, wait));
        stop.abort();
      }
      // One after another: what is asked last is answered when those before are done.
      expect((await take({ on: "test", places: [1], as: "csv" })).status).toBe(200);
      if (process.platform === "linux") await expect.poll(open, { timeout: 10_000 }).toBe(0);
    },
    minutes,
  );

  it("has no cell that a table's program would compute", () => {
    const rows = { places: [0, 1, 2], on: "test", errors: Float32Array.of(0.1, 0, 0), codeSize: 1 };
    const classes = ["=HYPERLINK(1)", "-7", 'a,"b"'];
    const codes = Float32Array.of(0.1, -2, 3e-8);
    expect(tableOf({ ...rows, codes, classOf: (place) => classes[place] ?? "" })).toBe(
      'split,image,class,mse,code0\ntest,0,\'=HYPERLINK(1),0.100000001,0.100000001\ntest,1,-7,0,-2\ntest,2,"a,""b""",0,2.99999989e-8\n',
    );
  });
});

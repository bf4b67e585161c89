// Run folders that are damaged, hostile or change under the server: each is listed with what is wrong, and none leads elsewhere.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunDetail, RunPictures, RunRecords, RunRow, SettingsTable, StudioEvent } from "../api.js";
import { openIndex } from "./index/runIndex.js";
import { newRoot, openStudio, type TestStudio } from "./testing/server.js";

const epoch = (number: number, mse = 1 / number) => ({
  ...{ kind: "epoch", phase: 0, epoch: number, step: 10 * number, learningRate: 0.001, images: 160 },
  ...{ train: { objective: mse, mse }, test: { objective: mse, mse } },
});
const timing = (number: number) => ({
  ...{ epoch: number, seconds: 2, evaluationSeconds: 0.5, imagesPerSecond: 80, dataWaitSeconds: 0, peakBytes: 1 },
  time: "2026-01-01T00:00:00Z",
});
const lines = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=",
  "base64",
);

/** A whole run of five epochs, with what is to be otherwise about it. */
function writeRun(root: string, name: string, change: (path: string) => void = () => {}): string {
  const path = join(root, name);
  mkdirSync(join(path, "checkpoints", "50"), { recursive: true });
  mkdirSync(join(path, "images"));
  const epochs = [1, 2, 3, 4, 5];
  writeFileSync(join(path, "experiment.yaml"), "name: kept\nseed: 3\nphases:\n  - { epochs: 5, batchSize: 16 }\n");
  writeFileSync(join(path, "metrics.jsonl"), lines(epochs.map((number) => epoch(number))));
  writeFileSync(join(path, "timing.jsonl"), lines(epochs.map(timing)));
  const engine = { name: "reference", library: "none", threads: 1 };
  const data = { name: "mnist", checksums: {} };
  const environment = { format: 1, isthmus: "0", node: "20", platform: "linux", engine, data, started: "2026-01-02" };
  writeFileSync(join(path, "environment.json"), JSON.stringify(environment));
  writeFileSync(join(path, "checkpoints", "last.json"), '{"step":50}');
  writeFileSync(join(path, "checkpoints", "50", "state.json"), '{"finished":true,"step":50}');
  writeFileSync(join(path, "images", "reconstructions.png"), png);
  change(path);
  return path;
}

let studio: TestStudio;
beforeAll(async () => {
  studio = await openStudio();
}, 300_000);
afterAll(() => studio.close());

/** Waits until a run's row fits. */
async function rowOf(folder: string, fits: (row: RunRow) => boolean = () => true): Promise<RunRow> {
  const pick = (rows: readonly RunRow[]) => rows.find((row) => row.folder === folder && fits(row));
  const coming = studio.until((event: StudioEvent) => (event.kind === "runs" ? pick(event.rows) : undefined));
  return pick((await studio.runs()).runs) ?? (await coming);
}

describe("a damaged run", () => {
  it("is whole where nothing is wrong", async () => {
    writeRun(studio.root, "2026-01-02-whole-1");
    const row = await rowOf("2026-01-02-whole-1", ({ seconds }) => seconds !== undefined);
    expect(row).toMatchObject({
      name: "whole",
      state: "done",
      epochs: 5,
      step: 50,
      engine: "reference",
      data: "mnist",
    });
    // Five epochs of two and a half seconds; the lowest of 1, 1/2 … is the last.
    expect([row.seconds, row.lowest?.mse, row.problems]).toEqual([12.5, 0.2, undefined]);
  });

  it.each<[string, (path: string) => void, string, number]>([
    ["no-experiment", (path) => rmSync(join(path, "experiment.yaml")), "experiment.yaml is missing", 5],
    ["no-environment", (path) => rmSync(join(path, "environment.json")), "environment.json is missing", 5],
    ["no-metrics", (path) => rmSync(join(path, "metrics.jsonl")), "metrics.jsonl is missing", 0],
    [
      "no-state",
      (path) => rmSync(join(path, "checkpoints", "50"), { recursive: true }),
      "the checkpoint of step 50 is missing",
      5,
    ],
    [
      "no-json",
      (path) => writeFileSync(join(path, "environment.json"), '{"format":'),
      "environment.json is not JSON",
      5,
    ],
    [
      "wrong-type",
      (path) => writeFileSync(join(path, "environment.json"), '{"engine":7}'),
      "environment.json lacks engine, data or start",
      5,
    ],
    [
      "wrong-step",
      (path) => writeFileSync(join(path, "checkpoints", "last.json"), '{"step":"../../.."}'),
      "checkpoints/last.json names no step",
      5,
    ],
    [
      "half-line",
      (path) => appendFileSync(join(path, "metrics.jsonl"), '{"kind":"epo'),
      "metrics.jsonl ends within a line",
      5,
    ],
    [
      "wrong-line",
      (path) => appendFileSync(join(path, "metrics.jsonl"), '{"kind":"epoch","epoch":"6"}\n'),
      "line 6 of metrics.jsonl is no such record",
      5,
    ],
    [
      "nul-line",
      (path) => appendFileSync(join(path, "metrics.jsonl"), Buffer.from("\0\0\0\n")),
      "line 6 of metrics.jsonl is not JSON",
      5,
    ],
    [
      "long-line",
      (path) => appendFileSync(join(path, "metrics.jsonl"), `"${"x".repeat(2 ** 21)}"\n`),
      "line 6 of metrics.jsonl is longer than a million bytes; nothing after it is read",
      5,
    ],
    // Half a gigabyte without a line's end, of which a million bytes are read.
    [
      "sparse",
      (path) => truncateSync(join(path, "metrics.jsonl"), 500_000_000),
      "line 6 of metrics.jsonl is longer than a million bytes; nothing after it is read",
      5,
    ],
    [
      "a-folder",
      (path) => {
        rmSync(join(path, "metrics.jsonl"));
        mkdirSync(join(path, "metrics.jsonl"));
      },
      "metrics.jsonl is a folder",
      0,
    ],
    [
      "a-link",
      (path) => {
        rmSync(join(path, "metrics.jsonl"));
        symlinkSync("/etc/passwd", join(path, "metrics.jsonl"));
      },
      "metrics.jsonl is a link, and links in a run folder are not followed",
      0,
    ],
    [
      "a-fifo",
      (path) => {
        rmSync(join(path, "metrics.jsonl"));
        execFileSync("mkfifo", [join(path, "metrics.jsonl")]);
      },
      "metrics.jsonl is neither a file nor a folder",
      0,
    ],
  ])("%s says so", async (name, change, problem, epochs) => {
    writeRun(studio.root, `2026-01-03-${name}-1`, change);
    const row = await rowOf(`2026-01-03-${name}-1`, ({ problems }) => problems?.includes(problem) === true);
    expect([row.state, row.epochs]).toEqual(["damaged", epochs]);
    const answered = await studio.json<RunDetail>(`/api/runs/${row.id}`);
    expect(answered.row.id).toBe(row.id);
    const { records } = await studio.json<RunRecords>(`/api/runs/${row.id}/records`);
    expect(records).toHaveLength(epochs);
  });

  it("with good lines after a bad one has them all", async () => {
    writeRun(studio.root, "2026-01-04-middle-1", (path) =>
      writeFileSync(join(path, "metrics.jsonl"), `${lines([epoch(1)])}nonsense\n${lines([epoch(2), epoch(3)])}`),
    );
    const { id, epochs } = await rowOf("2026-01-04-middle-1", ({ problems }) => problems !== undefined);
    const { records, problems } = await studio.json<RunRecords>(`/api/runs/${id}/records`);
    expect([epochs, records.length, problems]).toEqual([3, 3, ["line 2 of metrics.jsonl is not JSON"]]);
  });

  it("is told when it grows, is cut, has its clock set back, is deleted", async () => {
    const path = writeRun(studio.root, "2026-01-05-alive-1");
    const { id } = await rowOf("2026-01-05-alive-1", ({ epochs }) => epochs === 5);
    const grown = studio.until(
      (event) => (event.kind === "records" && event.records.length > 0 ? event : undefined),
      `?runs=${id}`,
    );
    // The server listens once it has said hello; lines that come before that are the page's to ask for.
    const place = join(path, "metrics.jsonl");
    const growing = setInterval(() => appendFileSync(place, lines([epoch(6)])), 100);
    const told = await grown;
    clearInterval(growing);
    expect([told.run, told.records[0]?.epoch, told.from >= 5]).toEqual([id, 6, true]);
    writeFileSync(place, lines([epoch(1), epoch(2)]));
    await rowOf("2026-01-05-alive-1", ({ epochs }) => epochs === 2);
    appendFileSync(place, lines([epoch(3)]));
    utimesSync(place, new Date(0), new Date(0));
    await rowOf("2026-01-05-alive-1", ({ epochs }) => epochs === 3);
    const gone = studio.until((event) => (event.kind === "runs" && event.removed.includes(id) ? true : undefined));
    rmSync(path, { recursive: true });
    await gone;
    for (const part of ["", "/experiment", "/records", "/pictures", "/pictures/latest"]) {
      expect((await studio.ask(`/api/runs/${id}${part}`)).status).toBe(404);
    }
  });
});

describe("epochs in all", () => {
  const unfinished = (path: string): void =>
    writeFileSync(join(path, "checkpoints", "50", "state.json"), '{"finished":false,"step":50}');
  const yaml = (path: string, text: string): void => writeFileSync(join(path, "experiment.yaml"), text);

  it.each<[string, (path: string) => void, number | undefined]>([
    // What it had, whatever was wished.
    ["a-done", (path) => yaml(path, "phases: [{ epochs: 50 }]\n"), 5],
    ["b-stopped", (path) => yaml(path, "phases: [{ epochs: 7 }, { epochs: 3 }]\n"), 10],
    [
      "c-by-minutes",
      (path) =>
        writeFileSync(
          join(path, "interventions.jsonl"),
          '{"step":1,"command":"setEpochs","epochs":[9]}\n{"step":20,"command":"setEpochs","epochs":[5,0.4]}\n{"step":21,"comm',
        ),
      6,
    ],
    ["d-unsaid", (path) => yaml(path, "phases: [{ epochs: 7 }, { batchSize: 3 }]\n"), undefined],
    ["e-no-yaml", (path) => yaml(path, "phases: ["), undefined],
    ["f-wrong", (path) => yaml(path, "phases: [{ epochs: -1 }]\n"), undefined],
    ["g-bomb", (path) => yaml(path, `a: &a [x,x]\nb: &b [*a,*a]\nphases: [*b,*b]\n`), undefined],
  ])("of %s are what its files say", async (name, change, inAll) => {
    writeRun(studio.root, `2026-01-10-${name}-1`, (path) => {
      if (name !== "a-done") unfinished(path);
      change(path);
    });
    const { epochs, epochsInAll } = await rowOf(`2026-01-10-${name}-1`, ({ seconds }) => seconds !== undefined);
    expect([epochs, epochsInAll]).toEqual([5, inAll]);
  });
});

describe("what a run folder holds", () => {
  it("is shown by what its bytes are: drawings and pages are downloads as text", async () => {
    writeRun(studio.root, "2026-01-06-pictures-1", (path) => {
      const images = join(path, "images");
      writeFileSync(
        join(images, "curves.svg"),
        '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      );
      writeFileSync(join(images, "page.png"), "<html><script>alert(1)</script></html>");
      writeFileSync(join(images, "huge.png"), "");
      truncateSync(join(images, "huge.png"), 2 ** 33);
      symlinkSync("/etc/passwd", join(images, "passwd.png"));
      execFileSync("mkfifo", [join(images, "fifo.png")]);
    });
    const { id } = await rowOf("2026-01-06-pictures-1");
    const { files } = await studio.json<RunPictures>(`/api/runs/${id}/pictures`);
    expect(files.map(({ name }) => name)).toEqual(["curves.svg", "huge.png", "page.png", "reconstructions.png"]);
    const got = async (name: string) =>
      await studio.ask(`/api/runs/${id}/pictures/${files.find((file) => file.name === name)?.id}`);
    const drawing = await got("curves.svg");
    expect(drawing.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(drawing.headers.get("content-disposition")).toMatch(/^attachment/);
    const page = await got("page.png");
    expect([page.headers.get("content-type"), page.headers.get("content-disposition")?.slice(0, 10)]).toEqual([
      "application/octet-stream",
      "attachment",
    ]);
    const picture = await got("reconstructions.png");
    expect([picture.headers.get("content-type"), Buffer.from(await picture.arrayBuffer()).equals(png)]).toEqual([
      "image/png",
      true,
    ]);
    expect((await got("huge.png")).status).toBe(409);
    expect((await studio.ask(`/api/runs/${id}/pictures/p000000000000`)).status).toBe(404);
  });

  it("is not followed out of it, nor out of the root", async () => {
    const secret = join(dirname(studio.root), `${studio.root.split("/").at(-1)}-secret`);
    writeRun(secret, "2026-01-07-secret-1");
    try {
      symlinkSync(join(secret, "2026-01-07-secret-1"), join(studio.root, "2026-01-07-linked-1"));
      symlinkSync(studio.root, join(studio.root, "2026-01-07-loop-1"));
      writeRun(studio.root, "2026-01-07-inside-1", (path) => {
        rmSync(join(path, "images"), { recursive: true });
        symlinkSync(join(secret, "2026-01-07-secret-1", "images"), join(path, "images"));
        rmSync(join(path, "checkpoints"), { recursive: true });
        symlinkSync("..", join(path, "checkpoints"));
      });
      const { id, preview } = await rowOf("2026-01-07-inside-1");
      expect(preview).toBeUndefined();
      expect((await studio.json<RunPictures>(`/api/runs/${id}/pictures`)).files).toEqual([]);
      expect((await studio.ask(`/api/runs/${id}/pictures/latest`)).status).toBe(404);
      const folders = (await studio.runs()).runs.map(({ folder }) => folder);
      expect(folders.filter((folder) => /linked|loop|secret/.test(folder))).toEqual([]);
    } finally {
      rmSync(secret, { recursive: true });
    }
  });

  it("has names and notes that are text, whatever they look like", async () => {
    const name = "2026-01-08-<img src=x onerror=alert(1)>-1";
    writeRun(studio.root, name);
    const { id } = await rowOf(name);
    const notes = { note: "</script><script>alert(1)</script>", tags: ["<b>"], star: true, colour: 3 };
    const answer = await studio.ask(`/api/runs/${id}/notes`, {
      method: "PUT",
      body: JSON.stringify(notes),
      headers: { "Content-Type": "application/json" },
    });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(((await answer.json()) as RunRow).notes).toEqual(notes);
    expect(JSON.parse(readFileSync(join(studio.root, name, "notes.json"), "utf8"))).toEqual(notes);
  });

  it("is not written through: notes and commands replace no file elsewhere", async () => {
    const target = join(studio.root, "elsewhere.txt");
    writeFileSync(target, "mine");
    const path = writeRun(studio.root, "2026-01-09-written-1", (at) => symlinkSync(target, join(at, "notes.json")));
    const { id } = await rowOf("2026-01-09-written-1");
    await studio.ask(`/api/runs/${id}/notes`, {
      method: "PUT",
      body: '{"star":true}',
      headers: { "Content-Type": "application/json" },
    });
    expect(readFileSync(target, "utf8")).toBe("mine");
    expect((await studio.post(`/api/runs/${id}/command`, { kind: "stop" })).status).toBe(409);
    expect(path).toContain("written");
  });

  it("has settings that are told once for all runs that share them", async () => {
    let table = await studio.json<SettingsTable>("/api/settings");
    while (table.pending > 0) table = await studio.json<SettingsTable>("/api/settings");
    const { id } = await rowOf("2026-01-02-whole-1");
    const pairs = table.experiments[table.runs[id] ?? -1] ?? [];
    const at = pairs.findIndex((place, i) => i % 2 === 0 && table.paths[place] === "phases.0.batchSize");
    expect(table.values[pairs[at + 1] ?? -1]).toBe(16);
    expect(table.experiments.length).toBeLessThan(Object.keys(table.runs).length);
  });
});

describe("the root", () => {
  it("may be exchanged, go and come again while the server runs", async () => {
    const root = newRoot();
    const own = await openStudio({ root });
    const folders = async (...wanted: readonly string[]): Promise<void> => {
      const isSo = async () => (await own.runs()).runs.map(({ folder }) => folder).join() === wanted.join();
      const seen = own.until((event) => (event.kind === "runs" ? true : undefined));
      while (!(await isSo())) await Promise.race([seen, new Promise((resolve) => setTimeout(resolve, 20))]);
    };
    try {
      writeRun(root, "2026-02-01-old-1");
      await folders("2026-02-01-old-1");
      renameSync(root, `${root}-away`);
      await folders();
      writeRun(root, "2026-02-02-new-1");
      await folders("2026-02-02-new-1");
      cpSync(join(`${root}-away`, "2026-02-01-old-1"), join(root, "2026-02-01-old-1"), { recursive: true });
      await folders("2026-02-02-new-1", "2026-02-01-old-1");
    } finally {
      await own.close();
      rmSync(root, { recursive: true, force: true });
      rmSync(`${root}-away`, { recursive: true, force: true });
    }
  });

  it("with a socket and files in it lists its runs", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(studio.root, "socket"), resolve));
    writeFileSync(join(studio.root, "a file"), "");
    const { problems } = await rowOf("2026-01-02-whole-1");
    expect(problems).toBeUndefined();
    server.close();
  });

  it("of three hundred runs is listed whole by one look, and looked at again without opening them", async () => {
    const root = newRoot();
    try {
      for (let i = 0; i < 300; i++) writeRun(root, `2026-03-01-many-${i}`);
      let told = 0;
      let turns = 0;
      let now = 0;
      const index = openIndex(
        root,
        (news) => {
          if (news.kind === "runs") told += news.rows.length;
        },
        async () => {
          turns += 1;
          await new Promise((resolve) => setImmediate(resolve));
        },
        () => {
          now += 1;
          return now;
        },
      );
      await index.look();
      expect([index.rows().length, index.pending]).toEqual([300, 0]);
      // By this clock every reading takes a millisecond: the thread is given back every fifteen.
      expect(turns).toBeGreaterThanOrEqual(20);
      // Each look comes back to some for what the table could wait for; then nothing is told any more.
      for (let i = 0; i < 6; i++) await index.look();
      expect(index.rows().every(({ seconds }) => seconds === 12.5)).toBe(true);
      const before = told;
      for (let i = 0; i < 6; i++) await index.look();
      expect(told).toBe(before);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

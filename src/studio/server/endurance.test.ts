// What a studio bears: a full disk, very many requests, two studios and clients that come and go, runs that go while they are shown.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ApiError, Job, RunRow } from "../api.js";
import { mostListeners } from "./hub.js";
import { newRoot, openStudio, type TestStudio, tinyText } from "./testing/server.js";

const minutes = 60_000;
let studio: TestStudio;
beforeAll(async () => {
  studio = await openStudio();
}, 5 * minutes);
afterAll(() => studio.close());

const line = (epoch: number): string =>
  `${JSON.stringify({ kind: "epoch", phase: 0, epoch, step: epoch, learningRate: 0.1, images: 1, train: {}, test: {} })}\n`;
function writeRun(root: string, name: string): string {
  const path = join(root, name);
  mkdirSync(path);
  writeFileSync(join(path, "experiment.yaml"), "name: kept\n");
  writeFileSync(join(path, "metrics.jsonl"), line(1));
  return path;
}
async function rowOf(of: TestStudio, folder: string, fits: (row: RunRow) => boolean = () => true): Promise<RunRow> {
  const pick = (rows: readonly RunRow[]) => rows.find((row) => row.folder === folder && fits(row));
  const coming = of.until((event) => (event.kind === "runs" ? pick(event.rows) : undefined));
  return pick((await of.runs()).runs) ?? (await coming);
}

/** A request on a connection that is kept. */
function kept(agent: Agent, path: string): Promise<number> {
  const { port, secrets } = studio;
  const headers = { Host: `localhost:${port}`, Authorization: `Bearer ${secrets.token}` };
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, agent, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    })
      .on("error", reject)
      .end();
  });
}
const openFiles = (): number => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);

it(
  "answers thousands of requests, right and wrong, with no more files and sockets open afterwards",
  async () => {
    // All 100,000 are sent by scripts/studio-load.mjs.
    const { id } = await rowOf(studio, writeRun(studio.root, "2026-01-01-many-1").split("/").at(-1) ?? "");
    const parts = ["", "/records", "/experiment", "/pictures", "/pictures/latest", "/report/none"];
    const addresses = ["/healthz", "/api/runs", "/api/jobs", "/nothing", "/api/runs/__proto__"].concat(
      parts.map((part) => `/api/runs/${id}${part}`),
    );
    const before = openFiles();
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const count = 4000;
    const statuses = new Map<number, number>();
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < count) {
        const status = await kept(agent, addresses[next++ % addresses.length] ?? "");
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
    agent.destroy();
    expect([...statuses.keys()].toSorted()).toEqual([200, 404]);
    await expect.poll(openFiles, { timeout: 15_000 }).toBeLessThanOrEqual(before + 2);
  },
  5 * minutes,
);

it(
  "forgets who listened: three times as many streams as may be open come and go",
  async () => {
    for (let round = 0; round < 3; round++) {
      const stops = Array.from({ length: mostListeners }, () => new AbortController());
      const answers = await Promise.all(stops.map(({ signal }) => studio.ask("/api/events", { signal })));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const more = await studio.ask("/api/events");
      expect([more.status, ((await more.json()) as ApiError).error.message]).toEqual([
        503,
        `${mostListeners} pages listen already`,
      ]);
      for (const stop of stops) stop.abort();
      // The server hears of it when the sockets close.
      await expect
        .poll(
          async () => {
            const stop = new AbortController();
            const { status } = await studio.ask("/api/events", { signal: stop.signal });
            stop.abort();
            return status;
          },
          { timeout: 15_000 },
        )
        .toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  },
  5 * minutes,
);

it("takes a run away from all pages when it is deleted while they show it, and has it again under its old id", async () => {
  const name = "2026-01-02-shown-1";
  writeRun(studio.root, name);
  const { id } = await rowOf(studio, name);
  const watching = studio.until((event) => (event.kind === "hello" ? true : undefined), `?runs=${id}`);
  await watching;
  const gone = studio.until(
    (event) => (event.kind === "runs" && event.removed.includes(id) ? true : undefined),
    `?runs=${id}`,
  );
  rmSync(join(studio.root, name), { recursive: true });
  await gone;
  const notes = { method: "PUT", body: '{"star":true}', headers: { "Content-Type": "application/json" } };
  expect((await studio.ask(`/api/runs/${id}/notes`, notes)).status).toBe(404);
  expect((await studio.ask(`/api/runs/${id}/report/head`)).status).toBe(404);
  expect((await studio.post(`/api/runs/${id}/selection`, { on: "test", places: [0], as: "csv" })).status).toBe(404);
  writeRun(studio.root, name);
  expect((await rowOf(studio, name)).id).toBe(id);
});

it("hears of lines whose clock was set back, to before the run began", async () => {
  const name = "2026-01-03-clock-1";
  const path = writeRun(studio.root, name);
  await rowOf(studio, name, ({ epochs }) => epochs === 1);
  writeFileSync(join(path, "metrics.jsonl"), line(1) + line(2));
  for (const file of [join(path, "metrics.jsonl"), path]) utimesSync(file, new Date(0), new Date(0));
  expect((await rowOf(studio, name, ({ epochs }) => epochs === 2)).changed).toBe(0);
});

/** Whether a small disk can be made here, to be filled. */
function mountSmall(path: string, megabytes = 1): boolean {
  if (process.platform !== "linux") return false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "none", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

it(
  "on a full disk shows what there is, says what can't be written, and goes on when there is room",
  async (context) => {
    const root = newRoot();
    if (!mountSmall(root)) context.skip("a small disk needs the right to mount one");
    try {
      const name = "2026-01-04-full-1";
      writeRun(root, name);
      const own = await openStudio({ root });
      try {
        const { id } = await rowOf(own, name);
        fill(root);
        const body = JSON.stringify({ note: "x".repeat(9000) });
        const put = () =>
          own.ask(`/api/runs/${id}/notes`, { method: "PUT", body, headers: { "Content-Type": "application/json" } });
        const refused = await put();
        expect(refused.status).toBe(409);
        expect(((await refused.json()) as ApiError).error.message).toMatch(/no space|disk|ENOSPC/i);
        const work = { kind: "train", experiment: { text: tinyText("full", 1) }, engine: "reference" } as const;
        // Told at once or when it begins; the server is there either way.
        const asked = await own.post("/api/jobs", { request: "on-a-full-disk", work });
        if (asked.status === 201) {
          const job = (await asked.json()) as Job;
          const isOver = (some: Job): boolean => some.id === job.id && some.state === "failed";
          const over = own.until((event) => (event.kind === "job" && isOver(event.job) ? event.job : undefined));
          const now = await own.json<Job>(`/api/jobs/${job.id}`);
          expect((isOver(now) ? now : await over).error?.message).toMatch(/written|space|disk/i);
        } else expect(asked.status).toBe(409);
        expect((await own.ask("/healthz")).status).toBe(200);
        expect((await own.json<RunRow[] | object>("/api/runs")) as object).toMatchObject({ pending: 0 });
        rmSync(join(root, "filling"));
        expect((await put()).status).toBe(200);
      } finally {
        await own.close();
      }
    } finally {
      execFileSync("umount", ["-l", root]);
      rmSync(root, { recursive: true, force: true });
    }
  },
  5 * minutes,
);

it(
  "where there is no room for what pages send refuses it, leaves nothing of it, and takes it when there is room",
  async (context) => {
    const small = newRoot();
    // What loads sources in a test keeps some of its own there.
    if (!mountSmall(small, 32)) context.skip("a small disk needs the right to mount one");
    const { TMPDIR } = process.env;
    try {
      const root = newRoot();
      process.env.TMPDIR = small;
      const own = await openStudio({ root }).finally(() => {
        if (TMPDIR === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = TMPDIR;
      });
      try {
        const scratch = readdirSync(small).find((name) => name.startsWith("isthmus-uploads-")) ?? "none";
        fill(small);
        // Longer than what the disk's last page may still take.
        const picture = new Uint8Array(2 ** 16);
        picture.set(onePixel);
        const upload = () =>
          own.ask("/api/uploads", {
            method: "POST",
            body: picture,
            headers: { "Content-Type": "application/octet-stream" },
          });
        const answers = await Promise.all(Array.from({ length: 8 }, upload));
        for (const answer of answers) {
          expect(answer.status).toBe(409);
          const { error } = (await answer.json()) as ApiError;
          expect(error.message).toMatch(/^the picture can't be kept: .*(space|full)/);
          expect(JSON.stringify(error)).not.toContain(small);
        }
        expect(readdirSync(join(small, scratch))).toEqual([]);
        const work = { kind: "findLearningRate", experiment: { text: tinyText("full", 1) } } as const;
        const job = await own.start(work);
        const isOver = (some: Job): boolean => some.id === job.id && some.ended !== undefined;
        const over = own.until((event) => (event.kind === "job" && isOver(event.job) ? event.job : undefined));
        const now = await own.json<Job>(`/api/jobs/${job.id}`);
        expect((isOver(now) ? now : await over).error?.message).toMatch(/space|full/);
        expect((await own.ask("/healthz")).status).toBe(200);
        rmSync(join(small, "filling"));
        const taken = await upload();
        expect([taken.status, await taken.json()]).toEqual([201, expect.objectContaining({ width: 1, height: 1 })]);
        expect(readdirSync(join(small, scratch))).toHaveLength(1);
      } finally {
        await own.close();
        rmSync(root, { recursive: true, force: true });
      }
    } finally {
      execFileSync("umount", ["-l", small]);
      rmSync(small, { recursive: true, force: true });
    }
  },
  5 * minutes,
);

/** A grey picture of one pixel; what follows it is not looked at. */
const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=",
  "base64",
);

function fill(root: string): void {
  for (const bytes of [2 ** 16, 2 ** 12]) {
    try {
      for (;;) writeFileSync(join(root, "filling"), new Uint8Array(bytes), { flag: "a" });
    } catch {
      // Now there is no room for a piece of this size.
    }
  }
}

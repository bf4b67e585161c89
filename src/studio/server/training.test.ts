// Trainings driven by the studio: begun, steered, queued, found again after its end.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type {
  Intervention,
  Job,
  JobList,
  LearningRateFound,
  RunDetail,
  RunRecords,
  RunRow,
  StudioEvent,
  Told,
} from "../api.js";
import { newRoot, openStudio, type TestStudio, tinyText } from "./testing/server.js";

const minutes = 60_000;
let studio: TestStudio;
beforeAll(async () => {
  studio = await openStudio();
}, 5 * minutes);
afterAll(() => studio.close());

/** More than the test needs, and an end that comes where the test is killed and nobody is left to stop it. */
const longEpochs = 2000;
const train = (name: string, epochs: number) =>
  ({ kind: "train", experiment: { text: tinyText(name, epochs) }, engine: "reference" }) as const;
/** Waits until a job is as wanted, which it may be before anyone listens. */
async function jobOf(of: TestStudio, { id }: Job, fits: (job: Job) => boolean): Promise<Job> {
  const listening = of.until((event) =>
    event.kind === "job" && event.job.id === id && fits(event.job) ? event.job : undefined,
  );
  const now = await of.json<Job>(`/api/jobs/${id}`);
  return fits(now) ? now : await listening;
}
const isEnded = (job: Job): boolean => job.ended !== undefined;
const states = async (of: TestStudio): Promise<readonly string[]> =>
  (await of.json<JobList>("/api/jobs")).jobs.map(({ title, state }) => `${title}: ${state}`);

it(
  "trains a text, whose run then has its records; a double click starts nothing",
  async () => {
    const job = await studio.start(train("first", 3), "double-click");
    const again = await studio.start(train("first", 3), "double-click");
    expect(again.id).toBe(job.id);
    const done = await jobOf(studio, job, isEnded);
    expect([done.state, done.error]).toEqual(["done", undefined]);
    const { row } = await studio.json<RunDetail>(`/api/runs/${done.run}`);
    // 64 images in batches of 16, three times.
    expect([row.name, row.state, row.epochs, row.step]).toEqual(["first", "done", 3, 12]);
    const { records, timing } = await studio.json<RunRecords>(`/api/runs/${done.run}/records`);
    expect(records.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(timing).toHaveLength(3);
    expect(await states(studio)).toEqual(["train first: done"]);
  },
  10 * minutes,
);

it(
  "steers: pauses, takes another rate, goes on, stops saved; two that wait change places, one is taken out",
  async () => {
    const long = await studio.start(train("long", longEpochs));
    const [second, third] = [await studio.start(train("second", 1)), await studio.start(train("third", 1))];
    const { run = "" } = await jobOf(studio, long, ({ run }) => run !== undefined);
    const command = async (body: object) => await (await studio.post(`/api/runs/${run}/command`, body)).json();
    const paused = studio.until(
      (event) => (event.kind === "step" && event.live.isPaused ? event.live : undefined),
      `?runs=${run}`,
    );
    expect(await command({ kind: "pause" })).toEqual({ by: "thread" });
    await paused;
    const intervened = studio.until(
      (event: StudioEvent) => (event.kind === "intervened" ? event.intervention : undefined),
      `?runs=${run}`,
    );
    await command({ kind: "setLearningRate", learningRate: 0.0125 });
    await command({ kind: "resume" });
    expect(await studio.json<JobList>("/api/jobs").then(({ jobs }) => jobs.map(({ id }) => id).slice(0, 3))).toEqual([
      long.id,
      second.id,
      third.id,
    ]);
    const moved = (await (await studio.post(`/api/jobs/${third.id}/move`, { before: second.id })).json()) as JobList;
    expect(moved.jobs.map(({ id }) => id).slice(0, 3)).toEqual([long.id, third.id, second.id]);
    expect((await studio.ask(`/api/jobs/${second.id}`, { method: "DELETE" })).status).toBe(200);
    const told = (await intervened) as Extract<Intervention, { command: "setLearningRate" }>;
    expect(told.learningRate).toBe(0.0125);
    await command({ kind: "stop" });
    expect((await jobOf(studio, long, isEnded)).state).toBe("cancelled");
    const { row } = await studio.json<RunDetail>(`/api/runs/${run}`);
    const folder = join(studio.root, row.folder);
    expect(JSON.parse(readFileSync(join(folder, "interventions.jsonl"), "utf8").split("\n")[0] ?? "")).toEqual(told);
    expect(existsSync(join(folder, "checkpoints", "last.json"))).toBe(true);
    expect((await jobOf(studio, third, isEnded)).state).toBe("done");
    expect((await jobOf(studio, second, isEnded)).state).toBe("cancelled");
    expect((await studio.post(`/api/runs/${run}/command`, { kind: "stop" })).status).toBe(409);
  },
  15 * minutes,
);

it(
  "says what is wrong with what it can't train, and goes on with the next",
  async () => {
    const text = `use: [./evil.mjs]\n${tinyText("evil", 1)}`;
    const [wrong, refused] = [
      await studio.start({ kind: "train", experiment: { text: "name: [" } }),
      await studio.start({ kind: "train", experiment: { text } }),
    ];
    expect((await jobOf(studio, wrong, isEnded)).error?.message).toContain("is not valid YAML");
    expect((await jobOf(studio, refused, isEnded)).error?.message).toContain("modules are not loaded");
    const changed = { ...train("changed", 1), changes: ["use=[./evil.mjs]"] };
    const job = await studio.start(changed);
    expect((await jobOf(studio, job, isEnded)).error?.message).toContain("modules are not loaded");
  },
  10 * minutes,
);

it(
  "finds a learning rate, with the curve that it was read from",
  async () => {
    const work = { kind: "findLearningRate", experiment: { text: tinyText("rated", 1) } } as const;
    const job = await jobOf(studio, await studio.start(work), isEnded);
    expect([job.state, job.error]).toEqual(["done", undefined]);
    const found = await studio.json<LearningRateFound>(`/api/jobs/${job.id}/result`);
    const { rates, losses, smoothed } = found.curve;
    expect([rates.length, losses.length, smoothed.length]).toEqual([found.steps, found.steps, found.steps]);
    // From 1e-7 on, each step at a higher rate.
    expect(rates[0]).toBeCloseTo(1e-7, 12);
    expect(rates.every((rate, i) => i === 0 || rate > (rates[i - 1] as number))).toBe(true);
    const nearest = Math.min(...rates.map((rate) => Math.abs(Math.log(rate / (found.steepest ?? 0)))));
    // To two digits, of one of the rates.
    expect(nearest).toBeLessThan(0.05);
    expect(job.files?.map(({ name }) => name).toSorted()).toEqual([
      "learning-rate.json",
      "learning-rate.png",
      "learning-rate.svg",
    ]);
  },
  10 * minutes,
);

it(
  "goes on where a lost connection was, and begins anew for one of another start",
  async () => {
    const seen: { readonly id?: string; readonly event: StudioEvent }[] = [];
    const job = await studio.start({ kind: "train", experiment: { text: "name: [" } });
    const { last } = await firstOf(studio, "", undefined);
    await jobOf(studio, job, isEnded);
    // What came after it is told once more, to the end of the job.
    for await (const message of studio.events("", last)) {
      seen.push(message);
      if (message.event.kind === "job" && message.event.job.ended !== undefined) break;
    }
    expect(seen[0]?.event.kind).toBe("hello");
    expect(seen.some(({ event }) => event.kind === "reset")).toBe(false);
    const numbers = seen.flatMap(({ id }) => (id === undefined ? [] : [Number(id.split("-")[1])]));
    expect(numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number))).toBe(true);
    expect((await firstOf(studio, "", "000000000000-3")).kinds).toEqual(["hello", "reset"]);
    expect((await firstOf(studio, "", "nonsense")).kinds).toEqual(["hello", "reset"]);
  },
  5 * minutes,
);

/** Kinds of the first two events of a stream, or the one where nothing follows; and an id to come back with. */
async function firstOf(of: TestStudio, query: string, since: string | undefined) {
  const kinds: string[] = [];
  for await (const { event } of of.events(query, since)) {
    kinds.push(event.kind);
    if (since === undefined || kinds.length === 2) break;
  }
  const { lastEvent } = await of.runs();
  return { kinds, last: lastEvent };
}

it(
  "has one queue for a folder: a second studio shows it and adds nothing",
  async () => {
    const second = await openStudio({ root: studio.root });
    try {
      const answer = await second.post("/api/jobs", { request: "of-the-second", work: train("never", 1) });
      expect(answer.status).toBe(409);
      expect(((await answer.json()) as { error: { message: string } }).error.message).toBe(
        "another studio has this folder's queue",
      );
      expect((await second.runs()).runs.length).toBe((await studio.runs()).runs.length);
    } finally {
      await second.close();
    }
  },
  5 * minutes,
);

it(
  "steers by its folder what another process trains: it hears a rate and stops, saved",
  async () => {
    const text = join(studio.root, "other.yaml");
    writeFileSync(text, tinyText("other", longEpochs));
    const words = ["train", text, "--out", studio.root, "--engine", "reference"];
    const trainer = command(words, "ignore");
    const ended = new Promise<number | null>((resolve) => trainer.on("exit", resolve));
    try {
      // It listens, whether it was found by the first look or by a later one.
      const isOther = (row: RunRow): boolean => row.name === "other" && row.state === "training" && row.epochs > 0;
      const listening = studio.until((event) => (event.kind === "runs" ? event.rows.find(isOther) : undefined));
      const { id, folder } = (await studio.runs()).runs.find(isOther) ?? (await listening);
      const tell = (body: object) => studio.post(`/api/runs/${id}/command`, body);
      const rate = await tell({ kind: "setLearningRate", learningRate: 0.0125 });
      expect([rate.status, ((await rate.json()) as Told).by]).toEqual([200, "folder"]);
      const stop = await tell({ kind: "stop" });
      expect([stop.status, ((await stop.json()) as Told).by]).toEqual([200, "folder"]);
      // As a training that Ctrl-C has stopped.
      expect(await ended).toBe(130);
      const read = (name: string): readonly Readonly<Record<string, unknown>>[] =>
        readFileSync(join(studio.root, folder, name), "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
      expect(read("answers.jsonl").map(({ command }) => command)).toEqual(["setLearningRate", "stop"]);
      expect(read("interventions.jsonl")[0]).toMatchObject({ command: "setLearningRate", learningRate: 0.0125 });
      expect(existsSync(join(studio.root, folder, "checkpoints", "last.json"))).toBe(true);
      // Nobody has it any more, whichever look notices that.
      await vi.waitFor(async () => expect((await tell({ kind: "stop" })).status).toBe(409), minutes);
    } finally {
      trainer.kill("SIGKILL");
      rmSync(text);
    }
  },
  10 * minutes,
);

it(
  "trains on when its server is killed; the next start finds it and what waits, and has the bytes of one undisturbed",
  async () => {
    const root = newRoot();
    // Undisturbed, elsewhere, at the same time.
    const undisturbed = await studio.start(train("killed", 12));
    const { server, address } = await serverProcess(root);
    const [, port = "", token = ""] = /:(\d+)\/\?token=(\w+)/.exec(address) ?? [];
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const ask = async (path: string, init: RequestInit = {}) =>
      (await fetch(`http://localhost:${port}${path}`, { ...init, headers })).json();
    const post = async (request: string, work: object): Promise<Job> =>
      (await ask("/api/jobs", { method: "POST", body: JSON.stringify({ request, work }) })) as Job;
    const first = await post("killed-while-training", train("killed", 12));
    const second = await post("still-waiting", train("waiting", 1));
    let run: string | undefined;
    while (run === undefined) run = ((await ask(`/api/jobs/${first.id}`)) as Job).run;
    const gone = new Promise((resolve) => server.on("exit", resolve));
    server.kill("SIGKILL");
    await gone;
    const next = await openStudio({ root });
    try {
      expect((await jobOf(next, first, isEnded)).state).toBe("done");
      expect((await jobOf(next, second, isEnded)).state).toBe("done");
      const { row } = await next.json<RunDetail>(`/api/runs/${run}`);
      expect([row.state, row.epochs]).toEqual(["done", 12]);
      const alone = await jobOf(studio, undisturbed, isEnded);
      const other = (await studio.json<RunDetail>(`/api/runs/${alone.run}`)).row;
      expect(other.epochs).toBe(12);
      const metrics = (at: string, folder: string) => readFileSync(join(at, folder, "metrics.jsonl"), "utf8");
      expect(metrics(root, row.folder)).toBe(metrics(studio.root, other.folder));
    } finally {
      await next.close();
      rmSync(root, { recursive: true, force: true });
    }
  },
  15 * minutes,
);

/** The command in a process of its own. */
function command(words: readonly string[], output: "ignore" | "pipe"): ChildProcess {
  const hooks = pathToFileURL("scripts/register-typescript.mjs").href;
  const all = ["--import", hooks, "src/cli/main.ts", ...words];
  return spawn(process.execPath, all, { stdio: ["ignore", output, "inherit"] });
}

function serverProcess(root: string): Promise<{ readonly server: ChildProcess; readonly address: string }> {
  const server = command(["studio", root, "--port", "0", "--no-open", "--json"], "pipe");
  return new Promise((resolve, reject) => {
    server.on("exit", () => reject(new Error("the server has ended")));
    server.stdout?.once("data", (text: Buffer) => {
      resolve({ server, address: (JSON.parse(text.toString()) as { address: string }).address });
    });
  });
}

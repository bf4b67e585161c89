// Trainings and tasks that were asked for: a queue of each, of which one runs at a time. The queue lies in the root, so that a server
// that is started again finds it; a training itself lies in its run folder and needs no server.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, sep } from "node:path";
import { UserError } from "../../base/errors.js";
import { diskFileSystem } from "../../runs/diskFileSystem.js";
import { fileErrorReason } from "../../runs/fileSystem.js";
import { keepLock, lockRun } from "../../runs/lock.js";
import { writeRenamed } from "../../runs/runFolder.js";
import { thisProcess } from "../../runs/thisProcess.js";
import type { TrainingEvent } from "../../training/events.js";
import type { Job, JobId, JobRequest, LiveTraining, RunCommand, StudioEvent } from "../api.js";
import { type Child, startChild } from "./children.js";
import { idOfRun } from "./index/runIndex.js";
import { pathWithin, readPart } from "./index/safeFiles.js";
import type { FromWork, ToWork, Work } from "./work.js";

export interface Jobs {
  list(): readonly Job[];
  find(job: JobId): Job | undefined;
  /** @throws UserError for too many that wait, or where another studio has this folder's queue */
  ask(request: JobRequest, title: string): Job;
  /** Takes a waiting one out, stops a training that runs (it saves first), ends a task. */
  cancel(job: JobId): Promise<Job>;
  move(job: JobId, before: JobId | null): void;
  /** False where this server does not train the run. */
  command(folder: string, command: RunCommand): boolean;
  live(folder: string): LiveTraining | undefined;
  result(job: JobId): { readonly json: string; readonly pack?: Uint8Array<ArrayBuffer> } | undefined;
  /** The path of a result's file. */
  file(job: JobId, place: number): string | undefined;
  /** Something of the table may have changed: whether a training of an earlier server still runs. */
  looked(): void;
  /** Tells trainings to save and end, and waits for them; what waits is found again by the next start. */
  close(): Promise<void>;
}

export interface JobSettings {
  /** The folder of runs, absolute. */
  readonly root: string;
  publish(event: StudioEvent): void;
  /** Trainings that this server drives, told when they begin, pause, go on or end. */
  onOwn(trainings: readonly { readonly folder: string; readonly isPaused: boolean }[]): void;
  /** A run has something new. */
  onNews(folder: string): void;
  /** Folder names of ids. */
  folderOf(run: string): Promise<string>;
  /** Where uploaded pictures lie: results name them by their ids alone. */
  readonly uploads?: string;
  /** Told what people should know. */
  say(sentence: string): void;
  readonly time?: () => string;
}

export const mostWaitingJobs = 200;
const mostEnded = 100;
const mostNotes = 100;
const studioFolder = ".studio";
/** Where a server is told to end, a training has so long to save before it is left to go on alone. */
const closeMilliseconds = 60_000;

interface Running {
  readonly child: Child<ToWork, FromWork>;
  readonly out: string;
  folder?: string;
  live?: LiveTraining;
  isCancelled: boolean;
}

/** What of a job lies on the disk. */
interface KeptJob {
  readonly job: Job;
  /** Of one that runs: its run's folder, to be found again. */
  readonly folder?: string;
}

export function openJobs(settings: JobSettings): Jobs {
  const { root, publish, time = () => new Date().toISOString() } = settings;
  const jobs = new Map<JobId, Job>();
  const running = new Map<JobId, Running>();
  const results = new Map<
    JobId,
    { json: string; pack?: Uint8Array<ArrayBuffer>; files: readonly string[]; out: string }
  >();
  /** Trainings of an earlier server that still go on. */
  const adopted = new Map<JobId, string>();
  let order: JobId[] = [];
  let isClosed = false;
  let release: (() => void) | undefined;
  let renewing: NodeJS.Timeout | undefined;
  const scratch = mkdtempSync(join(tmpdir(), "isthmus-studio-"));
  const folder = join(root, studioFolder);

  const isTraining = ({ work }: Job): boolean => work.kind === "train" || work.kind === "resume";
  const change = (id: JobId, more: Partial<Job>): Job => {
    const job = { ...(jobs.get(id) as Job), ...more };
    jobs.set(id, job);
    publish({ kind: "job", job });
    return job;
  };
  const waiting = (): readonly Job[] => order.map((id) => jobs.get(id) as Job);

  /** The queue is one server's: another on the same folder shows it and adds nothing. */
  function own(): void {
    if (release !== undefined) return;
    mkdirSync(folder, { recursive: true });
    const place = { path: folder, files: diskFileSystem };
    try {
      release = lockRun(place, thisProcess);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError("another studio has this folder's queue", {
        at: root,
        hint: "Ask there, or end it. This one shows all runs, and what is told to a run through its folder works here too.",
        cause: error,
      });
    }
    const keeper = keepLock(place, thisProcess);
    renewing = setInterval(() => {
      try {
        keeper.renew();
      } catch (error) {
        settings.say(error instanceof Error ? error.message : String(error));
      }
    }, 5000);
    renewing.unref();
  }

  function save(): void {
    const kept: KeptJob[] = [...jobs.values()]
      .filter((job) => isTraining(job) && (job.state === "waiting" || job.state === "running"))
      .map((job) => {
        const at = running.get(job.id)?.folder ?? adopted.get(job.id);
        return { job, ...(at === undefined ? {} : { folder: at }) };
      });
    try {
      const text = JSON.stringify({ format: 1, order, jobs: kept }, null, 2);
      writeRenamed(diskFileSystem, folder, "queue.json", new TextEncoder().encode(`${text}\n`));
    } catch (error) {
      const reason = fileErrorReason(error);
      if (reason === undefined) throw error;
      settings.say(`the queue can't be written (${reason}): it goes on, and is lost with the end of this server`);
    }
  }

  function find(): void {
    const path = join(folder, "queue.json");
    if (!existsSync(path)) return;
    try {
      own();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      settings.say(error.message);
      return;
    }
    let kept: { order: JobId[]; jobs: KeptJob[] };
    try {
      kept = readQueue(JSON.parse(new TextDecoder().decode(diskFileSystem.read(path))));
    } catch {
      settings.say(`${join(studioFolder, "queue.json")} is damaged: the queue begins anew`);
      return;
    }
    const again: JobId[] = [];
    for (const { job, folder: at } of kept.jobs) {
      if (job.state === "waiting") {
        jobs.set(job.id, job);
        continue;
      }
      // One that ran: it still does, or has ended with or without a checkpoint.
      jobs.set(job.id, job);
      if (at !== undefined && isHeld(at)) adopted.set(job.id, at);
      else settle(job.id, at, again);
    }
    order = [...again, ...kept.order.filter((id) => jobs.get(id)?.state === "waiting")];
    save();
  }

  /**
   * What became of a training that nobody drives any more. One that is not finished goes on, before all others, unless it was told to
   * stop through its folder.
   */
  function settle(id: JobId, at: string | undefined, again: JobId[]): void {
    const job = jobs.get(id) as Job;
    if (at === undefined) {
      jobs.set(id, { ...job, state: "waiting", notes: [...job.notes, "the server ended before it began"] });
      again.push(id);
    } else if (isFinished(at)) jobs.set(id, { ...job, state: "done", ended: time() });
    else if (wasToldToStop(at)) jobs.set(id, { ...job, state: "cancelled", ended: time() });
    else if (existsSync(join(root, at, "checkpoints", "last.json"))) {
      const work = { kind: "resume", run: idOfRun(at) } as const;
      jobs.set(id, { ...job, state: "waiting", work, notes: [...job.notes, "goes on from its last checkpoint"] });
      again.push(id);
    } else {
      const error = { message: "its process has ended before the first checkpoint", hint: "Start it again." };
      jobs.set(id, { ...job, state: "lost", ended: time(), error });
    }
  }

  function isHeld(at: string): boolean {
    try {
      const lock = JSON.parse(readFileSync(join(root, at, "lock.json"), "utf8")) as {
        process: number;
        started: string;
      };
      return thisProcess.started(lock.process) === lock.started;
    } catch {
      return false;
    }
  }

  function isFinished(at: string): boolean {
    try {
      const read = (...names: string[]) => JSON.parse(readFileSync(join(root, at, "checkpoints", ...names), "utf8"));
      return read(String(read("last.json").step), "state.json").finished === true;
    } catch {
      return false;
    }
  }

  /** Answers are those of the training that had the folder last: they are emptied when one begins. */
  function wasToldToStop(at: string): boolean {
    try {
      const path = pathWithin(root, at, "answers.jsonl");
      const part = path === undefined ? undefined : readPart(path, mostAnswerBytes);
      const lines = new TextDecoder().decode(part?.bytes).split("\n").slice(0, -1);
      return lines.some((line) => {
        const answer: unknown = JSON.parse(line);
        return typeof answer === "object" && answer !== null && "command" in answer && answer.command === "stop";
      });
    } catch {
      return false;
    }
  }

  /** Begins what may begin. */
  function next(): void {
    if (isClosed) return;
    for (const isOf of [isTraining, (job: Job) => !isTraining(job)]) {
      const runs = [...jobs.values()].some((job) => job.state === "running" && isOf(job));
      const first = waiting().find(isOf);
      if (runs || first === undefined) continue;
      order = order.filter((id) => id !== first.id);
      void begin(first).catch((error: unknown) => {
        end(first.id, "failed", errorOf(error));
      });
    }
  }

  async function begin(job: Job): Promise<void> {
    change(job.id, { state: "running", began: time() });
    publish({ kind: "jobs", order });
    const out = join(scratch, job.id);
    mkdirSync(out, { recursive: true });
    const work = await workOf(job, out);
    if (jobs.get(job.id)?.state !== "running" || isClosed) return;
    const isOwn = isTraining(job);
    const child = startChild<ToWork, FromWork>("./workChild.js", { isOwn, nice: isOwn ? 0 : 10 });
    const run: Running = { child, out, isCancelled: false };
    running.set(job.id, run);
    if (job.work.kind === "resume" && work.kind === "train") run.folder = basename(String(work.options.experiment));
    if (isOwn) save();
    let isSettled = false;
    child.onMessage((message) => {
      // Once this server ends, the queue on the disk stays as it was: the next start finds what ran and goes on with it.
      if (isSettled || isClosed) return;
      switch (message.kind) {
        case "event":
          return onEvent(job.id, run, message.event);
        case "note":
          return note(job.id, message.message);
        case "progress":
          return progress(job.id, message);
        case "result":
          isSettled = true;
          keepResult(job.id, run, message.result, message.pack);
          return end(job.id, run.isCancelled || isStopped(message.result) ? "cancelled" : "done");
        case "error": {
          isSettled = true;
          const { kind, message: sentence, at, hint } = message.error;
          if (kind === "aborted") return end(job.id, "cancelled");
          return end(job.id, "failed", {
            message: sentence,
            ...(at === undefined ? {} : { at: withoutScratch(at) }),
            ...(hint === undefined ? {} : { hint }),
          });
        }
      }
    });
    child.send({ kind: "work", work });
    const { code, signal, words } = await child.ended;
    running.delete(job.id);
    tellOwn();
    if (!isSettled && !isClosed) {
      const what = signal === null ? `exit code ${code}` : signal;
      end(job.id, run.isCancelled ? "cancelled" : "lost", {
        message: `its process has ended without a word (${what})${words === "" ? "" : `: ${words.split("\n").slice(-3).join(" ")}`}`,
        hint: isOwn ? "What was saved can be gone on with." : "Ask again; if it happens again, this is a bug.",
      });
    }
    next();
  }

  const withoutScratch = (text: string): string =>
    [scratch, ...(settings.uploads === undefined ? [] : [settings.uploads])].reduce(
      (rest, folder) => rest.replaceAll(`${folder}/`, ""),
      text,
    );
  const errorOf = (error: unknown): NonNullable<Job["error"]> => {
    if (!(error instanceof UserError)) return { message: error instanceof Error ? error.message : String(error) };
    const { message, at, hint } = error;
    return {
      message,
      ...(at === undefined ? {} : { at: withoutScratch(at) }),
      ...(hint === undefined ? {} : { hint }),
    };
  };

  async function workOf({ id, work }: Job, out: string): Promise<Work> {
    const path = async (run: string): Promise<string> => join(root, await settings.folderOf(run));
    const named = async (experiment: Extract<typeof work, { kind: "train" }>["experiment"]): Promise<string> => {
      if ("run" in experiment) return await path(experiment.run);
      const file = join(out, "experiment.yaml");
      // The process writes the preset there: its name alone may be that of a folder where the server was started.
      if ("text" in experiment) diskFileSystem.write(file, new TextEncoder().encode(experiment.text));
      return file;
    };
    const textOf = (experiment: object) => ({
      ...("text" in experiment && typeof experiment.text === "string" ? { text: experiment.text } : {}),
      ...("preset" in experiment && typeof experiment.preset === "string" ? { preset: experiment.preset } : {}),
    });
    switch (work.kind) {
      case "train": {
        const { kind, experiment, changes, ...more } = work;
        const options = { ...more, experiment: await named(experiment), set: changes ?? [], out: root };
        return { kind, options, ...textOf(experiment) };
      }
      case "resume":
        return { kind: "train", options: { experiment: await path(work.run), resume: true, out: root } };
      case "findLearningRate":
        return {
          kind: work.kind,
          options: { experiment: await named(work.experiment), out },
          ...textOf(work.experiment),
        };
      case "compare":
        return { kind: work.kind, runs: await Promise.all(work.runs.map(path)), out };
      case "map":
        return { kind: work.kind, run: await path(work.run), options: work.options, out };
      case "task":
        return { kind: work.kind, task: work.task, run: await path(work.run), options: work.options ?? {}, out };
    }
    throw new UserError(`there is no such work`, { at: id });
  }

  function onEvent(id: JobId, run: Running, event: TrainingEvent): void {
    switch (event.kind) {
      case "preparing":
        progress(id, event);
        return;
      case "started": {
        const name = basename(event.run);
        const { name: engine, library, threads } = event.engine;
        run.folder = name;
        run.live = {
          job: id,
          isPaused: false,
          formula: event.formula,
          parameters: event.parameters,
          engine: { name: engine, library, threads },
        };
        change(id, { run: idOfRun(name) });
        save();
        tellOwn();
        return;
      }
      case "step": {
        if (run.live === undefined || run.folder === undefined) return;
        const { kind, reading, ...step } = event;
        run.live = { ...run.live, step };
        publish({ kind: "step", run: idOfRun(run.folder), live: run.live });
        return;
      }
      case "epoch":
      case "preview":
      case "checkpoint":
      case "intervened":
      case "finished":
        if (run.folder !== undefined) settings.onNews(run.folder);
        return;
      case "warning":
        note(id, event.hint === undefined ? event.message : `${event.message}. ${event.hint}`);
        return;
      case "note":
        note(id, event.message);
        return;
    }
  }

  /** Told for each hundredth of it. */
  function progress(id: JobId, { done, of, what }: NonNullable<Job["progress"]>): void {
    const before = jobs.get(id)?.progress;
    const hundredths = (some: NonNullable<Job["progress"]>) => Math.floor((100 * some.done) / Math.max(1, some.of));
    if (before?.what === what && hundredths(before) === hundredths({ done, of, what })) return;
    change(id, { progress: { done, of, what } });
  }

  function note(id: JobId, sentence: string): void {
    const { notes } = jobs.get(id) as Job;
    change(id, { notes: [...notes, sentence].slice(-mostNotes) });
  }

  function keepResult(id: JobId, run: Running, result: unknown, pack: Uint8Array<ArrayBuffer> | undefined): void {
    // Names of files in the studio's own folders mean nothing to others.
    const json = withoutScratch(JSON.stringify(result ?? null)).replaceAll(`${id}/`, "");
    const files = readdirSync(run.out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "experiment.yaml")
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    results.set(id, { json, files, out: run.out, ...(pack === undefined ? {} : { pack }) });
    change(id, {
      result: pack === undefined ? "json" : "pack",
      files: files.map((path) => ({ name: basename(path), bytes: statSync(path).size })),
    });
    // The oldest results make room.
    for (const [old, { out }] of results) {
      if (results.size <= mostResults) break;
      results.delete(old);
      rmSync(out, { recursive: true, force: true });
      const { result: _result, files: _files, ...rest } = jobs.get(old) as Job;
      jobs.set(old, rest);
    }
  }

  function end(id: JobId, state: Job["state"], error?: Job["error"]): void {
    change(id, { state, ended: time(), ...(error === undefined ? {} : { error }) });
    const ended = [...jobs.values()].filter((job) => job.state !== "waiting" && job.state !== "running");
    for (const job of ended.slice(0, Math.max(0, ended.length - mostEnded))) {
      jobs.delete(job.id);
      const old = results.get(job.id);
      results.delete(job.id);
      if (old !== undefined) rmSync(old.out, { recursive: true, force: true });
    }
    const { folder: at } = running.get(id) ?? {};
    if (at !== undefined) settings.onNews(at);
    if (release !== undefined) save();
    setImmediate(next);
  }

  function tellOwn(): void {
    settings.onOwn(
      [...running.values()].flatMap(({ folder: at, live }) =>
        at === undefined ? [] : [{ folder: at, isPaused: live?.isPaused === true }],
      ),
    );
  }

  find();
  setImmediate(next);

  return {
    list() {
      const all = [...jobs.values()];
      return [
        ...all.filter((job) => job.state === "running"),
        ...waiting(),
        ...all.filter((job) => job.state !== "running" && job.state !== "waiting").reverse(),
      ];
    },
    find: (id) => jobs.get(id),
    ask({ request, work }, title) {
      const same = [...jobs.values()].find((job) => job.request === request);
      if (same !== undefined) return same;
      if (order.length >= mostWaitingJobs) {
        throw new UserError(`${mostWaitingJobs} already wait`, { hint: "Wait, or take some out of the queue." });
      }
      if (work.kind === "train" || work.kind === "resume") own();
      const id = `j${Date.now().toString(36)}${Math.floor(Math.random() * 36 ** 4).toString(36)}`;
      const job: Job = {
        ...{ id, request, work, title, state: "waiting", asked: time(), notes: [] },
        ...("run" in work ? { run: work.run } : {}),
      };
      jobs.set(id, job);
      order = [...order, id];
      publish({ kind: "job", job });
      if (isTraining(job)) save();
      next();
      return jobs.get(id) as Job;
    },
    async cancel(id) {
      const job = jobs.get(id);
      if (job === undefined) throw new UserError("there is no such job (any more)", { at: id });
      if (job.state === "waiting") {
        order = order.filter((other) => other !== id);
        end(id, "cancelled");
        publish({ kind: "jobs", order });
      } else if (adopted.has(id)) {
        throw new UserError("it is trained by a process of an earlier server", {
          hint: "Tell the run to stop instead.",
        });
      } else {
        const run = running.get(id);
        if (run !== undefined) {
          run.isCancelled = true;
          run.child.send({ kind: "cancel" });
        }
      }
      return jobs.get(id) as Job;
    },
    move(id, before) {
      if (!order.includes(id)) throw new UserError("this job does not wait (any more)", { at: id });
      const others = order.filter((other) => other !== id);
      const place = before === null ? others.length : others.indexOf(before);
      if (place < 0) throw new UserError("the job that it is to come before does not wait (any more)");
      order = [...others.slice(0, place), id, ...others.slice(place)];
      save();
      publish({ kind: "jobs", order });
    },
    command(at, command) {
      const entry = [...running.values()].find((run) => run.folder === at && run.live !== undefined);
      if (entry === undefined) return false;
      entry.child.send({ kind: "command", command });
      if (command.kind === "pause" || command.kind === "resume") {
        entry.live = { ...(entry.live as LiveTraining), isPaused: command.kind === "pause" };
        publish({ kind: "step", run: idOfRun(at), live: entry.live });
        tellOwn();
      }
      return true;
    },
    live: (at) => [...running.values()].find((run) => run.folder === at)?.live,
    result: (id) => results.get(id),
    file: (id, place) => {
      const found = results.get(id);
      const path = found?.files[place];
      // What has been put there meanwhile is not followed elsewhere.
      return path !== undefined && realpathSync(path).startsWith(`${realpathSync(found?.out ?? scratch)}${sep}`)
        ? path
        : undefined;
    },
    looked() {
      for (const [id, at] of adopted) {
        if (isHeld(at)) continue;
        adopted.delete(id);
        const again: JobId[] = [];
        settle(id, at, again);
        order = [...again, ...order];
        publish({ kind: "job", job: jobs.get(id) as Job });
        save();
        next();
      }
    },
    async close() {
      isClosed = true;
      const trainings = [...running.values()];
      for (const { child } of trainings) child.send({ kind: "cancel" });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeMilliseconds);
      });
      await Promise.race([Promise.all(trainings.map(({ child }) => child.ended)), late]);
      clearTimeout(timer);
      for (const { child } of running.values()) child.release();
      clearInterval(renewing);
      release?.();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Of answers.jsonl; a training reads no more of what it is told than this. */
const mostAnswerBytes = 2 ** 20;

/** A training that was told to stop has saved and can be gone on with. */
function isStopped(result: unknown): boolean {
  return typeof result === "object" && result !== null && "reason" in result && result.reason === "stopped";
}

/** Results that are kept: a map of a hundred thousand codes has some ten megabytes. */
const mostResults = 8;

/** @throws TypeError for what is no queue */
function readQueue(value: unknown): { order: JobId[]; jobs: KeptJob[] } {
  const { order, jobs } = value as { order?: unknown; jobs?: unknown };
  const isText = (given: unknown): given is string => typeof given === "string";
  if (!Array.isArray(order) || !order.every(isText) || !Array.isArray(jobs)) throw new TypeError("no queue");
  for (const { job, folder } of jobs as Partial<KeptJob>[]) {
    const isKnown = job !== undefined && isText(job.id) && isText(job.request) && isText(job.title);
    if (
      !isKnown ||
      !["waiting", "running"].includes(job.state) ||
      !["train", "resume"].includes(job.work?.kind ?? "")
    ) {
      throw new TypeError("no job");
    }
    if (!Array.isArray(job.notes)) throw new TypeError("no notes");
    if (folder !== undefined && (!isText(folder) || basename(folder) !== folder || folder.startsWith("."))) {
      throw new TypeError("no folder");
    }
  }
  return { order, jobs: jobs as KeptJob[] };
}

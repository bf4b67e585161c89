// What the whole page knows: where one is, the runs, the jobs, the connection, and of the runs that are looked at what came live.
// One object for the page; its parts are replaced, never changed in place, so that ten thousand rows cost nothing to watch.
import {
  type Job,
  type JobId,
  type JobList,
  type JobRequest,
  type LiveTraining,
  paths,
  type RunCommand,
  type RunDetail,
  type RunId,
  type RunNotes,
  type RunPictures,
  type RunRecords,
  type RunRow,
  type RunTable,
  type SettingsTable,
  type StudioEvent,
  type StudioInfo,
  type Told,
} from "../../api.js";
import { ask, wordsOf } from "./ask.js";
import { colourOf, colourValue, select, unselect } from "./colours.js";
import { type Connection, followEvents } from "./events.js";
import { addRecords, type KeptRecords, keepRecords, mostRecords, noRecords } from "./records.js";
import { mostCompared, type Place, placeAddress, readPlace, type SelectedRun } from "./router.js";

/** A run that is looked at. */
export interface OpenRun {
  readonly detail: RunDetail | undefined;
  readonly records: KeptRecords;
  readonly pictures: RunPictures | undefined;
  readonly live: LiveTraining | undefined;
  /** Why it can't be shown. */
  readonly problem: string | undefined;
}

const nothingYet: OpenRun = {
  ...{ detail: undefined, records: noRecords, pictures: undefined, live: undefined, problem: undefined },
};

export interface Message {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
}

function makeStudio() {
  let place = $state.raw<Place>(readPlace(""));
  let info = $state.raw<StudioInfo>();
  let rows = $state.raw<ReadonlyMap<RunId, RunRow>>(new Map());
  let pending = $state(0);
  let isLoaded = $state(false);
  let settings = $state.raw<SettingsTable>();
  let jobs = $state.raw<readonly Job[]>([]);
  let connection = $state<Connection>("connecting");
  /** Milliseconds when something was last heard. */
  let heard = $state(0);
  let opened = $state.raw<ReadonlyMap<RunId, OpenRun>>(new Map());
  let messages = $state.raw<readonly Message[]>([]);
  let problem = $state<string>();
  let lastEvent: string | undefined;
  let stream: AbortController | undefined;
  let streamed: readonly RunId[] = [];
  let messageCount = 0;
  /** A training whose page opens when its folder is there. */
  let followed: JobId | undefined;

  function say(text: string, isBad = false): void {
    const message = { id: ++messageCount, text, isBad };
    messages = [...messages.slice(-3), message];
    setTimeout(() => dismiss(message.id), isBad ? 20_000 : 6_000);
  }
  function dismiss(id: number): void {
    messages = messages.filter((message) => message.id !== id);
  }

  /** Tries what may be refused, and says so where it was. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      say(wordsOf(error), true);
      return false;
    }
  }

  // ── Where one is ──

  function go(change: Partial<Place>): void {
    moveTo({ ...place, ...change });
  }
  function moveTo(next: Place): void {
    const address = placeAddress(next);
    if (address === placeAddress(place)) return;
    history.pushState(null, "", address);
    arrive(next);
    scrollTo(0, 0);
  }
  /** Goes to an address of this page. */
  function visit(address: string): void {
    moveTo(readPlace(address));
  }
  /** As `go`, but back does not come here: for sliders and words that are typed. */
  function adjust(change: Partial<Place>): void {
    const next = { ...place, ...change };
    history.replaceState(null, "", placeAddress(next));
    place = next;
  }
  /** The address of another place, with what is selected. */
  function addressOf(change: Partial<Place>): string {
    return placeAddress({
      page: place.page,
      runs: [],
      part: "training",
      more: {},
      selected: place.selected,
      ...change,
    });
  }
  function arrive(next: Place): void {
    place = next;
    // What is compared is selected: each run has a colour that no other has, and keeps it wherever one goes from here.
    const chosen = next.page === "compare" ? next.runs.filter((id) => rows.has(id)) : [];
    if (chosen.some((id) => !next.selected.some((run) => run.id === id))) {
      const before: readonly SelectedRun[] = next.selected.filter(({ id }) => chosen.includes(id));
      adjust({
        selected: chosen.reduce((list, id) => select(list, id, rows.get(id)?.notes?.colour), before),
      });
    }
    void openRuns(placeRuns());
  }
  const placeRuns = (): readonly RunId[] => (place.page === "run" || place.page === "compare" ? place.runs : []);

  // ── What is there ──

  async function begin(): Promise<void> {
    addEventListener("popstate", () => arrive(readPlace(location.pathname + location.search)));
    place = readPlace(location.pathname + location.search);
    await load();
  }

  async function load(): Promise<void> {
    try {
      const [studio, table, list] = await Promise.all([
        ask<StudioInfo>(paths.studio),
        ask<RunTable>(paths.runs),
        ask<JobList>(paths.jobs),
      ]);
      info = studio;
      rows = new Map(table.runs.map((row) => [row.id, row]));
      pending = table.pending;
      jobs = list.jobs;
      lastEvent = table.lastEvent;
      isLoaded = true;
      problem = undefined;
      arrive(place);
      restream();
      settings = await ask<SettingsTable>(paths.settings);
    } catch (error) {
      problem = wordsOf(error);
      connection = "lost";
      setTimeout(() => void load(), 2_000);
    }
  }

  function restream(): void {
    stream?.abort();
    stream = new AbortController();
    const { signal } = stream;
    void followEvents({
      address: paths.events({ runs: streamed }),
      ...(lastEvent === undefined ? {} : { lastEvent }),
      signal,
      fetch: (address, init) => fetch(address, init),
      wait: waiting,
      onConnection: (next) => {
        // Asking for other runs opens another stream: nothing is lost by that.
        if (next !== "connecting" || connection !== "live") connection = next;
        if (next === "live") heard = Date.now();
      },
      onEvent: (event, id) => {
        if (id !== undefined) lastEvent = id;
        heard = Date.now();
        hear(event);
      },
    });
  }

  function hear(event: StudioEvent): void {
    switch (event.kind) {
      case "hello":
        if (info !== undefined && event.start !== info.start) void startAnew();
        break;
      case "reset":
        void startAnew();
        break;
      case "runs": {
        const next = new Map(rows);
        for (const id of event.removed) next.delete(id);
        for (const row of event.rows) next.set(row.id, row);
        rows = next;
        pending = event.pending;
        askSettings();
        // A run that is looked at may come late, where the folder is still being read.
        if (placeRuns().some((id) => rows.has(id) && !opened.has(id))) void openRuns(placeRuns());
        break;
      }
      case "root":
        if (info !== undefined) {
          const { rootProblem: _, ...rest } = info;
          info = event.rootProblem === undefined ? rest : { ...rest, rootProblem: event.rootProblem };
        }
        break;
      case "job": {
        const known = jobs.some(({ id }) => id === event.job.id);
        jobs = known ? jobs.map((job) => (job.id === event.job.id ? event.job : job)) : [event.job, ...jobs];
        if (event.job.id === followed && event.job.run !== undefined) {
          followed = undefined;
          go({ page: "run", runs: [event.job.run], part: "training", more: {}, epoch: undefined, image: undefined });
        }
        break;
      }
      case "jobs": {
        const place = new Map(event.order.map((id, i) => [id, i]));
        jobs = jobs.toSorted((a, b) => (place.get(a.id) ?? Infinity) - (place.get(b.id) ?? Infinity));
        break;
      }
      case "records": {
        const run = opened.get(event.run);
        if (run === undefined) break;
        const { kept, missing } = addRecords(run.records, event.from, event.records, event.timing);
        change(event.run, { records: kept });
        if (missing !== undefined) void fillGap(event.run, missing);
        break;
      }
      case "step":
        change(event.run, { live: event.live });
        break;
      case "preview":
        void loadPictures(event.run);
        break;
      case "health": {
        const detail = opened.get(event.run)?.detail;
        if (detail === undefined || event.place < detail.health.length) break;
        if (event.place > detail.health.length) void loadRun(event.run);
        else change(event.run, { detail: { ...detail, health: [...detail.health, event.record] } });
        break;
      }
      case "intervened": {
        const detail = opened.get(event.run)?.detail;
        if (detail === undefined || event.place < detail.interventions.length) break;
        const interventions = [...detail.interventions, event.intervention];
        if (event.place > detail.interventions.length) void loadRun(event.run);
        else change(event.run, { detail: { ...detail, interventions } });
        break;
      }
    }
  }

  /** Another start of the server, or gone for too long: nothing that is known counts. */
  async function startAnew(): Promise<void> {
    stream?.abort();
    opened = new Map();
    streamed = [];
    lastEvent = undefined;
    await load();
  }

  let settingsTimer: ReturnType<typeof setTimeout> | undefined;
  /** Settings of new runs, not more often than every two seconds. */
  function askSettings(): void {
    const unknown = [...rows.keys()].some((id) => settings?.runs[id] === undefined);
    if (!unknown || settingsTimer !== undefined) return;
    settingsTimer = setTimeout(() => {
      settingsTimer = undefined;
      ask<SettingsTable>(paths.settings).then(
        (table) => {
          settings = table;
        },
        // The table stands without them; the next event asks again.
        () => {},
      );
    }, 2_000);
  }

  // ── Runs that are looked at ──

  function change(id: RunId, part: Partial<OpenRun>): void {
    const run = opened.get(id);
    if (run !== undefined) opened = new Map(opened).set(id, { ...run, ...part });
  }

  async function openRuns(ids: readonly RunId[]): Promise<void> {
    const wanted = ids.filter((id) => rows.has(id));
    const fresh = wanted.filter((id) => !opened.has(id));
    opened = new Map(wanted.map((id) => [id, opened.get(id) ?? nothingYet]));
    if (wanted.join() !== streamed.join()) {
      streamed = wanted;
      if (wanted.length > 0 && stream !== undefined) restream();
    }
    await Promise.all(fresh.map(loadRun));
  }

  async function loadRun(id: RunId): Promise<void> {
    try {
      const [detail, records] = await Promise.all([
        ask<RunDetail>(paths.run(id)),
        ask<RunRecords>(paths.records(id, { points: mostRecords })),
        loadPictures(id),
      ]);
      const live = opened.get(id)?.live ?? detail.live;
      change(id, { detail, records: keepRecords(records), live, problem: undefined });
    } catch (error) {
      change(id, { problem: wordsOf(error) });
    }
  }

  async function fillGap(id: RunId, { from, to }: { readonly from: number; readonly to: number }): Promise<void> {
    const between = await ask<RunRecords>(paths.records(id, { from, to, points: mostRecords })).catch(() => undefined);
    const run = opened.get(id);
    if (between === undefined || run === undefined || between.places.length !== to - from) return;
    change(id, { records: addRecords(run.records, from, between.records, between.timing).kept });
  }

  async function loadPictures(id: RunId): Promise<void> {
    const pictures = await ask<RunPictures>(paths.pictures(id)).catch(() => undefined);
    if (pictures !== undefined) change(id, { pictures });
  }

  // ── What is selected, and notes ──

  function toggle(id: RunId): void {
    const { selected } = place;
    if (selected.some((run) => run.id === id)) adjust({ selected: unselect(selected, id) });
    else if (selected.length < mostCompared) adjust({ selected: select(selected, id, rows.get(id)?.notes?.colour) });
    else say(`${mostCompared} runs at most can be compared; take one away first`);
  }

  async function note(id: RunId, part: RunNotes): Promise<void> {
    const row = rows.get(id);
    if (row === undefined) return;
    const notes = { ...row.notes, ...part };
    // What is written shows at once and goes back where it is refused.
    rows = new Map(rows).set(id, { ...row, notes });
    const isKept = await attempt(async () => {
      rows = new Map(rows).set(id, await ask<RunRow>(paths.notes(id), { method: "PUT", body: notes }));
    });
    if (!isKept) rows = new Map(rows).set(id, row);
  }

  // ── Work ──

  /** Asks for work; the same `request` twice starts it once. */
  async function startJob(work: JobRequest["work"], request: string = requestName()): Promise<Job | undefined> {
    let job: Job | undefined;
    await attempt(async () => {
      job = await ask<Job>(paths.jobs, { method: "POST", body: { request, work } satisfies JobRequest });
      hear({ kind: "job", job });
    });
    return job;
  }
  /** As `startJob` for a training, and its page opens as soon as there is one. */
  async function train(
    work: Extract<JobRequest["work"], { kind: "train" | "resume" }>,
    request?: string,
  ): Promise<void> {
    const job = await startJob(work, request);
    if (job?.run !== undefined) go({ page: "run", runs: [job.run], part: "training", more: {} });
    else if (job?.state === "running") followed = job.id;
    else if (job?.state === "waiting") {
      say(`${job.title} waits in the queue`);
      go({ page: "queue", runs: [], more: {} });
    }
  }
  /** Tells a training something. */
  async function command(id: RunId, told: RunCommand): Promise<void> {
    await attempt(async () => {
      const { by } = await ask<Told>(paths.command(id), { method: "POST", body: told });
      if (by === "folder") say("told through the run's folder; it stops when the other process looks there");
    });
  }
  async function cancelJob(id: JobId): Promise<void> {
    await attempt(async () => {
      await ask<Job>(paths.job(id), { method: "DELETE" });
    });
  }
  async function moveJob(id: JobId, before: JobId | null): Promise<void> {
    await attempt(async () => {
      jobs = (await ask<JobList>(paths.moveJob(id), { method: "POST", body: { before } })).jobs;
    });
  }

  return {
    get place() {
      return place;
    },
    get info() {
      return info;
    },
    get rows() {
      return rows;
    },
    get pending() {
      return pending;
    },
    get isLoaded() {
      return isLoaded;
    },
    get settings() {
      return settings;
    },
    get jobs() {
      return jobs;
    },
    get connection() {
      return connection;
    },
    get heard() {
      return heard;
    },
    get messages() {
      return messages;
    },
    get problem() {
      return problem;
    },
    run: (id: RunId): OpenRun => opened.get(id) ?? nothingYet,
    colour: (id: RunId): string => colourValue(colourOf(id, place.selected, rows.get(id)?.notes?.colour)),
    colourPlace: (id: RunId): number => colourOf(id, place.selected, rows.get(id)?.notes?.colour),
    ...{
      begin,
      go,
      visit,
      adjust,
      addressOf,
      toggle,
      note,
      say,
      dismiss,
      attempt,
      startJob,
      train,
      command,
      cancelJob,
      moveJob,
      loadRun,
    },
  };
}

/** Letters and digits that nobody else has. */
export function requestName(): string {
  // Not randomUUID: a page that came over http from another machine has none.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function waiting(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

export const studio = makeStudio();

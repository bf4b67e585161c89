// A report as the studio serves it, in Chromium: its script runs, and it has no origin, no cookie, no storage and nobody to ask. The run
// has words of others in it, and the page tries what a script in one of them would.
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Job, RunTable } from "../../src/studio/api.js";
import { paths } from "../../src/studio/api.js";
import {
  executablePath,
  launchChromium,
  moveReportSlider,
  openWatched,
  type StudioProcess,
  smallText,
  startStudioProcess,
  type WatchedPage,
} from "./realStudio.js";

const minutes = 60_000;
const hostile =
  "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">\u2028";

describe.skipIf(!existsSync(executablePath))("a report that the studio serves", () => {
  const root = mkdtempSync(join(tmpdir(), "isthmus-sandbox-"));
  let browser: Browser;
  let studio: StudioProcess;
  let watched: WatchedPage;
  let run = "";

  /** As the studio's own page asks. */
  async function asked<Answer>(path: string, body?: object): Promise<Answer> {
    const text = await watched.page.evaluate(
      async ([address, sent]) =>
        await (
          await fetch(
            address,
            sent === "" ? {} : { method: "POST", body: sent, headers: { "Content-Type": "application/json" } },
          )
        ).text(),
      [path, body === undefined ? "" : JSON.stringify(body)] as const,
    );
    return JSON.parse(text) as Answer;
  }

  beforeAll(async () => {
    browser = await launchChromium();
    studio = await startStudioProcess(root);
    watched = await openWatched(browser, studio.address);
    const work = { kind: "train", experiment: { text: smallText("told", 2) }, engine: "reference" };
    const { id } = await asked<Job>(paths.jobs, { request: "to-be-reported", work });
    while ((await asked<Job>(paths.job(id))).ended === undefined)
      await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await asked<Job>(paths.job(id))).state).toBe("done");
    const folder = join(root, readdirSync(root).find((name) => name.endsWith("-told-1")) ?? "none");
    const note = { epoch: 1, step: 4, kind: "deadUnits", message: hostile, hint: hostile, place: hostile };
    appendFileSync(join(folder, "health.jsonl"), `${JSON.stringify(note)}\n`);
    writeFileSync(join(folder, "notes.json"), JSON.stringify({ note: hostile, tags: [hostile] }));
    run = (await asked<RunTable>(paths.runs)).runs[0]?.id ?? "";
  }, 10 * minutes);
  afterAll(async () => {
    await browser?.close();
    studio?.child.kill("SIGINT");
    await studio?.ended;
    rmSync(root, { recursive: true, force: true });
  });

  it(
    "runs in a sandbox: alive, without an origin, and without a way to the studio or anywhere",
    async () => {
      const page = await watched.context.newPage();
      const asked: string[] = [];
      const answered: string[] = [];
      const thrown: string[] = [];
      page.on("request", (request) => {
        if (!/^(data|blob):/.test(request.url())) asked.push(request.url());
      });
      page.on("response", (got) => {
        if (!/^(data|blob):/.test(got.url())) answered.push(got.url());
      });
      page.on("pageerror", (error) => thrown.push(error.message));
      const address = `${studio.origin}${paths.reportPage(run)}`;
      const response = await page.goto(address);
      expect(response?.status()).toBe(200);

      // Alive: a slider moves its picture by the decoder inside.
      await moveReportSlider(page, { timeout: 5 * minutes });
      expect([asked, thrown]).toEqual([[address], []]);
      // Words of the run are words.
      expect(await page.title()).not.toBe("taken");
      expect(await page.getByText("document.title = 'taken'").count()).toBeGreaterThan(0);

      /** `no` for everything that is refused. */
      const tried = await page.evaluate<Readonly<Record<string, string>>>(`(async () => {
        const no = (what) => { try { return String(what()); } catch (error) { return "no"; } };
        const ask = (address, options) => fetch(address, options).then(() => "answered", () => "no");
        const job = JSON.stringify({ request: "from-a-report", work: { kind: "resume", run: "${run}" } });
        const post = { method: "POST", body: job, headers: { "Content-Type": "application/json" }, credentials: "include" };
        const image = new Image();
        const loaded = new Promise((resolve) => { image.onload = () => resolve("shown"); image.onerror = () => resolve("no"); });
        image.src = "${studio.origin}/api/runs/${run}/pictures/latest";
        const script = document.createElement("script");
        script.textContent = "window.injected = true";
        document.head.append(script);
        const frame = document.createElement("iframe");
        frame.src = "${studio.origin}/";
        document.body.append(frame);
        return {
          origin: self.origin,
          cookie: no(() => document.cookie),
          storage: no(() => localStorage.length),
          databases: no(() => indexedDB.open("x") && "opened"),
          get: await ask("${studio.origin}/api/runs", { credentials: "include" }),
          post: await ask("${studio.origin}/api/jobs", post),
          elsewhere: await ask("data:text/plain,x"),
          beacon: String(navigator.sendBeacon("${studio.origin}/api/jobs", job)),
          image: await loaded,
          events: await new Promise((resolve) => {
            const events = new EventSource("${studio.origin}/api/events", { withCredentials: true });
            events.onopen = () => resolve("open");
            events.onerror = () => resolve("no");
          }),
          injected: String(window.injected === true),
          evaluated: no(() => (0, eval)("1")),
          window: String(window.open("${studio.origin}/") !== null),
          opener: String(window.opener),
        };
      })()`);
      expect(tried).toMatchObject({
        ...{ origin: "null", cookie: "no", storage: "no", databases: "no", get: "no", post: "no", elsewhere: "no" },
        ...{ image: "no", events: "no", injected: "false", evaluated: "no", window: "false", opener: "null" },
      });
      // The page's own policy has kept all of these from the network: the server has not even refused one.
      expect(answered).toEqual([address]);
      // The studio has begun nothing for it.
      const { jobs } = await watched.page.evaluate(
        async (path) => (await (await fetch(path)).json()) as { jobs: Job[] },
        paths.jobs,
      );
      expect(jobs.map(({ request }) => request)).toEqual(["to-be-reported"]);
      await page.close();
    },
    10 * minutes,
  );

  it(
    "sends forms and pages nowhere that take the studio's place",
    async () => {
      const page = await watched.context.newPage();
      await page.goto(`${studio.origin}${paths.reportPage(run)}`);
      await page.evaluate(`(() => {
        const form = document.createElement("form");
        form.method = "post";
        form.enctype = "text/plain";
        form.action = "${studio.origin}/api/jobs";
        document.body.append(form);
        form.submit();
      })()`);
      // A sandbox without forms: it stays where it is.
      expect(await page.evaluate("location.pathname")).toBe(paths.reportPage(run));
      await page.close();
    },
    10 * minutes,
  );
});

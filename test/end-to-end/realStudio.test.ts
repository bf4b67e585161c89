// One story in Chromium before the command's own studio and its own trainings: nothing here is made up. Each part goes on where the
// one before it ended. It waits on what the page shows and never on the clock; trainings have more epochs than anyone waits for and end by being told to.
import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobList, RunDetail, RunTable } from "../../src/studio/api.js";
import {
  command,
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
/** More than a training gets to before it is told to stop. */
const many = 50_000;
const patience = { timeout: 5 * minutes };

/** What a page asks of the studio by itself. */
async function asked<Answer>(page: Page, path: string): Promise<Answer> {
  return (await page.evaluate(async (address) => await (await fetch(address)).json(), path)) as Answer;
}
const epochOf = async (page: Page): Promise<number> =>
  Number(
    /epoch\s*([\d,]+)/
      .exec((await page.getByRole("region", { name: "Progress" }).textContent()) ?? "")?.[1]
      ?.replace(",", ""),
  );
const state = (page: Page, word: string) => page.locator("main [data-state]", { hasText: word }).first().waitFor();
const lines = (file: string): readonly string[] => readFileSync(file, "utf8").trim().split("\n");

/** The server has read the experiment of this name and finds nothing wrong with it. */
const checked = (page: Page, name: string) =>
  page
    .getByRole("region", { name: /It can be trained|It reads well so far/ })
    .filter({ hasText: name })
    .waitFor();

/** Goes from control to control as a person without a mouse does. */
async function tabTo(page: Page, name: RegExp, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press(key);
    const label = await page.evaluate<string>(
      "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
    );
    if (name.test(label.trim())) return;
  }
  throw new Error(`no ${key} leads to ${name}`);
}

describe.skipIf(!existsSync(executablePath))("the studio as it is", () => {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-real-studio-"));
  const root = join(folder, "runs");
  let browser: Browser;
  let studio: StudioProcess;
  let first: WatchedPage;
  let second: WatchedPage;
  let other: ChildProcess | undefined;
  /** The run that the form begins. */
  let formRun = "";
  /** The folder of the run whose name ends so. */
  const folderOf = (name: string): string =>
    join(root, readdirSync(root).find((entry) => new RegExp(`-${name}-\\d+$`).test(entry)) ?? `no ${name}`);

  beforeAll(async () => {
    browser = await launchChromium();
    studio = await startStudioProcess(root);
    first = await openWatched(browser, studio.address);
  }, 10 * minutes);
  afterAll(async () => {
    await browser?.close();
    other?.kill("SIGKILL");
    studio?.child.kill("SIGINT");
    await studio?.ended;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Writes an experiment into the page of a new training and starts it. */
  async function start(page: Page, text: string): Promise<void> {
    await page.getByRole("link", { name: "New training" }).click();
    const editor = page.getByRole("textbox", { name: /Experiment as YAML/ });
    await editor.click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(text);
    await page.getByRole("region", { name: /It can be trained|It reads well so far/ }).waitFor();
    await page.getByText(/^name/).or(page.locator("main")).first().waitFor();
    await page.getByRole("button", { name: /^(Start training|Add to the queue)$/ }).click();
  }

  it(
    "begins in an empty folder: a training from the form, with what was changed there, is watched as it counts up",
    async () => {
      const { page } = first;
      // The token has been exchanged and stands in no address.
      expect(page.url()).not.toContain("token");
      await page.getByRole("heading", { name: "Nothing is trained here yet" }).waitFor();
      await page.getByRole("link", { name: "Write an experiment of your own" }).click();
      await page.getByRole("textbox", { name: /Experiment as YAML/ }).click();
      await page.keyboard.press("Control+A");
      await page.keyboard.insertText(smallText("before-the-form", 3));
      await page.getByRole("button", { name: "Form" }).click();
      const name = page.getByLabel("name", { exact: true }).first();
      await name.fill("from-the-form");
      await name.press("Tab");
      const epochs = page.getByRole("group", { name: "phases" }).getByLabel("epochs", { exact: true });
      expect(await epochs.inputValue()).toBe("3");
      await epochs.fill(String(many));
      await epochs.press("Tab");
      await checked(page, "from-the-form");
      await page.getByRole("button", { name: "Start training" }).click();
      await page.waitForURL(/\/run\/[0-9a-f]{12}/);
      formRun = /\/run\/([0-9a-f]{12})/.exec(page.url())?.[1] ?? "";
      await page.getByRole("heading", { name: /from-the-form/ }).waitFor();
      await expect.poll(() => epochOf(page), patience).toBeGreaterThan(2);
      const seen = await epochOf(page);
      await expect.poll(() => epochOf(page), patience).toBeGreaterThan(seen);
      await page
        .getByRole("region", { name: "Progress" })
        .getByText(`of ${many.toLocaleString("en-US")}`)
        .waitFor();
      await page.getByRole("progressbar", { name: "Training" }).waitFor();
      // Pictures of the same test images, drawn: originals and reconstructions have dark and light places.
      const canvas = page
        .getByRole("region", { name: /same test images/ })
        .locator("canvas")
        .first();
      await canvas.waitFor();
      const isDrawn = () =>
        canvas.evaluate((element) => {
          const of = element as unknown as {
            width: number;
            height: number;
            getContext(kind: "2d"): { getImageData(...of: number[]): { data: Uint8ClampedArray } };
          };
          const { data } = of.getContext("2d").getImageData(0, 0, of.width, of.height);
          return data.some((value) => value > 200) && data.some((value) => value < 50);
        });
      await expect.poll(isDrawn, patience).toBe(true);
      const { row } = await asked<RunDetail>(page, `/api/runs/${formRun}`);
      expect([row.name, row.epochsInAll, row.trainedBy]).toEqual(["from-the-form", many, "studio"]);
      expect(first.complaints).toEqual([]);
    },
    15 * minutes,
  );

  it(
    "changes the learning rate, which interventions.jsonl then has; pauses, and two pages see the same; goes on",
    async () => {
      const { page } = first;
      await page.getByLabel("New learning rate").fill("0.00125");
      await page.getByRole("button", { name: "Set" }).click();
      await page.getByText(/after step [\d,]+: learning rate 0\.00125/).waitFor();
      const file = join(folderOf("from-the-form"), "interventions.jsonl");
      expect(lines(file).map((line) => JSON.parse(line))).toMatchObject([
        { command: "setLearningRate", learningRate: 0.00125 },
      ]);

      await page.getByRole("button", { name: "Pause" }).click();
      await state(page, "paused");
      const step = async (of: Page): Promise<number | undefined> =>
        (await asked<RunDetail>(of, `/api/runs/${formRun}`)).live?.step?.step;
      // It is heard with the next step; then nothing moves, though a whole page is opened meanwhile.
      let paused = await step(page);
      for (let same = 0; same < 10; ) {
        const now = await step(page);
        same = now === paused ? same + 1 : 0;
        paused = now;
      }
      expect(paused).toBeGreaterThan(0);
      second = await openWatched(browser, studio.address);
      await second.page.getByRole("link", { name: /from-the-form/ }).click();
      await state(second.page, "paused");
      const one = await epochOf(page);
      await expect.poll(() => epochOf(second.page), patience).toBe(one);
      expect(await step(second.page)).toBe(paused);

      await second.page.getByRole("button", { name: "Go on" }).click();
      await state(page, "training");
      await state(second.page, "training");
      await expect.poll(() => epochOf(page), patience).toBeGreaterThan(one + 1);
      await expect.poll(() => epochOf(second.page), patience).toBeGreaterThan(one + 1);
      expect([first.complaints, second.complaints]).toEqual([[], []]);
    },
    15 * minutes,
  );

  it(
    "queues three, changes their order, takes one out, stops what trains (saved), and the next one begins",
    async () => {
      const { page } = first;
      await start(page, smallText("queued-long", many));
      const waiting = async (): Promise<readonly string[]> =>
        (await asked<JobList>(page, "/api/jobs")).jobs.flatMap(({ state, title }) =>
          state === "waiting" ? [title] : [],
        );
      await expect.poll(waiting, patience).toHaveLength(1);
      await start(page, smallText("queued-out", 2));
      await expect.poll(waiting, patience).toHaveLength(2);
      await start(page, smallText("queued-short", 3));
      await expect.poll(waiting, patience).toEqual(["train queued-long", "train queued-out", "train queued-short"]);
      await page.getByRole("link", { name: /^Queue/ }).click();
      await page.getByRole("button", { name: "train queued-short sooner" }).click();
      await expect.poll(waiting, patience).toEqual(["train queued-long", "train queued-short", "train queued-out"]);
      await page.getByRole("button", { name: "train queued-short sooner" }).click();
      await expect.poll(waiting, patience).toEqual(["train queued-short", "train queued-long", "train queued-out"]);
      await page.getByRole("button", { name: "Stop and save train queued-out" }).click();
      await expect.poll(waiting, patience).toEqual(["train queued-short", "train queued-long"]);

      await second.page.getByRole("button", { name: "Stop and save" }).click();
      await state(second.page, "stopped");
      await second.page.getByRole("button", { name: "Go on with it" }).waitFor();
      expect(existsSync(join(folderOf("from-the-form"), "checkpoints", "last.json"))).toBe(true);
      // The short one ends by itself, then the long one has begun.
      await expect
        .poll(
          () =>
            asked<RunTable>(page, "/api/runs").then(({ runs }) => runs.map(({ name, state }) => `${name} ${state}`)),
          patience,
        )
        .toEqual(expect.arrayContaining(["queued-short done", "queued-long training", "from-the-form stopped"]));
      expect(readdirSync(root).some((entry) => entry.includes("queued-out"))).toBe(false);
      expect(existsSync(join(folderOf("queued-short"), "report.html"))).toBe(true);
      expect([first.complaints, second.complaints]).toEqual([[], []]);
    },
    20 * minutes,
  );

  it(
    "is killed while it trains: pages say so; the next start shows the run, which trains on, and can stop it",
    async () => {
      const { page } = first;
      await page.getByRole("link", { name: "train queued-long" }).click();
      await expect.poll(() => epochOf(page), patience).toBeGreaterThan(1);
      const before = await epochOf(page);
      const { port } = studio;
      studio.child.kill("SIGKILL");
      await studio.ended;
      await page.getByRole("alert").filter({ hasText: "what stands here is old" }).waitFor();
      studio = await startStudioProcess(root, port);
      expect(studio.port).toBe(port);
      // The address that the new start has printed gives this browser its cookie; the page that was open comes back by itself.
      const again = await first.context.newPage();
      await again.goto(studio.address);
      await again.getByRole("link", { name: /queued-long/ }).waitFor();
      await again.close();
      await page.getByRole("alert").waitFor({ state: "detached" });
      await state(page, "training");
      await expect.poll(() => epochOf(page), patience).toBeGreaterThan(before + 1);
      await page.getByRole("button", { name: "Stop and save" }).click();
      await state(page, "stopped");
      expect(existsSync(join(folderOf("queued-long"), "checkpoints", "last.json"))).toBe(true);
      // Nobody goes on with what a person has stopped.
      const jobs = async () =>
        (await asked<JobList>(page, "/api/jobs")).jobs.map(({ title, state }) => `${title} ${state}`);
      await expect.poll(jobs, patience).toEqual(["train queued-long cancelled"]);
      // While nobody answers, the browser itself notes each try; nothing else is said.
      const ours = (text: string): boolean => !/net::ERR_|status of 40[13]/.test(text);
      expect(first.complaints.filter(ours)).toEqual([]);
      first.complaints.length = 0;
      await second.context.close();
    },
    15 * minutes,
  );

  it(
    "shows a run that the command trains, as it lives, and tells it to stop; its process ends by itself, saved",
    async () => {
      const { page } = first;
      const experiment = join(folder, "other.yaml");
      writeFileSync(experiment, smallText("by-command", many));
      other = spawn(process.execPath, [command, "train", experiment, "--out", root, "--engine", "reference"], {
        stdio: "ignore",
      });
      const ended = new Promise<number | null>((resolve) => other?.on("exit", resolve));
      await page.getByRole("link", { name: "Runs" }).click();
      await page.getByRole("link", { name: /by-command/ }).click();
      await page.getByText("elsewhere").first().waitFor();
      await expect.poll(() => epochOf(page), patience).toBeGreaterThan(1);
      const seen = await epochOf(page);
      await expect.poll(() => epochOf(page), patience).toBeGreaterThan(seen);
      await page.getByRole("button", { name: "Stop and save" }).click();
      // As a training that Ctrl-C has stopped.
      expect(await ended).toBe(130);
      await state(page, "stopped");
      expect(existsSync(join(folderOf("by-command"), "checkpoints", "last.json"))).toBe(true);
      expect(first.complaints).toEqual([]);
    },
    15 * minutes,
  );

  it(
    "lists damaged folders and says what is wrong with each",
    async () => {
      const { page } = first;
      const copy = (name: string): string => {
        const to = join(root, `2026-11-29-${name}-1`);
        cpSync(folderOf("queued-short"), to, { recursive: true });
        return to;
      };
      appendFileSync(join(copy("half-written"), "metrics.jsonl"), '{"epoch":4,"st');
      writeFileSync(join(copy("wrong-types"), "metrics.jsonl"), '{"epoch":"one","step":[]}\n');
      rmSync(join(copy("without-experiment"), "experiment.yaml"));
      await page.getByRole("link", { name: "Runs" }).click();
      const row = (name: string) => page.getByRole("row").filter({ hasText: name });
      await row("half-written").filter({ hasText: "metrics.jsonl ends within a line" }).waitFor();
      await row("wrong-types").filter({ hasText: "damaged" }).filter({ hasText: "line 1 of metrics.jsonl" }).waitFor();
      await row("without-experiment").filter({ hasText: "experiment.yaml is missing" }).waitFor();
      // Each opens, and says it there too.
      for (const name of ["half-written", "wrong-types", "without-experiment"]) {
        await page.getByRole("link", { name: new RegExp(name) }).click();
        await page.locator("main .bad").first().waitFor();
        await page.goBack();
      }
      expect(first.complaints).toEqual([]);
    },
    10 * minutes,
  );

  it(
    "opens the run's report from disk with the network off, where a slider moves",
    async () => {
      const context = await browser.newContext();
      context.setDefaultTimeout(5 * minutes);
      await context.setOffline(true);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("request", (request) => {
        if (!/^(file|data|blob):/.test(request.url())) complaints.push(request.url());
      });
      // The studio shows the way to it.
      await first.page.getByRole("link", { name: "Runs" }).click();
      await first.page.getByRole("link", { name: /queued-short/ }).click();
      await first.page.getByRole("link", { name: "Report", exact: true }).click();
      await first.page.getByRole("link", { name: /Open the report/ }).waitFor();
      expect(first.complaints).toEqual([]);
      await page.goto(pathToFileURL(join(folderOf("queued-short"), "report.html")).href);
      await moveReportSlider(page, patience);
      expect(complaints).toEqual([]);
      await context.close();
    },
    10 * minutes,
  );

  it(
    "is walked with keys alone: filter, open, move the epoch, go back, compare two, start a training; Ctrl-C ends it, saved",
    async () => {
      const { page } = first;
      await page.goto(`${studio.origin}/`);
      const rows = () => page.locator("tbody tr[id]").count();
      await expect.poll(rows, patience).toBeGreaterThan(3);
      const filter = async (words: string, count: number): Promise<void> => {
        await page.keyboard.press("/");
        await page.keyboard.press("Control+A");
        await page.keyboard.type(words);
        await expect.poll(rows, patience).toBe(count);
        await page.keyboard.press("Enter");
      };
      await filter("queued-short", 1);
      await page.keyboard.press("x");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/run\//);
      await page.getByRole("slider", { name: "Epoch" }).waitFor();
      await tabTo(page, /^Epoch$/);
      await page.keyboard.press("ArrowLeft");
      await page.waitForURL(/epoch=2/);
      await page.getByText("epoch 2 of 3").first().waitFor();
      await page.goBack();
      await page.waitForURL(/q=queued-short/);
      await expect.poll(rows, patience).toBe(1);
      await filter("from-the-form", 1);
      await page.keyboard.press("x");
      await page.keyboard.press("g");
      await page.keyboard.press("c");
      await page.waitForURL(/\/compare\/[0-9a-f]{12}\.[0-9a-f]{12}/);
      await page.getByRole("group", { name: "The same images of each run" }).waitFor();

      await page.keyboard.press("g");
      await page.keyboard.press("n");
      await page.getByRole("region", { name: /It can be trained|It reads well so far/ }).waitFor();
      await tabTo(page, /Experiment as YAML/);
      await page.keyboard.press("Control+A");
      await page.keyboard.insertText(smallText("by-keys", many));
      await checked(page, "by-keys");
      await page.keyboard.press("Escape");
      await tabTo(page, /^Start training$/);
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/run\//);
      await page.getByRole("heading", { name: /by-keys/ }).waitFor();
      await expect.poll(() => epochOf(page), patience).toBeGreaterThan(0);
      expect(first.complaints).toEqual([]);

      await first.context.close();
      studio.child.kill("SIGINT");
      expect(await studio.ended).toBe(130);
      expect(existsSync(join(folderOf("by-keys"), "checkpoints", "last.json"))).toBe(true);
      expect(existsSync(join(folderOf("by-keys"), "lock.json"))).toBe(false);
    },
    15 * minutes,
  );
});

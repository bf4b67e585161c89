// Takes the pictures of docs/images from the built studio, with digits that it trains itself. Run it again when the pages have changed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import sharp from "sharp";

const usage = `Usage: node scripts/screenshots.mjs [NAME…] [options]     (after npm run build)

  NAME           pictures to take; default: all of them
  --runs DIR     folder whose runs are shown, and kept; trained there where it is empty   (default: a temporary one)
  --out DIR      where the pictures go                                                    (default: docs/images)
  --large        keep them as PNG too, to be looked at
  --list         say which there are
`;
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string" },
    out: { type: "string" },
    large: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const root = fileURLToPath(new URL("../", import.meta.url));
const command = join(root, "dist/cli/main.js");
const out = flags.out ?? join(root, "docs/images");
/** More than this no picture takes. */
const mostBytes = 60_000;
const patience = 10 * 60_000;

/** Digits only: 12,000 of them, which is enough for a map with islands. */
const small = ["--set", "data.limit.train=12000", "--set", "data.limit.test=1500"];
/** The three that are compared: one experiment at three batch sizes. */
const trained = [
  ["--set", "name=digits-32", "--set", "phases.0.batchSize=32"],
  ["--set", "name=digits-64", "--set", "phases.0.batchSize=64"],
  ["--set", "name=digits-128", "--set", "phases.0.batchSize=128"],
];

/**
 * @typedef {{ a: string, all: string[], root: string, live: () => Promise<string>, folder: (run: string) => string }} Runs
 * @typedef {{
 *   name: string, what: string, address: (runs: Runs) => string | Promise<string>, part?: string,
 *   width?: number, height?: number, theme?: "light" | "dark", ready: (page: import("playwright-core").Page) => Promise<unknown>
 * }} Picture
 */

const comparison = (page) => page.locator(".comparison canvas").first().waitFor();
/** Pictures that come one after another are there when their number does not change any more. */
async function settled(page, selector) {
  await page.locator(selector).first().waitFor();
  for (let before = -1, same = 0; same < 5; ) {
    const now = await page.locator(selector).count();
    same = now === before ? same + 1 : 0;
    before = now;
    await page.waitForTimeout(200);
  }
}
async function mapped(page) {
  await page.getByRole("application").waitFor();
  await page.locator(".map.live").waitFor();
}

/** @type {Picture[]} */
const pictures = [
  {
    ...{ name: "studio-runs", what: "the table of runs", height: 520 },
    address: ({ all }) => `/runs?selected=${all.map((id, i) => `${id}.${i}`).join(",")}`,
    ready: (page) => page.locator("tbody tr[id]").nth(2).waitFor(),
  },
  {
    ...{ name: "studio-compare", what: "three runs compared", height: 1000 },
    address: ({ all }) => `/compare/${all.join(".")}?selected=${all.map((id, i) => `${id}.${i}`).join(",")}`,
    ready: (page) => settled(page, ".strips canvas"),
  },
  {
    ...{ name: "studio-map", what: "the map of codes, with pictures", part: "map", height: 600 },
    address: ({ a }) => `/run/${a}/map?pictures=yes`,
    ready: async (page) => {
      await mapped(page);
      const zoom = page.getByRole("button", { name: "Zoom in" });
      for (let i = 0; i < 4; i++) await zoom.click();
      await page.waitForTimeout(1_500);
    },
  },
  {
    ...{ name: "studio-lasso", what: "a lasso on the map, and what it selects", part: "map", height: 1200 },
    address: ({ a }) => `/run/${a}/map`,
    ready: async (page) => {
      await mapped(page);
      await page.getByRole("radio", { name: "Lasso" }).check();
      const box = await page.getByRole("application").boundingBox();
      if (box === null) throw new Error("the map has no place");
      const at = (turn, reach) => [
        box.x + box.width * (0.66 + reach * Math.cos(turn)),
        box.y + box.height * (0.5 + 1.6 * reach * Math.sin(turn)),
      ];
      await page.mouse.move(...at(0, 0.12));
      await page.mouse.down();
      for (let i = 1; i <= 40; i++) await page.mouse.move(...at((2 * Math.PI * i) / 40, 0.12));
      await page.mouse.up();
      await page
        .getByText(/[1-9][\d,]* selected/)
        .first()
        .waitFor();
      await page.waitForTimeout(1_000);
    },
  },
  {
    ...{ name: "studio-units", what: "a slider for each unit", part: "units", height: 900 },
    address: ({ a }) => `/run/${a}/units`,
    ready: async (page) => {
      await page.locator("main canvas").first().waitFor();
      await page.waitForTimeout(1_500);
    },
  },
  {
    ...{ name: "studio-walk", what: "a walk from digit to digit", part: "walk", height: 800 },
    address: ({ a }) => `/run/${a}/walk?stops=0,2,18`,
    ready: async (page) => {
      await page.getByRole("group", { name: "The walk" }).locator("canvas, img").first().waitFor();
      await page.waitForTimeout(1_500);
    },
  },
  {
    ...{ name: "studio-restore", what: "digits spoilt and restored", part: "restore", height: 640 },
    address: ({ a }) => `/run/${a}/restore`,
    ready: async (page) => {
      await page.getByRole("row", { name: /restored/ }).waitFor();
      await page.waitForTimeout(500);
    },
  },
  {
    ...{ name: "studio-anomaly", what: "scores, a threshold, the strangest digits", part: "anomaly", height: 900 },
    address: ({ a }) => `/run/${a}/anomaly`,
    ready: async (page) => {
      await page.locator("main svg, main canvas").first().waitFor();
      await page.waitForTimeout(2_000);
    },
  },
  {
    ...{ name: "studio-network", what: "the network, layer by layer", part: "network", height: 800 },
    address: ({ a }) => `/run/${a}/network`,
    ready: (page) => page.locator("main pre, main svg, main table").first().waitFor(),
  },
  {
    ...{ name: "studio-data", what: "what is in the data", part: "data", height: 900 },
    address: ({ a }) => `/run/${a}/data`,
    ready: async (page) => {
      await settled(page, "main canvas, main .tile");
      await page.waitForTimeout(500);
    },
  },
  {
    ...{ name: "studio-new", what: "an experiment as YAML, with a mistake at its line", height: 640 },
    address: () => "/new?from=preset:mnist-conv",
    ready: async (page) => {
      await page.locator(".cm-content").filter({ hasText: "mnist-conv" }).click();
      await page.keyboard.press("Control+Home");
      const lines = await page.locator(".cm-line").allTextContents();
      const place = lines.findIndex((line) => line.trim() === "encoder:");
      for (let line = 0; line < place; line++) await page.keyboard.press("ArrowDown");
      await page.keyboard.press("End");
      await page.keyboard.insertText("\n    - dnse: 128");
      await page.locator(".cm-lintRange-error").waitFor();
      await page.keyboard.press("Escape");
    },
  },
  {
    ...{ name: "studio-form", what: "the same as a form", height: 800 },
    address: () => "/new?from=preset:mnist-conv&as=form",
    ready: async (page) => {
      await page.getByLabel("batchSize").first().waitFor();
      await page.getByRole("region", { name: /It can be trained/ }).waitFor();
    },
  },
  {
    ...{ name: "studio-phone", what: "a run on a phone", width: 390, height: 844 },
    address: ({ a }) => `/run/${a}`,
    ready: comparison,
  },
  {
    ...{ name: "studio-dark", what: "a run in the dark", theme: "dark", height: 900 },
    address: ({ a }) => `/run/${a}?image=7`,
    ready: comparison,
  },
  {
    ...{ name: "report-phone", what: "a report on a phone", width: 390, height: 844 },
    address: ({ a, folder }) => pathToFileURL(join(folder(a), "report.html")).href,
    ready: (page) => page.getByText("copy as CSV").first().waitFor(),
  },
  // The last one, so that its training disturbs no other.
  {
    ...{ name: "studio-live", what: "a run at its third epoch", height: 900 },
    address: async ({ live }) => `/run/${await live()}?image=7`,
    ready: async (page) => {
      await page.locator(".slider output").filter({ hasText: "epoch 3" }).waitFor();
      await comparison(page);
    },
  },
];

/** The first two pages of the report on paper, side by side. */
const printed = "report-print";

async function main() {
  if (flags.help || flags.list) {
    process.stdout.write(
      flags.help
        ? usage
        : `${[...pictures, { name: printed, what: "a report on paper" }].map(({ name, what }) => `${name}: ${what}`).join("\n")}\n`,
    );
    return;
  }
  if (!existsSync(command)) throw new Error("the package is not built: npm run build");
  const unknown = positionals.filter((name) => name !== printed && !pictures.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`there is no picture ${unknown.join(", ")}: --list says which there are`);
  const wanted = (name) => positionals.length === 0 || positionals.includes(name);
  const folder = flags.runs ?? mkdtempSync(join(tmpdir(), "isthmus-screenshots-"));
  mkdirSync(out, { recursive: true });
  trainMissing(folder);
  const studio = await openStudio(folder);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(
      " ",
    ),
  });
  const missing = [];
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(studio.address);
    const runs = await runsOf(page, folder);
    await page.close();
    for (const picture of pictures.filter(({ name }) => wanted(name))) {
      const problem = await take(context, studio.origin, runs, picture);
      if (problem !== undefined) missing.push(problem);
    }
    const report = join(runs.folder(runs.a), "report.html");
    if (!existsSync(report)) missing.push(`${printed}: there is no ${report}`);
    else if (wanted(printed)) await print(context, report);
  } finally {
    await browser.close();
    studio.child.kill("SIGINT");
    await studio.ended;
    if (flags.runs === undefined) rmSync(folder, { recursive: true, force: true });
  }
  for (const problem of missing) console.log(`missing: ${problem}`);
  if (missing.length > 0) process.exitCode = 1;
}

function trainMissing(folder) {
  const there = existsSync(folder) ? readdirSync(folder) : [];
  for (const flagsOfRun of trained) {
    const name = flagsOfRun[1].slice("name=".length);
    const run = there.find((entry) => entry.includes(`-${name}-`));
    if (run !== undefined) {
      // One that an earlier build has left.
      if (!existsSync(join(folder, run, "report.html")))
        spawnSync(process.execPath, [command, "report", join(folder, run)]);
      continue;
    }
    console.log(`training ${name}`);
    const words = [
      "train",
      "mnist-conv",
      ...small,
      ...flagsOfRun,
      "--epochs",
      "5",
      "--threads",
      "auto",
      "--out",
      folder,
      "--no-input",
    ];
    const { status, stderr } = spawnSync(process.execPath, [command, ...words], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  }
}

/** In a page: where the runs lie on this machine is nothing for a picture. */
function withoutPlaces(folder) {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
    if (text.data.includes(folder)) text.data = text.data.replaceAll(folder, "~/runs");
  }
}

async function openStudio(folder) {
  const child = spawn(process.execPath, [command, "studio", folder, "--no-open", "--json", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const address = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece) => {
      text += piece;
      if (text.includes("\n")) resolve(JSON.parse(text).address);
    });
    ended.then((code) => reject(new Error(`the studio ended with ${code}`)));
  });
  return { child, ended, address, origin: new URL(address).origin };
}

async function runsOf(page, folder) {
  const read = () => page.evaluate(async () => await (await fetch("/api/runs")).json());
  let table = await read();
  while (table.pending > 0) table = await read();
  const named = trained.map(([, name]) => table.runs.find((run) => run.name === name.slice("name=".length)));
  const folders = new Map(table.runs.map((run) => [run.id, join(folder, run.folder)]));
  const all = named.map((run) => run.id);
  return {
    a: all[0],
    all,
    root: resolve(folder),
    folder: (id) => folders.get(id),
    /** Starts a training of twelve epochs: who asks sees it at its third. */
    async live() {
      const work = {
        ...{ kind: "train", experiment: { preset: "mnist-conv" }, epochs: 12, threads: 1 },
        changes: ["name=digits-live", "data.limit.train=12000", "data.limit.test=1500"],
      };
      const fresh = await page.context().newPage();
      await fresh.goto(new URL("/queue", page.url()).href);
      const post = { work, request: `screenshot-${Date.now()}` };
      const ask = async (path, body) =>
        await fresh.evaluate(
          async ([address, sent]) => {
            const init =
              sent === undefined
                ? {}
                : { method: "POST", body: JSON.stringify(sent), headers: { "Content-Type": "application/json" } };
            return await (await fetch(address, init)).json();
          },
          [path, body],
        );
      let job = await ask("/api/jobs", post);
      while (job.run === undefined) {
        if (job.error !== undefined) throw new Error(job.error.message);
        await fresh.waitForTimeout(200);
        job = await ask(`/api/jobs/${job.id}`);
      }
      await fresh.close();
      return job.run;
    },
  };
}

/** @returns what is not there, in words */
async function take(context, origin, runs, picture) {
  const address = await picture.address(runs);
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.setViewportSize({ width: picture.width ?? 1280, height: picture.height ?? 800 });
  await page.emulateMedia({ colorScheme: picture.theme ?? "light", reducedMotion: "reduce" });
  try {
    await page.goto(address.startsWith("file:") ? address : origin + address);
    if (picture.part !== undefined) {
      const parts = page.getByRole("navigation", { name: "Parts of the run" });
      await parts.waitFor();
      if ((await parts.locator(`a[aria-current][href*="/${picture.part}"]`).count()) === 0) {
        return `${picture.name}: no page answers ${address}`;
      }
    }
    await picture.ready(page);
    await page.evaluate(withoutPlaces, runs.root);
    const png = await page.screenshot();
    await save(picture.name, png);
  } catch (error) {
    return `${picture.name}: ${address}: ${String(error.message).split("\n")[0]}`;
  } finally {
    await page.close();
  }
  return undefined;
}

/** As small as it must be: quality is given up before size. */
async function save(name, png) {
  if (flags.large) writeFileSync(join(out, `${name}.png`), png);
  for (const quality of [85, 75, 65, 55, 45, 35, 25]) {
    const webp = await sharp(png).webp({ quality, effort: 6, smartSubsample: true }).toBuffer();
    if (webp.byteLength > mostBytes && quality > 25) continue;
    if (webp.byteLength > mostBytes)
      console.log(`${name} takes more than ${mostBytes.toLocaleString("en")} bytes: show less of it`);
    writeFileSync(join(out, `${name}.webp`), webp);
    console.log(`${name}: ${webp.byteLength.toLocaleString("en")} bytes, quality ${quality}`);
    return;
  }
}

async function print(context, file) {
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  await page.getByText("copy as CSV").first().waitFor();
  const pdf = await page.pdf({ format: "A4", printBackground: true });
  const scratch = mkdtempSync(join(tmpdir(), "isthmus-print-"));
  writeFileSync(join(scratch, "report.pdf"), pdf);
  const drawn = spawnSync("pdftoppm", ["-r", "60", "-l", "2", "-png", "report.pdf", "page"], { cwd: scratch });
  let pages =
    drawn.status === 0
      ? readdirSync(scratch)
          .filter((name) => name.endsWith(".png"))
          .sort()
          .map((name) => readFileSync(join(scratch, name)))
      : [];
  if (pages.length === 0) {
    console.log("pdftoppm is not here: the pages are the printed layout's first two, without its page breaks");
    await page.emulateMedia({ media: "print" });
    // A4 at 96 pixels an inch.
    const [width, height] = [794, 1123];
    await page.setViewportSize({ width, height });
    const whole = await page.screenshot({ fullPage: true });
    pages = await Promise.all(
      [0, 1].map((i) =>
        sharp(whole)
          .extract({ left: 0, top: i * height, width, height })
          .resize(620)
          .png()
          .toBuffer(),
      ),
    );
  }
  const { width = 0, height = 0 } = await sharp(pages[0]).metadata();
  const sheet = sharp({ create: { width: 2 * width + 40, height: height + 20, channels: 3, background: "#888888" } });
  const png = await sheet
    .composite(pages.slice(0, 2).map((input, i) => ({ input, left: 10 + i * (width + 20), top: 10 })))
    .png()
    .toBuffer();
  await save(printed, png);
  await page.close();
  rmSync(scratch, { recursive: true, force: true });
}

await main();

// How smoothly pages move in headless Chromium, without a graphics processor: the longest task of the page's thread while something is
// done to it, by the clock and by the processor time it took (which other work on the machine does not lengthen much).
// node --import ./scripts/register-typescript.mjs bench/pages.mjs [curves] [pictures] [map] [growth] [--epochs 10000]
// [--minutes 10 --every 500: how long the page of a live run is left to itself, which gets an epoch every so many milliseconds; after
// npm run build]
// [--write: into docs/checks/pages.md too]
// [--webgl: the map also by WebGL2, which the processor computes here; a page draws by hand then] [--profile: the functions behind it]
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { buildPage } from "../test/page/buildPage.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "10000" },
    profile: { type: "boolean", default: false },
    webgl: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    minutes: { type: "string", default: "10" },
    every: { type: "string", default: "500" },
  },
});
const [load] = loadavg();
const lines = [];
function say(line) {
  lines.push(line);
  console.log(line);
}
const parts = { curves, pictures, map, growth };
const wanted = positionals.length === 0 ? Object.keys(parts) : positionals;
const built = await buildPage("test/page/smoothness.svelte.ts", values.profile);
const tokens = readFileSync("src/report/page/tokens.css", "utf8");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--enable-unsafe-swiftshader"],
});
try {
  for (const name of wanted) await parts[name]();
} finally {
  await browser.close();
}
if (values.write) {
  writeFileSync(
    "docs/checks/pages.md",
    `# How smoothly pages move

Measured on ${new Date().toISOString().slice(0, 10)} by \`node --import ./scripts/register-typescript.mjs bench/pages.mjs --write\` in headless Chromium ${browser.version()} without a graphics processor, on ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${load.toFixed(1)} before. Wanted: no task over 100 ms while curves of 10,000 epochs and pictures of 300 epochs move; 30 frames a second or more on a map of 100,000 points; a page left on a live run grows by less than 20 MB in ten minutes.

\`\`\`
${lines.join("\n")}
\`\`\`
`,
  );
}

async function opened() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on("pageerror", (error) => console.error(String(error)));
  await page.route("http://pages.test/", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><style>${tokens}${built.style}</style><body></body>`,
    }),
  );
  await page.goto("http://pages.test/");
  await page.addScriptTag({ content: built.script });
  return page;
}

/**
 * Does a thing in a page and says what stalled it.
 * @param act done in the page, with `frame()`, which waits for the next frame
 */
async function measured(page, name, act, given) {
  await browser.startTracing(page, {
    categories: ["toplevel", "disabled-by-default-cpu_profiler", "devtools.timeline", "blink.user_timing"],
  });
  await page.evaluate(
    "globalThis.frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())))",
  );
  const session = values.profile ? await page.context().newCDPSession(page) : undefined;
  await session?.send("Profiler.enable");
  await session?.send("Profiler.start");
  const frames = await page.evaluate(act, given);
  await page.evaluate("frame().then(frame)");
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const profile = (await session?.send("Profiler.stop"))?.profile;
  const threads = new Set(
    traceEvents
      .filter(({ name: what, args }) => what === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid}:${tid}`),
  );
  const tasks = traceEvents.filter(
    ({ name: what, pid, tid, ph }) => ph === "X" && /RunTask/.test(what) && threads.has(`${pid}:${tid}`),
  );
  const most = (key) => tasks.reduce((found, task) => Math.max(found, (task[key] ?? 0) / 1000), 0);
  const sum = tasks.reduce((all, { tdur = 0 }) => all + tdur / 1000, 0);
  const count = frames?.length ?? 0;
  const rate =
    count > 1 ? `, ${((1000 * (count - 1)) / (frames[count - 1] - frames[0])).toFixed(0)} frames a second` : "";
  say(
    `${name}: longest task ${most("dur").toFixed(0)} ms by the clock, ${most("tdur").toFixed(0)} ms of the processor; ${sum.toFixed(0)} ms in all${rate}`,
  );
  if (profile !== undefined) printProfile(profile);
}

/** The functions that most time was spent in, themselves and with what they call. */
function printProfile({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, { ...node, self: 0 }]));
  for (const [i, id] of samples.entries()) byId.get(id).self += timeDeltas[i] / 1000;
  const [own, whole] = [new Map(), new Map()];
  const walk = (id, above) => {
    const { callFrame, self, children = [] } = byId.get(id);
    const key = `${callFrame.functionName || "(nameless)"}:${callFrame.lineNumber}`;
    const isNew = !above.has(key);
    const total = children.reduce((sum, child) => sum + walk(child, new Set([...above, key])), self);
    own.set(key, (own.get(key) ?? 0) + self);
    if (isNew) whole.set(key, (whole.get(key) ?? 0) + total);
    return total;
  };
  walk(nodes[0].id, new Set());
  const first = (of, count) =>
    [...of]
      .sort((a, b) => b[1] - a[1])
      .slice(0, count)
      .map(([name, ms]) => `${name} ${ms.toFixed(0)}`)
      .join(", ");
  say(`    itself: ${first(own, 14)}\n    with what it calls: ${first(whole, 44)}`);
}

async function curves() {
  const page = await opened();
  const epochs = Number(values.epochs);
  say(`curves: 4 lines of ${epochs.toLocaleString("en")} epochs`);
  await page.evaluate((n) => window.page.makeCurves(n), epochs);
  await measured(page, "  opened", async () => {
    window.page.openCurves();
    while (document.querySelector(".surface svg path") === null) await frame();
  });
  // What the page does with the pointer, the keys and its own controls.
  await page.evaluate(() => {
    globalThis.over = document.querySelector(".live");
    globalThis.point = (type, x, y = 150) => {
      const box = over.getBoundingClientRect();
      over.dispatchEvent(
        new PointerEvent(type, { clientX: box.left + x, clientY: box.top + y, pointerId: 1, bubbles: true }),
      );
    };
    globalThis.key = (name) => over.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
    document.querySelector(".surface").setPointerCapture = () => {};
  });
  // A mouse that is there, as it is with everything below.
  await page.locator(".live").hover({ position: { x: 300, y: 150 } });
  const zoom = () =>
    page.evaluate(async () => {
      point("pointerdown", 300);
      point("pointermove", 500);
      point("pointerup", 500);
      await frame();
    });
  await measured(page, "  pointed at, 60 places", async () => {
    const frames = [];
    for (let i = 0; i < 60; i++) {
      point("pointermove", 120 + 12 * i);
      frames.push(await frame());
    }
    return frames;
  });
  await measured(page, "  30 arrow keys", async () => {
    for (let i = 0; i < 30; i++) {
      key("ArrowRight");
      await frame();
    }
    point("pointerleave", 0);
  });
  await measured(page, "  a part dragged over, and all again, 5 times", async () => {
    for (let i = 0; i < 5; i++) {
      point("pointerdown", 300 - 10 * i);
      point("pointermove", 420);
      point("pointermove", 500);
      point("pointerup", 500);
      await frame();
      key("0");
      await frame();
    }
  });
  await measured(page, "  zoomed by keys, in and out 8 times", async () => {
    const frames = [];
    for (let i = 0; i < 16; i++) {
      key(i < 8 ? "+" : "-");
      frames.push(await frame());
    }
    key("0");
    return frames;
  });
  await measured(page, "  smoothing moved, 20 places", async () => {
    const slider = document.querySelector('.tools input[type="range"]');
    const frames = [];
    for (let i = 0; i < 20; i++) {
      slider.value = String(0.045 * (i + 1));
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      frames.push(await frame());
    }
    return frames;
  });
  await measured(page, "  scale and series switched, 8 times", async () => {
    const boxes = [...document.querySelectorAll(".tools input[type=checkbox], .legend button")];
    for (const box of [...boxes, ...boxes].slice(0, 8)) {
      box.click();
      await frame();
    }
  });
  await measured(page, "  30 epochs more", async () => {
    const frames = [];
    for (let i = 0; i < 30; i++) {
      window.page.grow();
      frames.push(await frame());
    }
    return frames;
  });
  await zoom();
  await measured(page, "  30 epochs more while a part is seen", async () => {
    const frames = [];
    for (let i = 0; i < 30; i++) {
      window.page.grow();
      frames.push(await frame());
    }
    return frames;
  });
  await measured(page, "  table opened, 5 epochs more", async () => {
    document.querySelector("details").open = true;
    for (let i = 0; i < 5; i++) {
      window.page.grow();
      await frame();
    }
  });
  await page.close();
}

async function pictures() {
  const sharp = (await import("sharp")).default;
  const page = await opened();
  say("pictures: 300 epochs' sheets of 32 digits' size");
  const sheet = async (epoch) => {
    const [width, height] = [8 * 28, 4 * 28];
    const pixels = new Uint8Array(width * height);
    for (let i = 0; i < pixels.length; i++) {
      const [x, y] = [(i % width) % 28, Math.floor(i / width) % 28];
      pixels[i] =
        255 / (1 + Math.exp((Math.hypot(x - 14, y - 14) - 8) / (0.3 + 60 / (10 + epoch)))) +
        ((i * 7919 + epoch * 104729) % 23);
    }
    return sharp(pixels, { raw: { width, height, channels: 1 } })
      .webp({ lossless: true })
      .toBuffer();
  };
  const made = new Map();
  await page.route("http://pages.test/sheet/*", async (route) => {
    const epoch = Number(route.request().url().split("/").at(-1));
    if (!made.has(epoch)) made.set(epoch, await sheet(epoch));
    await route.fulfill({ contentType: "image/webp", body: made.get(epoch) });
  });
  for (let i = 0; i <= 300; i++) made.set(i, await sheet(i === 0 ? 1e6 : i));
  await measured(page, "  opened", async () => {
    window.page.openPictures(
      Array.from({ length: 300 }, (_, i) => `http://pages.test/sheet/${i + 1}`),
      "http://pages.test/sheet/0",
    );
    for (let i = 0; i < 10; i++) await frame();
  });
  const move = async () => {
    const slider = document.querySelector('.slider input[type="range"]');
    const frames = [];
    for (let i = 0; i < 300; i++) {
      slider.value = String(299 - i);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      frames.push(await frame());
    }
    return frames;
  };
  await measured(page, "  slider over 300 epochs, for the first time", move);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  await measured(page, "  again", move);
  for (const view of ["Split", "Blink", "Difference"]) {
    await page.getByRole("button", { name: view, exact: true }).click();
    await measured(page, `  ${view.toLowerCase()}`, move);
  }
  await page.close();
}

async function map() {
  for (const renderer of values.webgl ? ["canvas", "webgl"] : ["canvas"]) {
    for (const count of [100_000, 1_000_000]) {
      const page = await opened();
      say(`map: ${count.toLocaleString("en")} points, ${renderer}`);
      await measured(
        page,
        "  opened",
        async ([n, how]) => {
          window.page.openMap(n, how);
          while (document.querySelector(".map.live") === null) await frame();
          await frame();
        },
        [count, renderer],
      );
      await page.evaluate(() => {
        globalThis.over = document.querySelector("canvas.over");
        over.setPointerCapture = () => {};
        const box = over.getBoundingClientRect();
        globalThis.at = (x, y) => ({ clientX: box.left + x, clientY: box.top + y, bubbles: true, cancelable: true });
        globalThis.point = (type, x, y) =>
          over.dispatchEvent(new PointerEvent(type, { ...at(x, y), pointerId: 1, buttons: 1 }));
      });
      await measured(page, "  moved, 90 frames", async () => {
        const frames = [];
        point("pointerdown", 400, 200);
        for (let i = 0; i < 90; i++) {
          point("pointermove", 400 + 60 * Math.sin(i / 8), 200 + 40 * Math.sin(i / 5));
          frames.push(await frame());
        }
        point("pointerup", 400, 200);
        return frames;
      });
      await measured(page, "  zoomed, 90 frames", async () => {
        const frames = [];
        document.querySelector(".plane").focus();
        for (let i = 0; i < 90; i++) {
          over.dispatchEvent(new WheelEvent("wheel", { ...at(500, 250), deltaY: i < 45 ? -60 : 60 }));
          frames.push(await frame());
        }
        return frames;
      });
      await measured(page, "  pointed at, 60 places", async () => {
        const frames = [];
        for (let i = 0; i < 60; i++) {
          over.dispatchEvent(new PointerEvent("pointermove", { ...at(200 + 10 * i, 200), pointerId: 1 }));
          frames.push(await frame());
        }
        return frames;
      });
      await page.close();
    }
  }
}

/**
 * Chromium by its own protocol over pipes, with one page. Playwright keeps the body of every answer that a page gets, in the page's own
 * process: what that process grows by would be its.
 */
async function bareChromium(address) {
  const profile = mkdtempSync(join(tmpdir(), "isthmus-growth-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"];
  const child = spawn(
    executablePath,
    [...flags, `--user-data-dir=${profile}`, "--window-size=1280,900", "about:blank"],
    {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    },
  );
  const [, , , to, from] = child.stdio;
  const waiting = new Map();
  let [next, text] = [1, ""];
  from.setEncoding("utf8").on("data", (piece) => {
    const messages = `${text}${piece}`.split("\0");
    text = messages.pop();
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      const { done, failed } = waiting.get(id) ?? {};
      if (error !== undefined) failed?.(new Error(error.message));
      else done?.(result);
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((done, failed) => {
      waiting.set(next, { done, failed });
      to.write(`${JSON.stringify({ id: next++, method, params, sessionId })}\0`);
    });
  const { targetId } = await send("Target.createTarget", { url: address });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  return {
    browser: send,
    page: (method, params) => send(method, params, sessionId),
    async close() {
      const ended = new Promise((done) => child.on("exit", done));
      send("Browser.close").catch(() => {});
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** The studio's page left on a live run: what it keeps after its garbage was collected. */
async function growth() {
  const { liveRun, openMadeUpStudio } = await import("../test/end-to-end/madeUpStudio.ts");
  const studio = await openMadeUpStudio({ client: "dist/studio/client", count: 20 });
  const chromium = await bareChromium(`${studio.address}/run/${liveRun}`);
  const megabytes = (bytes) => Number((bytes / 1e6).toFixed(1));
  async function sample() {
    for (let i = 0; i < 3; i++) await chromium.page("HeapProfiler.collectGarbage");
    const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await chromium.page("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await chromium.page("Memory.getDOMCounters");
    const { processInfo } = await chromium.browser("SystemInfo.getProcessInfo");
    const resident = processInfo
      .filter(({ type }) => type === "renderer")
      .reduce((most, { id }) => {
        const [, kilobytes] = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8")) ?? [];
        return Math.max(most, 1024 * Number(kilobytes));
      }, 0);
    return { heap: usedSize + embedderHeapUsedSize + backingStorageSize, nodes, jsEventListeners, resident };
  }
  const minutes = Number(values.minutes);
  say(`growth: the page of a live run, an epoch with pictures every ${values.every} ms for ${minutes} minutes`);
  let epochs = 0;
  const training = setInterval(() => {
    studio.trainEpoch();
    epochs++;
  }, Number(values.every));
  // What is loaded once is no growth.
  await setTimeout(5_000);
  const { result } = await chromium.page("Runtime.evaluate", {
    expression: "document.querySelectorAll('.comparison canvas').length",
  });
  if (!(result.value > 0)) throw new Error("the page shows no pictures of the run");
  const first = await sample();
  const end = Date.now() + 60_000 * minutes;
  while (Date.now() < end) {
    await setTimeout(Math.min(60_000, 60_000 * minutes) / 4);
    const now = await sample();
    say(
      `  after ${epochs} epochs: heap ${megabytes(now.heap)} MB (${megabytes(now.heap - first.heap)} more), anonymous memory of the process ${megabytes(now.resident)} MB (${megabytes(now.resident - first.resident)} more), ${now.nodes} nodes, ${now.jsEventListeners} listeners`,
    );
  }
  clearInterval(training);
  await chromium.close();
  await studio.close();
}

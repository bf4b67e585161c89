// Measures the studio's server: how soon a folder of 10,000 runs is listed, how long /healthz takes while a training and a UMAP run,
// whether memory stays flat over 100,000 requests, and what a studio with a page costs a training. With what is built in dist:
// node scripts/studio-load.mjs [--only list,health,requests,training] [--write] [--runs N] [--requests N] [--pairs N] [--preset NAME]
//   [--epochs N]
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";

const wordAfter = (name, usual) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? usual : process.argv[at + 1];
};
const numberAfter = (name, usual) => Number(wordAfter(name, usual));
const wanted = { listed: 2, health: 0.1, growth: 20, ratio: 1.05 };
const cli = "dist/cli/main.js";
const file = "docs/checks/studio.md";

/** Runs of twenty epochs, as trainings leave them. */
function generate(root, runs) {
  const lines = (make) => Array.from({ length: 20 }, (_, i) => `${JSON.stringify(make(i + 1))}\n`).join("");
  const figures = (epoch) => ({ objective: 1 / epoch, mse: 1 / epoch });
  const metrics = lines((epoch) => ({
    ...{ kind: "epoch", phase: 0, epoch, step: 5 * epoch, learningRate: 0.001, images: 60_000 },
    ...{ train: figures(epoch), test: figures(epoch) },
  }));
  const timing = lines((epoch) => ({
    ...{ epoch, seconds: 1, evaluationSeconds: 0.1, imagesPerSecond: 1000, dataWaitSeconds: 0, peakBytes: 1e8 },
    time: "2026-01-01T00:00:00Z",
  }));
  for (let i = 0; i < runs; i++) {
    const started = new Date(Date.UTC(2026, 0, 1) + i * 600_000).toISOString();
    const path = join(root, `${started.slice(0, 10)}-mnist-conv-${i}`);
    mkdirSync(join(path, "checkpoints", "100"), { recursive: true });
    writeFileSync(join(path, "metrics.jsonl"), metrics);
    writeFileSync(join(path, "timing.jsonl"), timing);
    writeFileSync(join(path, "interventions.jsonl"), "");
    writeFileSync(join(path, "experiment.yaml"), `name: mnist-conv\ndata: mnist\nseed: ${i}\n`);
    const engine = { name: "onednn", library: "oneDNN 2.7", threads: 2 };
    const environment = { format: 1, isthmus: "0.1.0", node: "v20", platform: "linux", engine, started };
    writeFileSync(
      join(path, "environment.json"),
      JSON.stringify({ ...environment, data: { name: "mnist", checksums: {} } }),
    );
    writeFileSync(join(path, "checkpoints", "last.json"), '{"step":100}\n');
    writeFileSync(join(path, "checkpoints", "100", "state.json"), '{"format":1,"finished":true,"step":100}');
  }
}

/** A studio in a process of its own, and a client that speaks as a program. */
async function openStudio(root) {
  const begun = performance.now();
  const server = spawn(process.execPath, [cli, "studio", root, "--port", "0", "--no-open", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => server.on("exit", done));
  const address = await new Promise((done, failed) => {
    server.stdout.once("data", (text) => done(JSON.parse(text).address));
    server.once("exit", (code) => failed(new Error(`the studio has ended with ${code}`)));
  });
  const line = (performance.now() - begun) / 1000;
  const { port, searchParams } = new URL(address);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const headers = { Authorization: `Bearer ${searchParams.get("token")}`, Host: `localhost:${port}` };
  const open = (path, { method = "GET", body, agent: own = agent } = {}) =>
    new Promise((done, failed) => {
      const type =
        body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
      const sent = httpRequest(
        { host: "127.0.0.1", port, path, method, agent: own, headers: { ...headers, ...type } },
        done,
      );
      sent.on("error", failed);
      sent.end(body);
    });
  const ask = async (path, options) => {
    const response = await open(path, options);
    const pieces = [];
    for await (const piece of response) pieces.push(piece);
    return { status: response.statusCode, body: Buffer.concat(pieces) };
  };
  const json = async (path, options) => {
    const { status, body } = await ask(path, options);
    if (status >= 300) throw new Error(`${path}: ${status} ${body}`);
    return JSON.parse(body);
  };
  const timed = async (path) => {
    const from = performance.now();
    const { body } = await ask(path);
    return { seconds: (performance.now() - from) / 1000, body };
  };
  return {
    address,
    ...{ begun, line, ask, json, timed },
    /** Reads events until it is told to stop. */
    async listen(path, take) {
      const response = await open(path, { agent: new Agent() });
      let rest = "";
      response.on("data", (piece) => {
        const messages = `${rest}${piece}`.split("\n\n");
        rest = messages.pop();
        for (const message of messages) {
          const data = /^data: (.*)$/m.exec(message);
          if (data !== null) take(JSON.parse(data[1]));
        }
      });
      return () => response.destroy();
    },
    megabytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024,
    /** Seconds of processor time, of all its threads. */
    processor() {
      const [user, system] = readFileSync(`/proc/${server.pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ")
        .slice(11, 13);
      return (Number(user) + Number(system)) / 100;
    },
    async close() {
      agent.destroy();
      server.kill("SIGINT");
      await ended;
    },
  };
}

/** Something in a folder that is gone afterwards. */
async function within(what) {
  const root = mkdtempSync(join(tmpdir(), "isthmus-studio-load-"));
  try {
    return await what(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The command, to its end. */
async function command(...words) {
  const child = spawn(process.execPath, [cli, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (piece) => {
    said += piece;
  });
  const code = await new Promise((done) => child.on("close", done));
  if (code !== 0) throw new Error(`isthmus ${words.join(" ")} has ended with ${code}: ${said.slice(-2000)}`);
}

const sorted = (values) => values.toSorted((a, b) => a - b);
const quantile = (values, q) => sorted(values)[Math.min(values.length - 1, Math.floor(q * values.length))];
const median = (values) => quantile(values, 0.5);
const milliseconds = (seconds) => `${(1000 * seconds).toFixed(0)} ms`;

/** Ten thousand runs, from the command to the whole table. */
const list = () =>
  within(async (root) => {
    const runs = numberAfter("--runs", 10_000);
    generate(root, runs);
    const studio = await openStudio(root);
    // As a page does: the table as far as it is, then the events that fill it.
    const rows = new Map();
    let pending = runs;
    const take = (news) => {
      for (const row of news.kind === "runs" ? news.rows : []) rows.set(row.id, row);
      if (news.kind === "runs") pending = news.pending;
    };
    const stop = await studio.listen("/api/events", take);
    const first = await studio.json("/api/runs");
    take({ ...first, kind: "runs", rows: first.runs.filter(({ id }) => !rows.has(id)) });
    const healths = [];
    while (pending > 0 || rows.size < runs) {
      healths.push((await studio.timed("/healthz")).seconds);
      await setTimeout(5);
    }
    const listed = (performance.now() - studio.begun) / 1000 - studio.line;
    const processor = studio.processor();
    const whole = await studio.timed("/api/runs");
    stop();
    await studio.close();
    const table = JSON.parse(whole.body);
    const isWhole = [...rows.values(), ...table.runs].every(
      (row) => row.state === "done" && row.epochs === 20 && row.test.mse === 1 / 20,
    );
    if (!isWhole) throw new Error("a row of the table is not as its run");
    return {
      isGood: listed <= wanted.listed && Math.max(0, ...healths) <= wanted.health,
      rows: [
        ["from the command to its line with the address", `${studio.line.toFixed(2)} s`],
        [
          `from there to ${runs} runs, each with its state and figures (wanted: ${wanted.listed} s)`,
          `${listed.toFixed(2)} s`,
        ],
        ["processor time from the command on, of all threads", `${processor.toFixed(2)} s`],
        [`\`/healthz\` meanwhile, the slowest of ${healths.length}`, milliseconds(Math.max(0, ...healths))],
        [`the table of them all, ${(whole.body.length / 1e6).toFixed(1)} MB`, milliseconds(whole.seconds)],
      ],
    };
  });

/** A page that asks /healthz a hundred times a second, while a training and a UMAP compute. */
const health = () =>
  within(async (root) => {
    await command("train", "mnist-dense", "--quick", "--epochs", "1", "--out", root);
    const studio = await openStudio(root);
    let run;
    while (run === undefined) run = (await studio.json("/api/runs")).runs[0]?.id;
    const start = async (request, work) =>
      await studio.json("/api/jobs", { method: "POST", body: JSON.stringify({ request, work }) });
    const training = await start("load-training", { kind: "train", experiment: { preset: "mnist-conv" }, epochs: 50 });
    const options = { method: "umap", on: "train", count: numberAfter("--points", 10_000) };
    const map = await start("load-umap-map", { kind: "map", run, options });
    const stateOf = async ({ id }) => (await studio.json(`/api/jobs/${id}`)).state;
    while ((await stateOf(training)) === "waiting" || (await stateOf(map)) === "waiting") await setTimeout(50);
    const seconds = [];
    const until = performance.now() + 90_000;
    let state = "running";
    while (state === "running" && performance.now() < until) {
      for (let i = 0; i < 50; i++) {
        seconds.push((await studio.timed("/healthz")).seconds);
        await setTimeout(10);
      }
      state = await stateOf(map);
    }
    const trained = await stateOf(training);
    await studio.json(`/api/jobs/${training.id}`, { method: "DELETE" });
    await studio.close();
    if (!["running", "done"].includes(state) || trained !== "running") {
      throw new Error(`the map is ${state}, the training ${trained}: both were to run`);
    }
    const worst = Math.max(...seconds);
    return {
      isGood: worst <= wanted.health,
      rows: [
        [
          `\`/healthz\` while mnist-conv trains and UMAP lays out ${options.count} codes, median of ${seconds.length}`,
          milliseconds(median(seconds)),
        ],
        ["the 99th percentile", milliseconds(quantile(seconds, 0.99))],
        [`the slowest (wanted: ${milliseconds(wanted.health)})`, milliseconds(worst)],
      ],
    };
  });

/** Memory before and after very many requests, right ones and wrong ones. */
const requests = () =>
  within(async (root) => {
    const count = numberAfter("--requests", 100_000);
    generate(root, 20);
    const studio = await openStudio(root);
    let run;
    while (run === undefined) run = (await studio.json("/api/runs")).runs[0]?.id;
    const details = ["", "/records", "/experiment", "/pictures", "/report/nothing"].map(
      (part) => `/api/runs/${run}${part}`,
    );
    const addresses = [
      "/healthz",
      "/api/studio",
      "/api/runs",
      "/api/jobs",
      "/nothing",
      "/api/runs/__proto__",
      "/",
      ...details,
    ];
    const send = async (many) => {
      let next = 0;
      const one = async () => {
        while (next < many) await studio.ask(addresses[next++ % addresses.length]);
      };
      await Promise.all(Array.from({ length: 8 }, one));
    };
    // As many first: what is compiled and filled once is no leak.
    await send(count);
    const before = studio.megabytes();
    const from = performance.now();
    await send(count);
    const perSecond = count / ((performance.now() - from) / 1000);
    const after = studio.megabytes();
    await studio.close();
    return {
      isGood: after - before <= wanted.growth,
      rows: [
        ["requests a second, eight at once", perSecond.toFixed(0)],
        [
          `resident memory after ${count} requests and after as many again (wanted: ${wanted.growth} MB more at most)`,
          `${before.toFixed(0)} MB, ${after.toFixed(0)} MB`,
        ],
      ],
    };
  });

/** The same training by turns alone, and with a studio open on its folder and a page of it in Chromium that watches. */
const training = () =>
  within(async (root) => {
    const pairs = numberAfter("--pairs", 3);
    const epochs = numberAfter("--epochs", 3);
    const preset = wordAfter("--preset", "mnist-conv");
    const train = async (out) => {
      await command("train", preset, "--epochs", String(epochs), "--out", out);
      const [run] = readdirSync(out).filter((name) => existsSync(join(out, name, "timing.jsonl")));
      const lines = readFileSync(join(out, run, "timing.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      return lines.reduce((sum, { seconds, evaluationSeconds }) => sum + seconds + evaluationSeconds, 0);
    };
    const watched = async (out) => {
      const studio = await openStudio(out);
      const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
      try {
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        await page.goto(studio.address);
        // As a person does: the run is opened as soon as it stands in the table, and looked at to its end.
        const looked = page.locator('a[href^="/run/"]').first().click({ timeout: 300_000 });
        const seconds = await train(out);
        await looked;
        await page.getByText("The same test images at every epoch").waitFor();
        await page.locator(".comparison canvas").first().waitFor();
        return seconds;
      } finally {
        await browser.close();
        await studio.close();
      }
    };
    const [alone, open] = [[], []];
    for (let i = 0; i < pairs; i++) {
      const folder = (name) => {
        const path = join(root, `${name}-${i}`);
        mkdirSync(path);
        return path;
      };
      const turns = [
        async () => alone.push(await train(folder("alone"))),
        async () => open.push(await watched(folder("open"))),
      ];
      for (const turn of i % 2 === 0 ? turns : turns.reverse()) await turn();
    }
    const ratio = median(open) / median(alone);
    const all = (values) =>
      sorted(values)
        .map((value) => value.toFixed(2))
        .join(", ");
    return {
      isGood: ratio <= wanted.ratio,
      rows: [
        [`${preset} alone, ${epochs} ${epochs === 1 ? "epoch" : "epochs"}, seconds of ${pairs}`, all(alone)],
        ["with a studio open on its folder and a page that watches", all(open)],
        [`ratio of the medians (wanted: ${wanted.ratio} at most)`, ratio.toFixed(3)],
      ],
    };
  });

const parts = {
  list: ["A folder of very many runs", list],
  health: ["Answers while others compute", health],
  requests: ["Very many requests", requests],
  training: ["What it costs a training", training],
};
const intro = `# The studio's server

Measured by \`node scripts/studio-load.mjs --write\`; single parts by \`--only ${Object.keys(parts).join(",")}\`. Each part says when and where it was measured.
`;
/** Sections of the file as it is, by their titles. */
const sections = new Map(
  (existsSync(file) ? readFileSync(file, "utf8") : "")
    .split(/^(?=## )/m)
    .filter((text) => text.startsWith("## "))
    .map((text) => [/^## (.*)$/m.exec(text)[1], text.trim()]),
);
for (const name of wordAfter("--only", Object.keys(parts).join(",")).split(",")) {
  const [title, measure] = parts[name];
  const load = loadavg()[0];
  const { isGood, rows } = await measure();
  const where = `${availableParallelism()} processors (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${load.toFixed(1)} before`;
  const table = ["| | |", "|---|--:|", ...rows.map(([what, value]) => `| ${what} | ${value} |`)].join("\n");
  const text = `## ${title}\n\n${new Date().toISOString().slice(0, 10)}, ${where}.\n\n${table}`;
  sections.set(title, text);
  process.stdout.write(`${text}\n\n`);
  if (!isGood) process.exitCode = 1;
}
if (process.argv.includes("--write")) {
  const texts = Object.values(parts).flatMap(([title]) => sections.get(title) ?? []);
  writeFileSync(file, `${[intro.trim(), ...texts].join("\n\n")}\n`);
}

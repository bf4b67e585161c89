// Measures the studio's server: how soon a folder of 10,000 runs is listed, how long /healthz takes meanwhile, and whether memory
// stays flat over 100,000 requests. node scripts/studio-load.mjs [--write] [--requests N] [--runs N], with what is built in dist.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

const argument = (name, usual) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const requests = argument("--requests", 100_000);
const runs = argument("--runs", 10_000);
const wanted = { listed: 2, health: 0.1, growth: 20 };

/** Runs of twenty epochs, as trainings leave them. */
function generate(root) {
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

const root = mkdtempSync(join(tmpdir(), "isthmus-studio-load-"));
generate(root);
const loadBefore = loadavg()[0];
const begun = performance.now();
const server = spawn(process.execPath, ["dist/cli/main.js", "studio", root, "--port", "0", "--no-open", "--json"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const address = await new Promise((done) => server.stdout.once("data", (text) => done(JSON.parse(text).address)));
const line = (performance.now() - begun) / 1000;
const { port, searchParams } = new URL(address);
const headers = { Authorization: `Bearer ${searchParams.get("token")}` };
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const ask = (path) =>
  new Promise((done, failed) => {
    get({ host: "127.0.0.1", port, path, agent, headers: { ...headers, Host: `localhost:${port}` } }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => done({ status: response.statusCode, body: Buffer.concat(pieces) }));
    }).on("error", failed);
  });
const timed = async (path) => {
  const from = performance.now();
  const { body } = await ask(path);
  return { seconds: (performance.now() - from) / 1000, body };
};

const healths = [];
let listed;
let table;
while (listed === undefined) {
  healths.push((await timed("/healthz")).seconds);
  table = JSON.parse((await timed("/api/runs")).body);
  if (table.pending === 0 && table.runs.length === runs) listed = (performance.now() - begun) / 1000 - line;
}
const whole = await timed("/api/runs");

const residentMegabytes = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;
const run = table.runs[0].id;
const addresses = [
  "/healthz",
  "/api/studio",
  `/api/runs/${run}`,
  `/api/runs/${run}/records`,
  "/api/jobs",
  "/nothing",
  "/",
];
const send = async (count) => {
  let next = 0;
  const one = async () => {
    while (next < count) await ask(addresses[next++ % addresses.length]);
  };
  await Promise.all(Array.from({ length: 8 }, one));
};
await send(Math.ceil(requests / 10));
const before = residentMegabytes();
const from = performance.now();
await send(requests);
const perSecond = requests / ((performance.now() - from) / 1000);
const after = residentMegabytes();
server.kill("SIGINT");
rmSync(root, { recursive: true, force: true });
agent.destroy();

const worst = Math.max(...healths);
const text = `# The studio's server

Measured on ${new Date().toISOString().slice(0, 10)} by \`node scripts/studio-load.mjs --write\` on ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${loadBefore.toFixed(1)} before. Wanted on two quiet cores: all runs listed within ${wanted.listed} s, \`/healthz\` within ${1000 * wanted.health} ms meanwhile, growth below ${wanted.growth} MB.

| | |
|---|--:|
| from the command to its line with the address | ${line.toFixed(2)} s |
| from there to ${runs} runs, each row whole | ${listed.toFixed(2)} s |
| \`/healthz\` meanwhile, the slowest of ${healths.length} | ${(1000 * worst).toFixed(0)} ms |
| the table of them all, ${(whole.body.length / 1e6).toFixed(1)} MB | ${(1000 * whole.seconds).toFixed(0)} ms |
| requests a second, eight at once | ${perSecond.toFixed(0)} |
| resident memory before and after ${requests} requests | ${before.toFixed(0)} MB, ${after.toFixed(0)} MB |
`;
process.stdout.write(text);
if (process.argv.includes("--write")) writeFileSync("docs/checks/studio.md", text);
if (listed > wanted.listed || worst > wanted.health || after - before > wanted.growth) process.exitCode = 1;

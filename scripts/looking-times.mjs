// Measures how soon there is something to look at: in the studio, from the click in an empty folder to the first reconstructions; and how
// long `isthmus report` takes for mnist-conv, how large its file is, and whether it is the same each time. With what is built in dist:
// node scripts/looking-times.mjs [--write] [--rounds N]. Wanted on two quiet cores: 10 s, 3 s and 5 MB.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const roundsAt = process.argv.indexOf("--rounds");
const rounds = roundsAt < 0 ? 3 : Number(process.argv[roundsAt + 1]);
const wanted = { reconstructions: 10, report: 3, bytes: 5_000_000 };
const command = "dist/cli/main.js";
const folder = mkdtempSync(join(tmpdir(), "isthmus-looking-"));

/** Seconds from the click that trains in an empty folder to the run's page, and to its first reconstructions. */
async function firstMinute() {
  const studio = spawn(
    process.execPath,
    [command, "studio", mkdtempSync(join(folder, "empty-")), "--no-open", "--port", "0", "--json"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((done) => studio.on("exit", done));
  const address = await new Promise((done, failed) => {
    studio.stdout.once("data", (text) => done(JSON.parse(text).address));
    studio.once("exit", (code) => failed(new Error(`the studio has ended with ${code}`)));
  });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(600_000);
    await page.goto(address);
    const button = page.getByRole("button", { name: "Train the digit autoencoder" });
    await button.waitFor();
    const clicked = performance.now();
    const seconds = () => (performance.now() - clicked) / 1000;
    await button.click();
    await page.waitForURL(/\/run\//);
    const run = seconds();
    await page.waitForFunction(() =>
      [...document.querySelectorAll("main img")].some(({ naturalWidth }) => naturalWidth > 0),
    );
    return { run, reconstructions: seconds() };
  } finally {
    await browser.close();
    studio.kill("SIGINT");
    await ended;
  }
}

function isthmus(...words) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [command, ...words], { encoding: "utf8" });
  if (status !== 0) throw new Error(`isthmus ${words.join(" ")}: ${stderr}`);
  return (performance.now() - began) / 1000;
}

function reports() {
  const runs = join(folder, "runs");
  isthmus("train", "mnist-conv", "--epochs", "3", "--out", runs);
  const [run = ""] = readdirSync(runs);
  return Array.from({ length: rounds }, (_, i) => {
    const file = join(folder, `report-${i}.html`);
    const seconds = isthmus("report", join(runs, run), "--out", file);
    const bytes = readFileSync(file);
    return { seconds, bytes: bytes.length, hash: createHash("sha256").update(bytes).digest("hex") };
  });
}

const range = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1].toFixed(1)} s (${sorted[0].toFixed(1)} to ${sorted.at(-1).toFixed(1)})`;
};
const [load] = loadavg();
try {
  const first = [];
  for (let i = 0; i < rounds; i++) first.push(await firstMinute());
  const made = reports();
  const [size, hashes] = [Math.max(...made.map(({ bytes }) => bytes)), new Set(made.map(({ hash }) => hash))];
  const table = `# How soon there is something to look at

Measured on ${new Date().toISOString().slice(0, 10)} by \`node scripts/looking-times.mjs --write\` on ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${load.toFixed(1)} before: medians of ${rounds} with the lowest and highest.

| | |
|---|---|
| studio in an empty folder, from the click to the run's page | ${range(first.map(({ run }) => run))} |
| from the click to the first reconstructions (wanted: ${wanted.reconstructions} s) | ${range(first.map(({ reconstructions }) => reconstructions))} |
| \`isthmus report\` of mnist-conv, 3 epochs, from the command to its end (wanted: ${wanted.report} s) | ${range(made.map(({ seconds }) => seconds))} |
| its file (wanted: less than ${wanted.bytes / 1e6} MB) | ${(size / 1e6).toFixed(2)} MB |
| different files among ${rounds} | ${hashes.size === 1 ? "none" : hashes.size} |
`;
  process.stdout.write(table);
  if (process.argv.includes("--write")) writeFileSync("docs/checks/looking-times.md", table);
  const isGood = made.every(({ seconds }) => seconds <= wanted.report) && size < wanted.bytes && hashes.size === 1;
  if (!isGood || first.some(({ reconstructions }) => reconstructions > wanted.reconstructions)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

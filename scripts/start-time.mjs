// Measures `npm start`: seconds from the command to its first picture and to its end, built from nothing and once more with what is built.
// node scripts/start-time.mjs [--write] [--rounds N]. It removes dist. Wanted: 45 s and 75 s on two quiet cores, build included.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

const roundsAt = process.argv.indexOf("--rounds");
const rounds = roundsAt < 0 ? 3 : Number(process.argv[roundsAt + 1]);
const wanted = { picture: 45, end: 75 };

function hasPicture(out) {
  if (!existsSync(out)) return false;
  return readdirSync(out).some((run) => existsSync(join(out, run, "images", "reconstructions-latest.png")));
}

function start() {
  const out = mkdtempSync(join(tmpdir(), "isthmus-start-"));
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  let picture;
  const timer = setInterval(() => {
    if (picture === undefined && hasPicture(out)) picture = seconds();
  }, 50);
  const child = spawn("npm", ["start", "--silent", "--", "--out", out], { stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => {
      clearInterval(timer);
      rmSync(out, { recursive: true, force: true });
      if (code === 0) done({ picture, end: seconds() });
      else failed(new Error(`npm start exited with ${code}`));
    });
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const loadBefore = loadavg()[0];
const built = [];
const again = [];
for (let round = 0; round < rounds; round++) {
  rmSync("dist", { recursive: true, force: true });
  built.push(await start());
  again.push(await start());
}
const row = (name, times) =>
  `| ${name} | ${[times.map(({ picture }) => picture ?? Number.NaN), times.map(({ end }) => end)].map((values) => `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`).join(" | ")} |`;
const table = `# How soon npm start shows something

Measured on ${new Date().toISOString().slice(0, 10)} by \`node scripts/start-time.mjs --write\` on ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${loadBefore.toFixed(1)} before: seconds from the command, medians of ${rounds} with the lowest and highest. Wanted on two quiet cores: the first picture within ${wanted.picture}, the end within ${wanted.end}.

| \`npm start\` | first picture | end |
|---|---|---|
${row("build included", built)}
${row("built before", again)}
`;
process.stdout.write(table);
if (process.argv.includes("--write")) writeFileSync("docs/checks/start-time.md", table);
if (median(built.map(({ picture }) => picture ?? Number.POSITIVE_INFINITY)) > wanted.picture) process.exitCode = 1;
if (median(built.map(({ end }) => end)) > wanted.end) process.exitCode = 1;

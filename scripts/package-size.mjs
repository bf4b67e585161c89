// Measures the built package as its users get it: packed, installed by npm into an empty folder, started. Writes
// docs/checks/package-size.json. Exits with 1 where a bound is passed; of times a bound counts where nothing else is running.
import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, tmpdir } from "node:os";
import { join } from "node:path";

const bounds = { installedMegabytes: 130, downloadMegabytes: 45, helpSeconds: 0.4, importSeconds: 0.15 };
const repeats = 9;
const folder = mkdtempSync(join(tmpdir(), "isthmus-size-"));
const project = join(folder, "project");
const cache = join(folder, "cache");
const rounded = (value, digits) => Number(value.toFixed(digits));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function run(program, words, cwd) {
  const done = spawnSync(program, words, { cwd, encoding: "utf8", env: { ...process.env, npm_config_cache: cache } });
  if (done.status !== 0) throw new Error(`${program} ${words.join(" ")}: ${done.stderr}`);
  return done;
}

function filesOf(path) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What du counts: blocks on the disk, folders too. */
function bytesOnDisk(path) {
  const { blocks } = lstatSync(path);
  const inside = lstatSync(path).isDirectory() ? readdirSync(path) : [];
  return inside.reduce((sum, name) => sum + bytesOnDisk(join(path, name)), blocks * 512);
}

/** Of gzip archives that npm has fetched; its cache holds lists of versions besides. */
function archiveBytes() {
  const archives = filesOf(join(cache, "_cacache", "content-v2")).map((path) => readFileSync(path));
  return archives
    .filter((bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b)
    .reduce((sum, { length }) => sum + length, 0);
}

/** Medians: seconds by the clock, and of processors, user's and system's. */
function timesOf(...words) {
  const runs = Array.from({ length: repeats }, () => {
    const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null';
    const { stderr } = run("bash", ["-c", script, "bash", ...words], project);
    const [real, user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
    return { real, processor: user + system };
  });
  return {
    seconds: median(runs.map(({ real }) => real)),
    processorSeconds: rounded(median(runs.map(({ processor }) => processor)), 3),
  };
}

try {
  mkdirSync(project);
  const tarball = join(folder, run("npm", ["pack", "--silent", "--pack-destination", folder]).stdout.trim());
  writeFileSync(
    join(project, "package.json"),
    '{ "name": "empty", "version": "1.0.0", "type": "module", "private": true }',
  );
  run("npm", ["install", "--no-audit", "--no-fund", tarball], project);
  const modules = join(project, "node_modules");
  const own = lstatSync(tarball).size;
  const sizes = readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .map((name) => [name, rounded(bytesOnDisk(join(modules, name)) / 1e6, 1)]);
  const timer = "const t = performance.now(); await import('isthmus'); console.log(performance.now() - t);";
  const imports = Array.from({ length: repeats }, () =>
    Number(run(process.execPath, ["--input-type=module", "-e", timer], project).stdout),
  );
  const found = {
    machine: `${platform()} ${arch()}, ${cpus()[0]?.model.trim()}, node ${process.version}`,
    load: rounded(loadavg()[0], 1),
    bounds,
    installedMegabytes: rounded(bytesOnDisk(modules) / 1e6, 1),
    downloadMegabytes: rounded((archiveBytes() + own) / 1e6, 1),
    tarballMegabytes: rounded(own / 1e6, 1),
    largestMegabytes: Object.fromEntries(sizes.toSorted(([, a], [, b]) => b - a).slice(0, 8)),
    importSeconds: rounded(median(imports) / 1000, 3),
    help: timesOf("npx", "isthmus", "--help"),
    helpWithoutNpx: timesOf(process.execPath, join(modules, "isthmus", "dist", "cli", "main.js"), "--help"),
    nodeAlone: timesOf(process.execPath, "-e", "0"),
  };
  writeFileSync("docs/checks/package-size.json", `${JSON.stringify(found, null, 2)}\n`);
  console.log(found);
  const passed = [
    ["installedMegabytes", found.installedMegabytes],
    ["downloadMegabytes", found.downloadMegabytes],
    ["helpSeconds", found.help.seconds],
    ["importSeconds", found.importSeconds],
  ].filter(([name, value]) => value > bounds[name]);
  for (const [name, value] of passed) console.error(`${name} is ${value}, above ${bounds[name]}`);
  if (passed.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// Measures trainings beside other work: node scripts/busy.mjs [--write] [--rounds N] [--seconds N] [spin] [auto] [NETWORK…], after npm run build.
//   spin  how long threads that wait keep their processors (GOMP_SPINCOUNT, OMP_WAIT_POLICY): quiet, and beside two busy loops
//   auto  --threads auto beside two busy loops, against two fixed threads, and these spinning as OpenMP has it; and whether the warning came
// Settings take turns, so that what else the machine does meets all alike; the busy loops are this script's own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";

const command = resolve("dist/cli/main.js");
const words = process.argv.slice(2);
const number = (flag, usual) => (words.includes(flag) ? Number(words[words.indexOf(flag) + 1]) : usual);
const rounds = number("--rounds", 3);
const seconds = number("--seconds", 8);
const autoSeconds = Math.max(40, seconds);
const wantedRatio = 3;
const loops = 2;
const folder = mkdtempSync(join(tmpdir(), "isthmus-busy-"));

/** Words of a training that has enough to do, by network. The tiny one is the tests' and trains a few hundred numbers. */
const networks = {
  "mnist-dense": ["mnist-dense"],
  "mnist-conv": ["mnist-conv"],
  ...(process.env.ISTHMUS_LFW === undefined ? {} : { faces: ["faces"] }),
};
const settings = {
  "as it comes": {},
  "GOMP_SPINCOUNT=300000": { GOMP_SPINCOUNT: "300000" },
  "GOMP_SPINCOUNT=0": { GOMP_SPINCOUNT: "0" },
  "GOMP_SPINCOUNT=1000": { GOMP_SPINCOUNT: "1000" },
  "GOMP_SPINCOUNT=10000": { GOMP_SPINCOUNT: "10000" },
  "OMP_WAIT_POLICY=passive": { OMP_WAIT_POLICY: "passive" },
  "one thread": { threads: "1" },
};
const names = words.filter((word) => word in networks);
const asked = (part) => !["spin", "auto"].some((name) => words.includes(name)) || words.includes(part);
const chosen = names.length === 0 ? Object.keys(networks) : names;

/** Processes that never rest, ended by `end`. */
function busyLoops(count) {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
  );
  const end = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  process.once("exit", end);
  return () => {
    process.off("exit", end);
    end();
  };
}

/** Trains for so long after its first steps and stops. @returns images a second, of all that time and of its last third, and warnings */
function trained(network, { threads = "2", ...environment }, time) {
  const clean = { ...process.env };
  for (const name of ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"]) delete clean[name];
  const words = [
    "train",
    ...networks[network],
    "--engine",
    "onednn",
    "--threads",
    threads,
    "--epochs",
    "100000",
    "--json",
    "--out",
    folder,
  ];
  const child = spawn(process.execPath, [command, ...words], {
    env: { ...clean, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let batchSize = 0;
  let rest = "";
  let errors = "";
  const steps = [];
  const events = [];
  let timer;
  child.stderr.on("data", (bytes) => {
    errors += bytes;
  });
  child.stdout.on("data", (bytes) => {
    const lines = (rest + bytes).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const event = JSON.parse(line);
      if (event.kind === "phase") batchSize = event.batchSize;
      if (["warning", "intervened"].includes(event.kind)) events.push(event);
      if (event.kind !== "step") continue;
      steps.push({ at: performance.now(), step: event.step });
      timer ??= setTimeout(() => child.kill("SIGINT"), 1000 * time);
    }
  });
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code !== 130 || steps.length < 2)
        return failed(new Error(`isthmus ${words.join(" ")} exited with ${code}: ${errors}`));
      const speed = (from) => {
        const [first, last] = [steps.find(({ at }) => at >= from), steps.at(-1)];
        return last.at <= first.at ? 0 : (1000 * batchSize * (last.step - first.step)) / (last.at - first.at);
      };
      const begun = steps[0].at;
      done({ whole: speed(begun), last: speed(begun + (2000 * time) / 3), events });
    });
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const rounded = (value) => (value < 10 ? Number(value.toPrecision(2)) : Math.round(value));
const found = { spin: [], auto: [] };
const say = (text) => process.stderr.write(`${text}\n`);

if (asked("spin")) {
  for (const network of chosen) {
    for (const busy of [false, true]) {
      const speeds = Object.fromEntries(Object.keys(settings).map((name) => [name, []]));
      for (let round = 0; round < rounds; round++) {
        for (const [name, setting] of Object.entries(settings)) {
          const end = busyLoops(busy ? loops : 0);
          try {
            speeds[name].push((await trained(network, setting, seconds)).whole);
          } finally {
            end();
          }
          say(`${network}, ${busy ? "busy" : "quiet"}, ${name}: ${rounded(speeds[name].at(-1))} images/s`);
        }
      }
      for (const [name, all] of Object.entries(speeds)) {
        const [lowest, highest] = [Math.min(...all), Math.max(...all)];
        found.spin.push({
          network,
          busy,
          name,
          imagesPerSecond: rounded(median(all)),
          lowest: rounded(lowest),
          highest: rounded(highest),
        });
      }
    }
  }
}
if (asked("auto")) {
  for (const network of chosen) {
    const kinds = {
      fixed: { threads: "2" },
      spinning: { threads: "2", GOMP_SPINCOUNT: "300000" },
      auto: { threads: "auto" },
    };
    const taken = [];
    for (let round = 0; round < rounds; round++) {
      const one = {};
      const names = Object.keys(kinds);
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const end = busyLoops(loops);
        try {
          one[name] = await trained(network, kinds[name], autoSeconds);
        } finally {
          end();
        }
        say(`${network}, busy, ${name}: ${rounded(one[name].whole)} images/s, at last ${rounded(one[name].last)}`);
      }
      taken.push(one);
    }
    const warnings = taken.flatMap((one) =>
      Object.values(one).map(({ events }) =>
        events.filter(({ kind }) => kind === "warning").map(({ message }) => message),
      ),
    );
    const middle = (of) => median(taken.map(of));
    found.auto.push({
      network,
      ...Object.fromEntries(Object.keys(kinds).map((name) => [name, rounded(middle((one) => one[name].whole))])),
      ratio: Number(middle(({ auto, fixed }) => auto.whole / fixed.whole).toFixed(2)),
      ratioToSpinning: Number(middle(({ auto, spinning }) => auto.whole / spinning.whole).toFixed(2)),
      ratioAtLast: Number(middle(({ auto, fixed }) => auto.last / fixed.last).toFixed(2)),
      changes: taken.map(({ auto }) =>
        auto.events.filter(({ kind }) => kind === "intervened").map(({ intervention }) => intervention.threads),
      ),
      warned: `${warnings.filter((messages) => messages.some((message) => message.startsWith("other work"))).length} of ${warnings.length}`,
      warning: warnings.flat()[0] ?? "",
    });
  }
}
rmSync(folder, { recursive: true, force: true });

const spinTable =
  found.spin.length === 0
    ? ""
    : `
## How long threads that wait keep their processors

Images a second of two threads (but for the last row) over ${seconds} s, medians of ${rounds} rounds with the lowest and highest.

| network | beside | setting | images/s | |
|---|---|---|--:|---|
${found.spin.map(({ network, busy, name, imagesPerSecond, lowest, highest }) => `| ${network} | ${busy ? `${loops} busy loops` : "nothing"} | ${name} | ${imagesPerSecond} | ${lowest} to ${highest} |`).join("\n")}
`;
const autoTable =
  found.auto.length === 0
    ? ""
    : `
## \`--threads auto\` beside ${loops} busy loops

Images a second over ${autoSeconds} s from the first step, finding out included, medians of ${rounds} rounds; a ratio is the median of the rounds' ratios; at last: of the last third alone. Spinning: two fixed threads with OpenMP's own GOMP_SPINCOUNT of 300,000, which the others lower. Wanted: at least ${wantedRatio} times two fixed threads, and the warning.

| network | two fixed threads | the same, spinning | auto | auto to fixed | at last | auto to spinning | threads it went to | warned | |
|---|--:|--:|--:|--:|--:|--:|---|---|---|
${found.auto.map((row) => `| ${row.network} | ${row.fixed} | ${row.spinning} | ${row.auto} | ${row.ratio} | ${row.ratioAtLast} | ${row.ratioToSpinning} | ${row.changes.map((all) => all.join(" ") || "–").join("; ")} | ${row.warned} | ${row.warning} |`).join("\n")}
`;
const text = `# Trainings beside other work

Measured on ${new Date().toISOString().slice(0, 10)} by \`node scripts/busy.mjs --write\` on ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), Node ${process.version}, load at the end ${loadavg()[0].toFixed(1)}.
${spinTable}${autoTable}`;
process.stdout.write(text);
if (words.includes("--write")) {
  writeFileSync("docs/checks/busy.md", text);
  writeFileSync("docs/checks/busy.json", `${JSON.stringify(found, null, 2)}\n`);
}
if (found.auto.some(({ ratio, warned }) => ratio < wantedRatio || warned.startsWith("0"))) process.exitCode = 1;

// Training steps of this build against another's, by turns on the same machine: node bench/builds.mjs OTHER-CHECKOUT (built). For changes
// that must cost no speed.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startSide } from "./side.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    networks: {
      type: "string",
      default: "mnist-conv:128,mnist-conv:32,fashion-conv:32,dense:128,dense-16m:64,faces:64",
    },
    rounds: { type: "string", default: "15" },
    steps: { type: "string", default: "20" },
    threads: { type: "string", default: "2" },
    engine: { type: "string", default: "onednn" },
    /** A file for the figures as JSON. */
    out: { type: "string" },
  },
});
const [other] = positionals;
if (other === undefined) {
  console.error(
    "usage: npm run bench:builds -- OTHER-CHECKOUT [--networks LIST] [--rounds N] [--steps N] [--out FILE.json]",
  );
  process.exit(2);
}
const here = dirname(dirname(fileURLToPath(import.meta.url)));
const leadSteps = 3;
const settleMilliseconds = 150;
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const sideOf = (name, checkout) =>
  startSide({
    name,
    command: process.execPath,
    arguments: [join(checkout, "bench/isthmus.mjs"), "--threads", flags.threads, "--engine", flags.engine],
    environment: {},
    verbose: false,
  });

const rows = [];
for (const text of flags.networks.split(",")) {
  const [network, batch] = text.split(":");
  const sides = [sideOf("before", resolve(other)), sideOf("now", here)];
  const turns = { before: [], now: [] };
  try {
    for (let round = 0; round < Number(flags.rounds); round++) {
      // Each begins as often as the other.
      for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
        await pause(settleMilliseconds);
        const request = { network, batch: Number(batch), lead: leadSteps, steps: Number(flags.steps) };
        const { milliseconds, error } = await side.ask(request);
        if (error !== undefined) throw new Error(`${side.name}: ${error}`);
        turns[side.name].push(median(milliseconds));
      }
    }
  } finally {
    for (const side of sides) side.stop();
  }
  const ratios = turns.now.map((value, i) => value / turns.before[i]);
  const row = {
    network: text,
    before: Number(median(turns.before).toFixed(3)),
    now: Number(median(turns.now).toFixed(3)),
    ratio: Number(median(ratios).toFixed(3)),
    ratios: [Math.min(...ratios), Math.max(...ratios)].map((value) => Number(value.toFixed(3))),
  };
  rows.push(row);
  console.log(
    `${text.padEnd(16)} ${row.before} ms before, ${row.now} ms now: ${row.ratio} × (${row.ratios.join(" to ")})`,
  );
}
if (flags.out !== undefined) {
  const revision = (checkout) =>
    execFileSync("git", ["-C", checkout, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const report = {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model,
    node: process.version,
    engine: flags.engine,
    threads: Number(flags.threads),
    rounds: Number(flags.rounds),
    steps: Number(flags.steps),
    before: revision(resolve(other)),
    now: revision(here),
    rows,
  };
  writeFileSync(flags.out, `${JSON.stringify(report, null, 2)}\n`);
}

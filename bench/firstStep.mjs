// Time from the command to the first step, of this build or by turns with another's: node bench/firstStep.mjs [OTHER-CHECKOUT]. Whole
// processes, on MNIST; each is ended at its first step.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "9" }, preset: { type: "string", default: "mnist-conv" } },
});
const here = dirname(dirname(fileURLToPath(import.meta.url)));
const builds = { ...(positionals[0] === undefined ? {} : { before: resolve(positionals[0]) }), now: here };
const folder = mkdtempSync(join(tmpdir(), "first-step-"));

/** Milliseconds until each kind of event has come for the first time. */
function timed(checkout) {
  const begun = performance.now();
  const marks = {};
  const command = [join(checkout, "dist/cli/main.js"), "train", flags.preset, "--json", "--out", folder];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "ignore"] });
  let rest = "";
  child.stdout.on("data", (bytes) => {
    const lines = `${rest}${bytes}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) marks[JSON.parse(line).kind] ??= performance.now() - begun;
    if (marks.step !== undefined) child.kill("SIGKILL");
  });
  return new Promise((done) => child.on("close", () => done(marks)));
}

const found = Object.fromEntries(Object.keys(builds).map((name) => [name, []]));
try {
  for (let run = 0; run < Number(flags.runs); run++) {
    for (const [name, checkout] of Object.entries(builds)) found[name].push(await timed(checkout));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const [name, runs] of Object.entries(found)) {
  const text = ["started", "phase", "step"].map((kind) => {
    const sorted = runs.map((marks) => marks[kind]).sort((a, b) => a - b);
    return `${kind} ${Math.round(sorted[sorted.length >> 1])} ms (${Math.round(sorted[0])} to ${Math.round(sorted.at(-1))})`;
  });
  console.log(`${name.padEnd(7)} ${text.join(", ")}`);
}

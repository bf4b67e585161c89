// The benchmark: training steps of Isthmus and of PyTorch by turns, on the same machine, threads and networks.
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startSide } from "./side.mjs";

const usage = `Usage: npm run bench -- [options]

  --networks LIST   network:batch, comma-separated       (default mnist-conv:128,mnist-conv:32,fashion-conv:32,dense:128,dense-16m:64,faces:64)
  --what WHAT       training (a step) or inference (a batch reconstructed)   (default training)
  --variants LIST   PyTorch's variants, comma-separated  (default all)
  --rounds N        turns of each side                   (default 7)
  --compile-rounds N  turns of torch.compile's variants  (default 3)
  --steps N         timed steps in a turn                (default 20)
  --threads N       threads of either side               (default 2)
  --python PATH     a Python with torch                  (default ISTHMUS_BENCH_PYTHON, else python3)
  --engine NAME     Isthmus' engine                      (default onednn)
  --json            the figures as JSON instead of a table
  --verbose         what the two sides write to stderr
`;

const allVariants = [
  "eager",
  "fused",
  "channels-last",
  "channels-last+fused",
  "compile",
  "compile+fused",
  "compile+channels-last+fused",
];
/** Untimed steps at the start of each turn: threads wake up and caches fill. */
const leadSteps = 3;
/** Between turns: threads that spin while they wait for more work have gone to sleep after this. */
const settleMilliseconds = 150;

let flags;
try {
  flags = parseArgs({
    options: {
      networks: {
        type: "string",
        default: "mnist-conv:128,mnist-conv:32,fashion-conv:32,dense:128,dense-16m:64,faces:64",
      },
      what: { type: "string", default: "training" },
      variants: { type: "string", default: allVariants.join(",") },
      rounds: { type: "string", default: "7" },
      "compile-rounds": { type: "string", default: "3" },
      steps: { type: "string", default: "20" },
      threads: { type: "string", default: "2" },
      python: { type: "string", default: process.env.ISTHMUS_BENCH_PYTHON ?? "python3" },
      engine: { type: "string", default: "onednn" },
      json: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
} catch (error) {
  fail(`${error instanceof Error ? error.message : error}\n\n${usage}`);
}
if (flags.help) {
  process.stdout.write(usage);
  process.exit(0);
}

const rounds = positive("rounds");
const compileRounds = positive("compile-rounds");
const steps = positive("steps");
const threads = positive("threads");
const networks = flags.networks.split(",").map((text) => {
  const [network, batch] = text.split(":");
  if (!network || !(Number(batch) > 0)) fail(`--networks: expected network:batch, got ${text}`);
  return { network, batch: Number(batch) };
});
const { what } = flags;
if (what !== "training" && what !== "inference") fail(`--what: expected training or inference, got ${what}`);
const variants = flags.variants.split(",").filter((variant) => variant !== "");
for (const variant of variants) {
  if (!allVariants.includes(variant))
    fail(`--variants: no variant is called ${variant}; there are ${allVariants.join(", ")}`);
}

function positive(name) {
  const value = Number(flags[name]);
  if (!Number.isInteger(value) || value < 1) fail(`--${name}: expected a positive whole number, got ${flags[name]}`);
  return value;
}
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
const say = (text) => process.stderr.write(`${text}\n`);
const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

if (!existsSync(pathOf("../dist/engines/index.js"))) fail("Isthmus is not built; npm run bench builds it first.");

// Both sides get the same number of threads; torch.compile's own helper processes would disturb the other side.
const environment = { OMP_NUM_THREADS: String(threads), TORCHINDUCTOR_COMPILE_THREADS: "1" };
const isthmus = startSide({
  name: "isthmus",
  command: process.execPath,
  arguments: [pathOf("isthmus.mjs"), "--threads", String(threads), "--engine", flags.engine],
  environment,
  verbose: flags.verbose,
});
const pytorch = startSide({
  name: "pytorch",
  command: flags.python,
  arguments: ["-u", "-B", pathOf("pytorch.py"), "--threads", String(threads)],
  environment,
  verbose: flags.verbose,
});

/** Processor time that a side took while it had nothing to do, and how long it had nothing to do. */
const waiting = { isthmus: { processor: 0, wall: 0 }, pytorch: { processor: 0, wall: 0 } };

/** One turn of one side, watching that the other one sleeps. */
async function turn(side, request) {
  const other = side === isthmus ? pytorch : isthmus;
  await pause(settleMilliseconds);
  const before = other.processorSeconds();
  const start = performance.now();
  const answer = await side.ask(request);
  const after = other.processorSeconds();
  if (before !== undefined && after !== undefined) {
    waiting[other.name].processor += after - before;
    waiting[other.name].wall += (performance.now() - start) / 1e3;
  }
  return answer;
}

async function benchmark({ network, batch }, torchIsThere) {
  const title = `${network} (${batch})`;
  const entries = [{ who: `Isthmus ${flags.engine}`, side: isthmus, request: { network, batch, what }, rounds }];
  if (torchIsThere) {
    for (const variant of variants) {
      const turns = variant.startsWith("compile") ? Math.min(compileRounds, rounds) : rounds;
      entries.push({
        who: `PyTorch ${variant}`,
        side: pytorch,
        request: { network, batch, variant, what },
        rounds: turns,
      });
    }
  }
  for (const entry of entries) {
    say(`${title}: preparing ${entry.who}`);
    const answer = await turn(entry.side, { ...entry.request, steps: 1 });
    entry.error = answer.error;
    entry.operations = answer.operations ?? entries[0].operations;
    entry.turns = [];
  }
  for (let round = 0; round < rounds; round++) {
    say(`${title}: round ${round + 1} of ${rounds}`);
    for (const entry of entries) {
      if (entry.error !== undefined || round >= entry.rounds) continue;
      const answer = await turn(entry.side, { ...entry.request, steps, lead: leadSteps });
      if (answer.error !== undefined) entry.error = answer.error;
      else entry.turns.push({ milliseconds: median(answer.milliseconds), loss: answer.loss });
    }
  }
  await isthmus.ask({ forget: true });
  if (torchIsThere) await pytorch.ask({ forget: true });

  const [own] = entries;
  return {
    network,
    batch,
    results: entries.map(({ who, error, turns, operations }) => {
      if (error !== undefined) return { who, error };
      const times = turns.map(({ milliseconds }) => milliseconds);
      // Turn by turn of the same round, so that a machine that slows down slows both.
      const ratios = own.error === undefined ? times.map((time, round) => own.turns[round].milliseconds / time) : [];
      return {
        who,
        milliseconds: median(times),
        fastest: Math.min(...times),
        slowest: Math.max(...times),
        rounds: times.length,
        ...(operations === undefined ? {} : { gigaflops: operations / median(times) / 1e6 }),
        loss: turns.at(-1).loss,
        ...(who === own.who || ratios.length === 0 ? {} : { ratio: median(ratios) }),
      };
    }),
  };
}

function table({ networks, ...about }) {
  const number = (value) => value.toFixed(value < 10 ? 2 : 1);
  const lines = [
    `${about.date}, ${about.processor}, ${about.threads} threads, node ${about.node}, ${about.isthmus}, ${about.pytorch}`,
    ...(about.gigaflops === undefined ? [] : [`float32 matrix product: ${Math.round(about.gigaflops)} GFLOP/s`]),
    ...about.idle.map(({ side, share }) => `${side} while it waits: ${(share * 100).toFixed(1)}% of one processor`),
    "",
    `| network (batch) | who | ${about.what === "inference" ? "ms a batch" : "ms a step"} | fastest to slowest turn | share of the matrix product's speed | Isthmus takes |`,
    "|---|---|--:|--:|--:|--:|",
  ];
  for (const { network, batch, results } of networks) {
    const best = Math.min(...results.flatMap(({ ratio, milliseconds }) => (ratio === undefined ? [] : [milliseconds])));
    for (const { who, error, milliseconds, fastest, slowest, ratio, gigaflops } of results) {
      const row =
        error !== undefined
          ? [`${network} (${batch})`, who, "–", error, "–", "–"]
          : [
              `${network} (${batch})`,
              milliseconds === best ? `${who}, PyTorch's best` : who,
              number(milliseconds),
              `${number(fastest)} to ${number(slowest)}`,
              gigaflops === undefined || about.gigaflops === undefined
                ? ""
                : `${Math.round((100 * gigaflops) / about.gigaflops)}%`,
              ratio === undefined ? "" : `${ratio.toFixed(2)}×`,
            ];
      lines.push(`| ${row.join(" | ")} |`);
    }
  }
  return lines.join("\n");
}

try {
  const about = await isthmus.ask({ describe: true });
  if (about.error !== undefined) throw new Error(about.error);
  const torch = await pytorch.ask({ describe: true }).catch((error) => {
    say(
      `${error.message}\nBenchmarking Isthmus alone: no PyTorch in ${flags.python} (pip install torch there, or --python PATH).`,
    );
    return undefined;
  });
  const peaks = [await turn(isthmus, { peak: true }), torch === undefined ? {} : await turn(pytorch, { peak: true })];
  const gigaflops = Math.max(0, ...peaks.flatMap(({ gigaflops: found }) => (found === undefined ? [] : [found])));
  const measured = [];
  for (const network of networks) measured.push(await benchmark(network, torch !== undefined));
  const result = {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    what,
    threads,
    node: process.version,
    isthmus: `Isthmus on ${about.library}${about.instructionSet === undefined ? "" : ` (${about.instructionSet})`}`,
    pytorch: torch === undefined ? "no PyTorch" : `PyTorch ${torch.torch} (${torch.capability})`,
    ...(gigaflops > 0 ? { gigaflops } : {}),
    idle: Object.entries(waiting).flatMap(([side, { processor, wall }]) =>
      wall > 0 && torch !== undefined ? [{ side, share: processor / wall }] : [],
    ),
    networks: measured,
  };
  process.stdout.write(`${flags.json ? JSON.stringify(result, null, 1) : table(result)}\n`);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  isthmus.stop();
  pytorch.stop();
}

// Isthmus' side of the benchmark: a process that trains a few steps when asked and is idle otherwise. Reads one JSON request
// a line and answers with one JSON line, as pytorch.py does. A step is what the training loop does with a batch that is
// already in memory: the optimizer's scalars, the whole training program, reading the loss.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { engineNames, openEngine } from "../dist/engines/index.js";
import { graphBuilder, ops, program } from "../dist/tensor/index.js";
import { prepare } from "./networks.mjs";

const { values: flags } = parseArgs({
  options: { threads: { type: "string", default: "2" }, engine: { type: "string", default: "onednn" } },
});
const engine = await open();
async function open() {
  try {
    if (!engineNames.includes(flags.engine)) {
      throw new Error(`no engine is called ${flags.engine}; there are ${engineNames.join(", ")}`);
    }
    return await openEngine(flags.engine, { threads: Number(flags.threads) });
  } catch (error) {
    // One line: the orchestrator repeats a side's last one.
    process.stderr.write(`${[error.message, error.hint].filter((text) => text !== undefined).join(" ")}\n`);
    process.exit(1);
  }
}
/** @type {Map<string, { step: () => Promise<number>, dispose: () => void }>} */
const prepared = new Map();

/** Float32 GFLOP/s of a square matrix product, the best of ten. */
async function peak() {
  const size = 2048;
  const shape = [size, size];
  const values = new Float32Array(size * size).map(Math.random);
  const session = await engine.open(["a", "b"].map((name) => ({ name, shape, kind: "parameter", values })));
  const graph = graphBuilder();
  const product = graph.add(ops.matmul, [graph.state("a", shape), graph.state("b", shape)], {
    transposeA: false,
    transposeB: false,
  });
  const executable = await session.compile(
    program({ name: "peak", outputs: { y: graph.add(ops.mean, [product], {}) } }),
  );
  let best = 0;
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    await executable.run({});
    best = Math.max(best, (2 * size ** 3) / (performance.now() - start) / 1e6);
  }
  session.dispose();
  return best;
}

async function answer(request) {
  if (request.describe) return { ...engine.describe(), node: process.version };
  if (request.peak) return { gigaflops: await peak() };
  if (request.forget) {
    for (const { dispose } of prepared.values()) dispose();
    prepared.clear();
    return {};
  }
  const key = `${request.network} ${request.batch}`;
  let side = prepared.get(key);
  if (side === undefined) {
    side = await prepare(engine, request.network, request.batch);
    prepared.set(key, side);
  }
  const turn = request.what === "inference" ? side.infer : side.step;
  for (let i = 0; i < (request.lead ?? 0); i++) await turn();
  const milliseconds = [];
  let loss = 0;
  for (let i = 0; i < request.steps; i++) {
    const start = performance.now();
    loss = await turn();
    milliseconds.push(performance.now() - start);
  }
  return { milliseconds, loss, operations: side.operations[request.what ?? "training"] };
}

for await (const line of createInterface({ input: process.stdin })) {
  let response;
  try {
    response = await answer(JSON.parse(line));
  } catch (error) {
    response = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(response)}\n`);
}

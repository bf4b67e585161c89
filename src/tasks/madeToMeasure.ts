// An experiment of a person's own pictures: a look at them, a few timed steps on this machine, and the rules
// (experiment/madeToMeasure.ts) make of them a file, which is written down or trained at once.
import { pause } from "../base/turns.js";
import { descriptions, readSourceSpec } from "../data/descriptions/index.js";
import type { EngineChoice } from "../engines/index.js";
import { type MadeExperiment, madeText, madeToMeasure, parseYaml, readDocument } from "../experiment/index.js";
import type { Wishes } from "../experiment/madeToMeasure.js";
import { isMapping } from "../schema/read.js";
import type { TaskContext } from "./define.js";
import { schemaFromHere } from "./presets.js";
import type { WishOptions } from "./wishes.js";

/** Numbers of a forward pass that a core does in a second, to begin with: what is measured is a network that suits about that. */
const assumedSpeed = 1e10;
const warmUpSteps = 2;
/** One thread is taken where it is so much faster than all: on a quiet machine it is slower, beside other work several times as fast. */
const aloneIsFaster = 1.25;
/** Steps are timed until there are so many and so many seconds have passed: the middle one of few is enough for a plan. */
const [fewestSteps, timedSeconds] = [3, 1.5];

/**
 * @param what the pictures, as a source is named: a word, or its options as YAML
 * @param at who named them, for errors: `--data`
 * @throws UserError for pictures that cannot be looked at, and wishes that do not fit them
 */
export async function madeExperiment(
  what: string,
  at: string,
  wishes: WishOptions,
  who: { readonly engine?: EngineChoice | undefined; readonly threads?: number | undefined },
  { report, signal }: Pick<TaskContext, "report" | "signal">,
): Promise<MadeExperiment & { readonly text: string; readonly threads?: number }> {
  const value = what.trimStart().startsWith("{") ? parseYaml(what, at) : what;
  const spec = readSourceSpec(value, at);
  const { lookOver } = await import("../data/lookOver.js");
  const facts = await lookOver(spec, { progress: report, signal });
  await pause(signal);
  const data = { source: spec.name, options: writtenOptions(value), facts };
  const wanted = wishesOf(wishes);
  const first = madeToMeasure(data, wanted, { multiplicationsPerSecond: assumedSpeed });
  report({ done: 0, of: 1, what: "timing some steps" });
  const all = await speedOf(first, who, signal);
  const one = who.threads === undefined ? await speedOf(first, { ...who, threads: 1 }, signal) : all;
  // Threads that share a processor with other work wait for each other, in principal components too.
  const isShared = one > aloneIsFaster * all;
  const threads = isShared ? 1 : who.threads;
  const { helpingChanges } = await import("./triedChanges.js");
  const helping = await helpingChanges(readDocument(first.document), { ...who, threads }, { report, signal });
  await pause(signal);
  const made = madeToMeasure({ ...data, helpingChanges: helping }, wanted, {
    multiplicationsPerSecond: Math.max(all, one),
  });
  // What the rules have made must read as what a person has written.
  readDocument(made.document);
  const text = madeText(made, schemaFromHere());
  if (!isShared) return { ...made, text };
  const note = "computes in 1 thread: beside the other work on this machine more are slower";
  return { ...made, notes: [...made.notes, note], text, threads: 1 };
}

function wishesOf({ for: purpose, code, size, grey, minutes }: WishOptions): Wishes {
  const [height, width = height] = size?.split(/[x×]/).map(Number) ?? [];
  return {
    purpose,
    code,
    ...(height === undefined || width === undefined ? {} : { size: [height, width] as const }),
    ...(grey ? { grey } : {}),
    minutes,
  };
}

/** A source's options as they were written: `folder:./photos` says its path. */
function writtenOptions(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "string") {
    const colon = value.indexOf(":");
    if (colon < 0) return {};
    const { pathOption = "path" } = descriptions[value.slice(0, colon) as keyof typeof descriptions] as {
      readonly pathOption?: string;
    };
    return { [pathOption]: value.slice(colon + 1) };
  }
  if (!isMapping(value)) return {};
  const { source, ...options } = value;
  const named = typeof source === "string" && source.includes(":") ? writtenOptions(source) : {};
  return { ...named, ...options };
}

/** Multiplications of forward passes a second in training steps of the first phase, on made-up pictures. */
async function speedOf(
  { document, multiplications }: MadeExperiment,
  {
    engine: choice = "auto",
    threads,
  }: { readonly engine?: EngineChoice | undefined; readonly threads?: number | undefined },
  signal: AbortSignal,
): Promise<number> {
  const [{ openEngine }, { stepsOf }, { median }] = await Promise.all([
    import("../engines/index.js"),
    import("./bench.js"),
    import("./profile.js"),
  ]);
  const read = readDocument(document);
  const batchSize = read.phases[0]?.phase.batchSize ?? 1;
  const engine = await openEngine(choice, threads === undefined ? {} : { threads });
  const step = await (await stepsOf(read, batchSize)).makeTraining(engine);
  try {
    for (let i = 0; i < warmUpSteps; i++) await step.run();
    const times: number[] = [];
    const end = performance.now() + 1000 * timedSeconds;
    while (times.length < fewestSteps || performance.now() < end) {
      const start = performance.now();
      await step.run();
      times.push((performance.now() - start) / 1000);
      await pause(signal);
    }
    return (batchSize * multiplications) / median(times);
  } finally {
    step.dispose();
  }
}

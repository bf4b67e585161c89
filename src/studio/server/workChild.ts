// A process that does one piece of work for the studio, by the tasks of the command, and ends. A training goes on where the server
// has ended without a word: it is all in its run folder, and hears commands there.
import { readFileSync, writeFileSync } from "node:fs";
import { UserError } from "../../base/errors.js";
import { fileErrorReason } from "../../runs/fileSystem.js";
import { readOptions } from "../../schema/read.js";
import type { Task, TaskContext } from "../../tasks/define.js";
import type { LearningRateFinding } from "../../tasks/findLearningRate.js";
import { packError } from "../../training/protocol.js";
import type { LearningRateFound, TaskName } from "../api.js";
import type { FromWork, ToWork, Work } from "./work.js";

const send = (message: FromWork): void => {
  // Nobody hears it where the server has ended.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};
const cancelled = new AbortController();
let command: ((command: Extract<ToWork, { kind: "command" }>["command"]) => void) | undefined;
let isTraining = false;

process.on("message", (message: ToWork) => {
  if (message.kind === "cancel") cancelled.abort();
  else if (message.kind === "command") command?.(message.command);
  else void begin(message.work);
});
process.on("disconnect", () => {
  if (!isTraining) process.exit(0);
});
// As every command: finish the step, save, end.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => cancelled.abort());

const context: TaskContext = {
  signal: cancelled.signal,
  report: ({ done, of, what }) => send({ kind: "progress", done, of, what }),
};

async function begin(work: Work): Promise<void> {
  let last: FromWork;
  try {
    last = await resultOf(work);
  } catch (error) {
    last = { kind: "error", error: packError(mendable(error)) };
  }
  // What an engine or a codec has left running is waited for by nobody.
  if (process.connected) process.send?.(last, undefined, undefined, () => process.exit(0));
  else process.exit(0);
}

/** What a disk refuses is no bug: the sentence that says so, without the names of the server's own files. */
function mendable(error: unknown): unknown {
  const reason = error instanceof UserError ? undefined : fileErrorReason(error);
  return reason === undefined ? error : new UserError(`a file can't be read or written: ${reason}`, { cause: error });
}

async function resultOf(work: Work): Promise<FromWork> {
  switch (work.kind) {
    case "train": {
      await checkExperiment(work);
      isTraining = true;
      const { trainOptions, trainPlanned } = await import("../../tasks/train.js");
      const result = await trainPlanned(
        readOptions(trainOptions, work.options, "", "train"),
        { ...context, onEvent: (event) => send({ kind: "event", event }) },
        ({ notes }) => {
          for (const message of notes) send({ kind: "note", message });
        },
        undefined,
        (tell) => {
          command = tell;
        },
      );
      return { kind: "result", result };
    }
    case "findLearningRate": {
      await checkExperiment(work);
      const { findLearningRate } = await import("../../tasks/findLearningRate.js");
      const found = await findLearningRate.run(
        readOptions(findLearningRate.options, work.options, "", findLearningRate.name),
        context,
      );
      return { kind: "result", result: withCurve(found) };
    }
    case "compare": {
      const { compare } = await import("../../tasks/compare.js");
      return { kind: "result", result: await runTask(compare, { runs: work.runs, out: work.out }) };
    }
    case "task": {
      const { load, place } = tasks[work.task];
      const options = { ...work.options, run: work.run, ...place(work.out) };
      return { kind: "result", result: await runTask(await load(), options) };
    }
    case "map": {
      const { mapPack } = await import("./mapPack.js");
      const { pack, head } = await mapPack(work, context);
      return { kind: "result", result: head, pack };
    }
    case "selection": {
      const { writeSelection } = await import("./selection.js");
      return { kind: "result", result: await writeSelection(work, context) };
    }
    case "report": {
      const { writeReportParts } = await import("./reportParts.js");
      return { kind: "result", result: await writeReportParts(work, context) };
    }
  }
}

/** What was found as a page reads it: the curve is in the record that the task has written. */
function withCurve({ plot, plotSvg, record, ...found }: LearningRateFinding): LearningRateFound {
  const { rates, losses, smoothed } = JSON.parse(readFileSync(record, "utf8")) as Readonly<Record<string, number[]>>;
  const curve = (rates ?? []).map((learningRate, i) => ({
    ...{ learningRate, loss: losses?.[i] ?? Number.NaN, smoothed: smoothed?.[i] ?? Number.NaN },
  }));
  return { ...found, curve };
}

/**
 * Looks at what a page has said is to be trained, and writes a preset where the task looks for it.
 * @throws UserError where that names modules to load, or no preset; what it names otherwise is checked by the task
 */
async function checkExperiment({
  text,
  preset,
  options,
}: Extract<Work, { kind: "train" | "findLearningRate" }>): Promise<void> {
  const { refuseModules } = await import("./validate.js");
  const { readExperiment, settingChange } = await import("../../experiment/index.js");
  const changes = (Array.isArray(options.set) ? (options.set as string[]) : []).map(settingChange);
  if (changes.some(({ path }) => path[0] === "use")) refuseModules();
  if (preset !== undefined) {
    const { findPreset } = await import("../../tasks/presetFiles.js");
    writeFileSync(String(options.experiment), findPreset(preset).text);
  }
  if (text !== undefined) readExperiment(text, "experiment", [], refuseModules);
}

async function runTask(task: Task, options: Readonly<Record<string, unknown>>): Promise<unknown> {
  return await task.run(readOptions(task.options, options, "", task.name), context);
}

/** How each task is loaded, and the names of files that are the studio's to say. */
const tasks: {
  readonly [Name in TaskName]: {
    load(): Promise<Task>;
    place(out: string): Readonly<Record<string, unknown>>;
  };
} = {
  evaluate: { load: async () => (await import("../../tasks/evaluate.js")).evaluate, place: () => ({}) },
  probe: { load: async () => (await import("../../tasks/probe.js")).probe, place: () => ({}) },
  walk: {
    load: async () => (await import("../../tasks/walk.js")).walk,
    place: (out) => ({ out: `${out}/walk.png` }),
  },
  sample: {
    load: async () => (await import("../../tasks/sample.js")).sample,
    place: (out) => ({ out: `${out}/samples.png` }),
  },
  score: { load: async () => (await import("../../tasks/score.js")).score, place: (out) => ({ out }) },
  find: {
    load: async () => (await import("../../tasks/find.js")).find,
    place: (out) => ({ out: `${out}/found.png` }),
  },
  export: { load: async () => (await import("../../tasks/export.js")).exportRun, place: () => ({}) },
};

// What the command does as functions, on run folders and files. Each loads what it needs when it is called.
import type { z } from "zod";
import type { Task, TaskContext } from "../tasks/define.js";
import type * as options from "./options.js";

/** A task as a function. Aborting `context.signal` asks it to end early. */
type Asked<Given, Result> = (given: Given, context?: Partial<TaskContext>) => Promise<Result>;

/** What it is given is checked by the task's own schema, whose types `Given` has with a sentence for each option. */
const later =
  <Given>() =>
  <Options extends z.ZodType, Result>(load: () => Promise<Task<string, Options, Result>>): Asked<Given, Result> =>
  async (given, context) => {
    const [{ taskFunction }, task] = await Promise.all([import("../tasks/call.js"), load()]);
    return await taskFunction(task)(given as z.input<Options>, context);
  };

/** Trains as the command does: a run folder with pictures and exports. Options as `isthmus train --help` has them. */
export const trainRun = later<options.TrainTaskOptions>()(async () => (await import("../tasks/train.js")).train);
/** Tries rising learning rates on an experiment's first phase, without training it, and plots their losses. */
export const findLearningRate = later<options.FindLearningRateTaskOptions>()(
  async () => (await import("../tasks/findLearningRate.js")).findLearningRate,
);
/** Layers, output shapes and parameters of a model. */
export const summary = later<options.SummaryTaskOptions>()(async () => (await import("../tasks/summary.js")).summary);
/** Writes an experiment for one's own pictures, made to measure. */
export const newExperiment = later<options.NewTaskOptions>()(
  async () => (await import("../tasks/new.js")).newExperiment,
);
/** The experiments that come with the package. */
export const presets = later<options.PresetsTaskOptions>()(async () => (await import("../tasks/presets.js")).presets);
/** Layers, losses, optimizers, schedules, transforms, sources, models and metrics, with their options. */
export const list = later<options.ListTaskOptions>()(async () => (await import("../tasks/list.js")).list);
/** The JSON Schema of experiment files. */
export const schema = later<options.SchemaTaskOptions>()(async () => (await import("../tasks/schema.js")).schema);
/** Which engines open here, and what to install for those that do not. */
export const doctor = later<options.DoctorTaskOptions>()(async () => (await import("../tasks/doctor.js")).doctor);
/** Writes encoder.onnx and decoder.onnx (or model.safetensors) of a run, checked before they are kept. */
export const exportRun = later<options.ExportTaskOptions>()(async () => (await import("../tasks/export.js")).exportRun);
/** Restores pictures with a run, or with two ONNX files, and gives their codes. */
export const restore = later<options.RestoreTaskOptions>()(async () => (await import("../tasks/restore.js")).restore);
/** Scores how unlike what a run (or two ONNX files) learned pictures are, with quantiles, a page and heat maps. */
export const score = later<options.ScoreTaskOptions>()(async () => (await import("../tasks/score.js")).score);
/** Finds the pictures of a collection whose codes are nearest to a picture's, or duplicates by code. */
export const find = later<options.FindTaskOptions>()(async () => (await import("../tasks/find.js")).find);
/** Pictures to codes. */
export const encode = later<options.EncodeTaskOptions>()(async () => (await import("../tasks/encode.js")).encode);
/** Codes to pictures. */
export const decode = later<options.DecodeTaskOptions>()(async () => (await import("../tasks/decode.js")).decode);
/** Draws the way from one picture's code to another's, or animates it. */
export const walk = later<options.WalkTaskOptions>()(async () => (await import("../tasks/walk.js")).walk);
/** Draws pictures from codes drawn by lot, and gives the codes. */
export const sample = later<options.SampleTaskOptions>()(async () => (await import("../tasks/sample.js")).sample);
/** Draws the codes of pictures as points of a plane, and tells where each lies. */
export const map = later<options.MapTaskOptions>()(async () => (await import("../tasks/map.js")).map);
/** Figures of a run beside baselines, by class, size and severity, and its worst images. */
export const evaluate = later<options.EvaluateTaskOptions>()(
  async () => (await import("../tasks/evaluate.js")).evaluate,
);
/** Accuracy of classifiers on a run's frozen codes. */
export const probe = later<options.ProbeTaskOptions>()(async () => (await import("../tasks/probe.js")).probe);
/** Settings that differ between runs, their figures, curves and images side by side. */
export const compare = later<options.CompareTaskOptions>()(async () => (await import("../tasks/compare.js")).compare);
/** A run in one HTML file: figures, curves, pictures, codes, data, and how to train it again. */
export const report = later<options.ReportTaskOptions>()(async () => (await import("../tasks/report.js")).report);
/** The sources of pictures, and where they are found here. */
export const dataList = later<options.DataListTaskOptions>()(async () => (await import("../tasks/data.js")).dataList);
/** Fetches a data set, or draws one into a folder. */
export const dataGet = later<options.DataGetTaskOptions>()(async () => (await import("../tasks/data.js")).dataGet);
/** What a data set holds, with a grid of its images where a file is named. */
export const dataShow = later<options.DataShowTaskOptions>()(async () => (await import("../tasks/data.js")).dataShow);
/** Training steps a second on this machine, and where the time goes. */
export const bench = later<options.BenchTaskOptions>()(async () => (await import("../tasks/bench.js")).bench);
/** Probes the runs of several ideas beside one another, with the significance of their differences. */
export const probeIdeas = async (
  ...given: Parameters<typeof import("../tasks/probe.js").probeIdeas>
): Promise<readonly import("../tasks/probe.js").IdeaRow[]> => (await import("../tasks/probe.js")).probeIdeas(...given);

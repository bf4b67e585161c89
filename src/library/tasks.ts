// What the command does as functions, on run folders and files. Each loads what it needs when it is called.
import type { z } from "zod";
import type { TaskFunction } from "../tasks/call.js";
import type { Task } from "../tasks/define.js";

function later<Options extends z.ZodType, Result>(
  load: () => Promise<Task<string, Options, Result>>,
): TaskFunction<Options, Result> {
  return async (options, context) => {
    const [{ taskFunction }, task] = await Promise.all([import("../tasks/call.js"), load()]);
    return await taskFunction(task)(options, context);
  };
}

/** Trains as the command does: a run folder with pictures and exports. Options as `isthmus train --help` has them. */
export const trainRun = later(async () => (await import("../tasks/train.js")).train);
/** Tries rising learning rates on an experiment's first phase, without training it, and plots their losses. */
export const findLearningRate = later(async () => (await import("../tasks/findLearningRate.js")).findLearningRate);
/** Layers, output shapes and parameters of a model. */
export const summary = later(async () => (await import("../tasks/summary.js")).summary);
/** The experiments that come with the package. */
export const presets = later(async () => (await import("../tasks/presets.js")).presets);
/** Which engines open here, and what to install for those that do not. */
export const doctor = later(async () => (await import("../tasks/doctor.js")).doctor);
/** Writes encoder.onnx and decoder.onnx (or model.safetensors) of a run, checked before they are kept. */
export const exportRun = later(async () => (await import("../tasks/export.js")).exportRun);
/** Restores pictures with a run, or with two ONNX files, and gives their codes. */
export const restore = later(async () => (await import("../tasks/restore.js")).restore);
/** Pictures to codes. */
export const encode = later(async () => (await import("../tasks/encode.js")).encode);
/** Codes to pictures. */
export const decode = later(async () => (await import("../tasks/decode.js")).decode);
/** Draws the way from one picture's code to another's, or animates it. */
export const walk = later(async () => (await import("../tasks/walk.js")).walk);
/** Draws pictures from codes drawn by lot, and gives the codes. */
export const sample = later(async () => (await import("../tasks/sample.js")).sample);
/** Draws the codes of pictures as points of a plane, and tells where each lies. */
export const map = later(async () => (await import("../tasks/map.js")).map);
/** Figures of a run beside baselines, by class, size and severity, and its worst images. */
export const evaluate = later(async () => (await import("../tasks/evaluate.js")).evaluate);
/** Accuracy of classifiers on a run's frozen codes. */
export const probe = later(async () => (await import("../tasks/probe.js")).probe);
/** Settings that differ between runs, their figures, curves and images side by side. */
export const compare = later(async () => (await import("../tasks/compare.js")).compare);
/** The sources of pictures, and where they are found here. */
export const dataList = later(async () => (await import("../tasks/data.js")).dataList);
/** Fetches a data set, or draws one into a folder. */
export const dataGet = later(async () => (await import("../tasks/data.js")).dataGet);
/** What a data set holds, with a grid of its images where a file is named. */
export const dataShow = later(async () => (await import("../tasks/data.js")).dataShow);
/** Training steps a second on this machine, and where the time goes. */
export const bench = later(async () => (await import("../tasks/bench.js")).bench);
/** Probes the runs of several ideas beside one another, with the significance of their differences. */
export const probeIdeas = async (
  ...given: Parameters<typeof import("../tasks/probe.js").probeIdeas>
): Promise<readonly import("../tasks/probe.js").IdeaRow[]> => (await import("../tasks/probe.js")).probeIdeas(...given);

// Every task, by hand. Importing this loads all of them; the command loads only the one that was asked for.
import { bench } from "./bench.js";
import { compare } from "./compare.js";
import { dataGet, dataList, dataShow } from "./data.js";
import { decode } from "./decode.js";
import { doctor } from "./doctor.js";
import { encode } from "./encode.js";
import { evaluate } from "./evaluate.js";
import { exportRun } from "./export.js";
import { find } from "./find.js";
import { list } from "./list.js";
import { map } from "./map.js";
import { newExperiment } from "./new.js";
import { presets } from "./presets.js";
import { probe } from "./probe.js";
import { report } from "./report.js";
import { restore } from "./restore.js";
import { sample } from "./sample.js";
import { schema } from "./schema.js";
import { score } from "./score.js";
import { summary } from "./summary.js";
import { train } from "./train.js";
import { walk } from "./walk.js";

export const tasks = {
  train,
  new: newExperiment,
  presets,
  list,
  schema,
  summary,
  doctor,
  bench,
  export: exportRun,
  restore,
  score,
  find,
  encode,
  decode,
  walk,
  sample,
  map,
  evaluate,
  probe,
  compare,
  report,
  dataList,
  dataGet,
  dataShow,
} as const;
export type TaskName = keyof typeof tasks;

// Every task, by hand. Importing this loads all of them; the command loads only the one that was asked for.
import { bench } from "./bench.js";
import { doctor } from "./doctor.js";
import { presets } from "./presets.js";
import { summary } from "./summary.js";
import { train } from "./train.js";

export const tasks = { train, presets, summary, doctor, bench } as const;
export type TaskName = keyof typeof tasks;

// What other rooms use of training.
export type { TrainingCommand, TrainingEvent } from "./events.js";
export type { TrainingRequest, TrainingResult } from "./run.js";
export { resumeTraining, startTraining, type Training } from "./start.js";

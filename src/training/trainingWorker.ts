// The thread of a training that was asked for by data alone.
import { runTraining, type TrainingRequest } from "./run.js";
import { serveThread } from "./serve.js";

await serveThread((request: TrainingRequest, surroundings) => runTraining(request, surroundings));

// A process that trains and is killed at the moment that ISTHMUS_FAIL_AT names. `tiny OUT` trains in this thread,
// `worker OUT` in the training worker on MNIST's first images.
import { startTraining } from "../../src/training/index.js";
import { trainTiny } from "../../src/training/testing/tiny.js";
import { smallRequest } from "./smallTraining.js";

const [kind, out = ""] = process.argv.slice(2);
if (kind === "tiny") await trainTiny(out);
else await startTraining(smallRequest(out)).finished;

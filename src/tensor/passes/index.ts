// The passes that every program goes through before an engine lowers it, each followed by the verifier.
import type { Program } from "../graph.js";
import { verify } from "../verify.js";
import { commonSubexpressions } from "./commonSubexpressions.js";
import { deadNodes } from "./deadNodes.js";
import { foldConstants } from "./foldConstants.js";
import { multiplyByOne } from "./multiplyByOne.js";

export { biasBeforeBatchNorm } from "./biasBeforeBatchNorm.js";
export { expand } from "./expand.js";
export { foldUpsampling } from "./foldUpsampling.js";
export { type LiveInterval, type MemoryPlan, peakBytes, planMemory } from "./memoryPlan.js";

/** The order matters: constants make identities, and both make nodes equal that were not. */
const passes: readonly ((program: Program) => Program)[] = [
  deadNodes,
  foldConstants,
  multiplyByOne,
  commonSubexpressions,
  deadNodes,
];

/** The same computation in fewer nodes. Results are the same but for the rounding of constants. */
export function runPasses(program: Program): Program {
  return passes.reduce((sofar, pass) => verify(pass(sofar)), verify(program));
}

// What other rooms use of the tensor room.

export { gradients } from "./gradients.js";
export {
  type GraphBuilder,
  graphBuilder,
  type Program,
  program,
  type RandomInput,
  topologicalOrder,
  valuesOf,
} from "./graph.js";
export type { Pair, Sides } from "./ops/checks.js";
export type { Add, AddAll, ElementType, Node, Op, Shape, Tensor, Value } from "./ops/define.js";
export { broadcastShape, sameShape, sizeOf } from "./ops/define.js";
export {
  type UpdateOp,
  type UpdateOperands,
  updateOperands,
  updateResults,
  updateSlots,
} from "./ops/defineUpdate.js";
export {
  type AnyOp,
  type AttributesOf,
  type ExpandableOpName,
  isOpName,
  type OpName,
  type Ops,
  opNamed,
  ops,
  type ScalarOf,
  type SlotOf,
  type UpdateName,
  updateNamed,
} from "./ops/index.js";
export {
  biasBeforeBatchNorm,
  expand,
  foldUpsampling,
  type LiveInterval,
  type MemoryPlan,
  peakBytes,
  planMemory,
  runPasses,
} from "./passes/index.js";
export { verify } from "./verify.js";

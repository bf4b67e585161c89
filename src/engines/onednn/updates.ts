// Optimizer updates: in place, as a few passes over flat memory. Neighbouring parameters are updated together.
import { InternalError } from "../../base/errors.js";
import {
  type AttributesOf,
  type Node,
  type ScalarOf,
  type SlotOf,
  type UpdateName,
  type UpdateOp,
  type UpdateOperands,
  updateNamed,
  updateOperands,
  updateSlots,
  type Value,
  valuesOf,
} from "../../tensor/index.js";
import type { UpdateLowering } from "../engine.js";
import type { Layout, PostOp } from "./adapter.js";
import type { OpenPlan, Placed, Plan, PlannedUpdate } from "./plan.js";
import { type StateStore, slotKind } from "./state.js";

/**
 * Elements that one primitive updates. Adam's four arrays of them are 2 MB, which stay in a core's second-level cache between the
 * passes: on an Intel Xeon (2 MB) a step on 16 million weights takes 27 ms, with eight times as many elements 34 (one thread).
 */
const chunkElements = 1 << 17;

/** Where one stretch of an update lies: flat views of the parameter, its gradient and its slots, in the order of the op's inputs. */
interface Stretch {
  readonly layout: Layout;
  readonly tensors: readonly Placed[];
}

/** What the row of an update speaks to. */
interface StretchPlan {
  readonly plan: Plan;
  /** Of the parameter, its gradient and its slots. */
  readonly layout: Layout;
}

/**
 * Puts an update off until everything else is lowered, when the whole arenas are known. Updates of anything but session
 * state are computed at once, on copies.
 */
export function updateApart(node: Node, plan: Plan): void {
  const [w, g] = node.inputs;
  const outputs = valuesOf(node);
  const parameter = plan.stateName(w);
  const slots = slotsOf(node);
  const state = [w, ...slots].flatMap((value, i) => {
    const name = plan.stateName(value);
    return name !== undefined && plan.program.updates[name] === outputs[i] ? [name] : [];
  });
  const isInPlace = parameter !== undefined && state.length === outputs.length;
  if (isInPlace && plan.putOff({ node, parameter, state })) return;
  const copies = [w, ...slots].map((value, i) => {
    const placed = plan.readPlain(value);
    const copy = plan.write(outputs[i], placed.layout);
    plan.reorder(placed, copy);
    return flatten(plan, copy, value);
  });
  const [parameterCopy, ...slotCopies] = copies;
  const gradient = flatten(plan, plan.readPlain(g), g);
  emitUpdate(node, { layout: parameterCopy.layout, tensors: [parameterCopy, gradient, ...slotCopies] }, plan);
}

/** Optimizer updates: what changes parameters in place. */
export const isUpdate = ({ op }: Node): boolean => updateNamed(op) !== undefined;

function opOf({ op }: Node): UpdateOp {
  const found = updateNamed(op);
  if (found === undefined) throw new InternalError(`${op} is no update`);
  return found;
}

const slotsOf = (node: Node): readonly Value[] => updateSlots(opOf(node), node);

function flatten(plan: Plan, placed: Placed, value: Value): Placed {
  const length = value.shape.reduce((size, side) => size * side, 1);
  return { ...placed, layout: plan.plain([length]) };
}

/** Parameters in the order in which they should lie: those that are updated alike beside each other. */
export function updateOrder(updates: readonly PlannedUpdate[]): readonly string[] {
  return [...groups(updates).values()].flat().map(({ parameter }) => parameter);
}

function groups(updates: readonly PlannedUpdate[]): Map<string, PlannedUpdate[]> {
  const scalarNumbers = new Map<Value, number>();
  const result = new Map<string, PlannedUpdate[]>();
  for (const update of updates) {
    const { node } = update;
    const scalars = node.inputs.slice(2 + slotsOf(node).length);
    const numbers = scalars.map((value) => {
      const number = scalarNumbers.get(value) ?? scalarNumbers.size;
      scalarNumbers.set(value, number);
      return number;
    });
    const key = `${node.op} ${JSON.stringify(node.attributes)} ${numbers.join(" ")}`;
    result.set(key, [...(result.get(key) ?? []), update]);
  }
  return result;
}

/** Lowers the updates that were put off; the state's memory is laid out by now. */
export function emitUpdates(plan: OpenPlan, store: StateStore): void {
  plan.closeUpdates();
  for (const { node, parameter, state } of plan.updates) {
    plan.ensureGradient(node.inputs[1], parameter);
    for (const name of state) plan.preserve(name);
  }
  for (const group of groups(plan.updates).values()) {
    const sorted = [...group].sort((a, b) => store.span(a.parameter).offset - store.span(b.parameter).offset);
    const runs: { node: Node; start: number; end: number }[] = [];
    for (const { node, parameter } of sorted) {
      const { offset, length } = store.span(parameter);
      const last = runs.at(-1);
      if (last !== undefined && last.end === offset) last.end = offset + length;
      else runs.push({ node, start: offset, end: offset + length });
    }
    for (const { node, start, end } of runs) {
      const kinds = slotsOf(node).map((slot) => {
        const name = plan.stateName(slot);
        if (name === undefined) throw new InternalError("a slot that is no state");
        return slotKind(store.entry(name));
      });
      for (let offset = start; offset < end; offset += chunkElements) {
        const layout = plan.plain([Math.min(chunkElements, end - offset)]);
        const at = (locate: () => bigint): Placed => plan.fixed(layout, () => locate() + BigInt(4 * offset));
        const tensors = ["parameter", "gradient", ...kinds].map((kind) => at(() => store.arena(kind)));
        emitUpdate(node, { layout, tensors }, plan);
      }
    }
  }
}

function emitUpdate(node: Node, { layout, tensors }: Stretch, plan: Plan): void {
  const op = opOf(node);
  const operands = updateOperands(op, node, (value, number) => tensors[number] ?? plan.readPlain(value));
  const row = rows[op.name as UpdateName] as (operands: unknown, attributes: unknown, at: StretchPlan) => void;
  row(operands, node.attributes, { plan, layout });
}

/** Each in place. */
const rows: UpdateLowering<Placed, StretchPlan> = {
  adam: emitAdam,
  adamw(operands, attributes, at) {
    emitDecay(operands.parameter, operands.scalar("decay"), at);
    emitAdam(operands, attributes, at);
  },
  rmsprop: emitRmsprop,
  sgd: emitSgd,
};

/** w·(1 − decay), in place. */
function emitDecay(parameter: Placed, decay: Placed, { plan, layout }: StretchPlan): void {
  const one = plan.plain([1]);
  const kept = plan.scratch(one);
  const pass = "forwardTraining";
  const subtract = plan.primitive({ kind: "eltwise", pass, algorithm: "linear", data: one, alpha: -1, beta: 1 });
  plan.emit(subtract, ["source", decay], ["destination", kept]);
  const shrink = plan.primitive({
    kind: "binary",
    algorithm: "mul",
    source: layout,
    source1: one,
    destination: layout,
  });
  plan.emit(shrink, ["source", parameter], ["source1", kept], ["destination", parameter]);
}

function emitAdam(
  { parameter, gradient, slot, scalar }: UpdateOperands<Placed, SlotOf<"adam">, ScalarOf<"adam">>,
  { beta1, beta2 }: AttributesOf<"adam">,
  { plan, layout }: StretchPlan,
): void {
  const [first, second] = [slot("firstMoment"), slot("secondMoment")];
  const [stepSize, epsilon] = [scalar("stepSize"), scalar("epsilon")];
  const same = { source: layout, source1: layout, destination: layout };
  const one = plan.plain([1]);
  const toFirst = plan.primitive({ kind: "binary", algorithm: "add", ...same }, { sourceScales: [beta1, 1 - beta1] });
  plan.emit(toFirst, ["source", first], ["source1", gradient], ["destination", first]);
  const toSecond = plan.primitive(
    { kind: "binary", algorithm: "mul", ...same },
    { sourceScales: [1 - beta2, 1], postOps: [{ kind: "sum", scale: beta2 }] },
  );
  plan.emit(toSecond, ["source", gradient], ["source1", gradient], ["destination", second]);
  // w − stepSize·m / (√v + ε), reading v and writing w.
  const postOps: readonly PostOp[] = [
    { kind: "eltwise", algorithm: "sqrt", alpha: 0, beta: 0 },
    { kind: "binary", algorithm: "add", layout: one },
    { kind: "eltwise", algorithm: "pow", alpha: -1, beta: -1 },
    { kind: "binary", algorithm: "mul", layout },
    { kind: "binary", algorithm: "mul", layout: one },
    { kind: "binary", algorithm: "add", layout },
  ];
  const toParameter = plan.primitive({ kind: "binary", algorithm: "mul", ...same, source1: one }, { postOps });
  plan.emit(
    toParameter,
    ["source", second],
    ["source1", plan.constant(one, 1)],
    ["postOp1", epsilon],
    ["postOp3", first],
    ["postOp4", stepSize],
    ["postOp5", parameter],
    ["destination", parameter],
  );
}

function emitRmsprop(
  { parameter, gradient, slot, scalar }: UpdateOperands<Placed, SlotOf<"rmsprop">, ScalarOf<"rmsprop">>,
  { alpha, epsilon, momentum }: AttributesOf<"rmsprop">,
  { plan, layout }: StretchPlan,
): void {
  const meanSquare = slot("meanSquare");
  const buffer = momentum === 0 ? undefined : slot("momentumBuffer");
  const learningRate = scalar("learningRate");
  const same = { source: layout, source1: layout, destination: layout };
  const one = plan.plain([1]);
  const toMeanSquare = plan.primitive(
    { kind: "binary", algorithm: "mul", ...same },
    { sourceScales: [1 - alpha, 1], postOps: [{ kind: "sum", scale: alpha }] },
  );
  plan.emit(toMeanSquare, ["source", gradient], ["source1", gradient], ["destination", meanSquare]);
  /** sign·g / (√v + ε) */
  const direction = (sign: number): readonly PostOp[] => [
    { kind: "eltwise", algorithm: "sqrt", alpha: 0, beta: 0 },
    { kind: "eltwise", algorithm: "linear", alpha: 1, beta: epsilon },
    { kind: "eltwise", algorithm: "pow", alpha: sign, beta: -1 },
    { kind: "binary", algorithm: "mul", layout },
  ];
  const ones = plan.constant(one, 1);
  if (buffer === undefined) {
    const postOps: readonly PostOp[] = [
      ...direction(-1),
      { kind: "binary", algorithm: "mul", layout: one },
      { kind: "binary", algorithm: "add", layout },
    ];
    const toParameter = plan.primitive({ kind: "binary", algorithm: "mul", ...same, source1: one }, { postOps });
    plan.emit(
      toParameter,
      ["source", meanSquare],
      ["source1", ones],
      ["postOp3", gradient],
      ["postOp4", learningRate],
      ["postOp5", parameter],
      ["destination", parameter],
    );
    return;
  }
  const toBuffer = plan.primitive(
    { kind: "binary", algorithm: "mul", ...same, source1: one },
    { postOps: [...direction(1), { kind: "sum", scale: momentum }] },
  );
  plan.emit(toBuffer, ["source", meanSquare], ["source1", ones], ["postOp3", gradient], ["destination", buffer]);
  emitDescent(layout, buffer, learningRate, parameter, plan);
}

/** w − learningRate·direction, in place. */
function emitDescent(layout: Layout, direction: Placed, learningRate: Placed, parameter: Placed, plan: Plan): void {
  const descend = plan.primitive(
    { kind: "binary", algorithm: "mul", source: layout, source1: plan.plain([1]), destination: layout },
    { sourceScales: [-1, 1], postOps: [{ kind: "sum", scale: 1 }] },
  );
  plan.emit(descend, ["source", direction], ["source1", learningRate], ["destination", parameter]);
}

function emitSgd(
  operands: UpdateOperands<Placed, SlotOf<"sgd">, ScalarOf<"sgd">>,
  { momentum, dampening, nesterov, weightDecay }: AttributesOf<"sgd">,
  { plan, layout }: StretchPlan,
): void {
  const { parameter } = operands;
  const buffer = momentum === 0 ? undefined : operands.slot("momentumBuffer");
  const learningRate = operands.scalar("learningRate");
  const same = { source: layout, source1: layout, destination: layout };
  const one = plan.plain([1]);
  const weightedSum = (a: Placed, b: Placed, to: Placed, scales: readonly [number, number]): void => {
    const primitive = plan.primitive({ kind: "binary", algorithm: "add", ...same }, { sourceScales: scales });
    plan.emit(primitive, ["source", a], ["source1", b], ["destination", to]);
  };
  let { gradient } = operands;
  if (weightDecay !== 0) {
    const decayed = plan.scratch(layout);
    weightedSum(gradient, parameter, decayed, [1, weightDecay]);
    gradient = decayed;
  }
  let direction = gradient;
  if (buffer !== undefined) {
    weightedSum(buffer, gradient, buffer, [momentum, 1 - dampening]);
    if (dampening !== 0) {
      // The first gradient enters undampened: what dampening took away is added back once.
      const undampen = plan.primitive(
        { kind: "binary", algorithm: "mul", ...same, source1: one },
        { sourceScales: [dampening, 1], postOps: [{ kind: "sum", scale: 1 }] },
      );
      plan.emit(undampen, ["source", gradient], ["source1", operands.scalar("first")], ["destination", buffer]);
    }
    direction = buffer;
    if (nesterov) {
      direction = plan.scratch(layout);
      weightedSum(gradient, buffer, direction, [1, momentum]);
    }
  }
  emitDescent(layout, direction, learningRate, parameter, plan);
}

// What an optimizer update is: an op with named slots and scalars, from which its inputs, outputs and shape rule follow.
import { InternalError } from "../../base/errors.js";
import { expectShape } from "./checks.js";
import type { Node, Op, OpCase, Tensor, Value } from "./define.js";
import { valuesOf } from "./values.js";

/**
 * An op that takes a parameter a step further. Inputs: the parameter, its gradient and its slots, all of one shape, then
 * scalars; outputs: the parameter and its slots after the step. It has no gradient.
 */
export interface UpdateOp<
  Name extends string = string,
  Attributes = unknown,
  Slot extends string = string,
  Scalar extends string = string,
> extends Op<Name, Attributes> {
  readonly kind: "update";
  /** What is kept for a parameter from step to step, in the order of inputs and outputs. */
  slots(attributes: Attributes): readonly Slot[];
  /** Numbers that are the same for every element, in the order of inputs. */
  scalars(attributes: Attributes): readonly Scalar[];
}

/** An update's operands by name, in whatever form: values, arrays, an engine's memory. */
export interface UpdateOperands<Operand, Slot extends string = string, Scalar extends string = string> {
  readonly parameter: Operand;
  readonly gradient: Operand;
  /** @throws InternalError where the attributes keep no such slot */
  slot(name: Slot): Operand;
  /** @throws InternalError where the attributes need no such scalar */
  scalar(name: Scalar): Operand;
}

/** Where an update writes. */
export interface UpdateResults<Result, Slot extends string = string> {
  readonly parameter: Result;
  /** @throws InternalError where the attributes keep no such slot */
  slot(name: Slot): Result;
}

export function defineUpdate<
  const Name extends string,
  Attributes,
  const Slot extends string,
  const Scalar extends string,
>(definition: {
  readonly name: Name;
  slots(attributes: Attributes): readonly Slot[];
  scalars(attributes: Attributes): readonly Scalar[];
  /** Refuses attributes that do not go together, with a ShapeError. */
  check?(attributes: Attributes): void;
  /** The definition, in plain float64 loops over the parameter's elements. */
  step(
    operands: UpdateOperands<Float64Array, Slot, Scalar>,
    attributes: Attributes,
    results: UpdateResults<Float64Array, Slot>,
  ): void;
  readonly cases: readonly OpCase<Attributes>[];
}): UpdateOp<Name, Attributes, Slot, Scalar> {
  const { name, slots, scalars, check, step, cases } = definition;
  return {
    kind: "update",
    name,
    slots,
    scalars,
    cases,
    gradient: "none",
    shapes([parameter, gradient, ...others], attributes) {
      check?.(attributes);
      const kept = slots(attributes);
      expectShape("gradient", gradient, parameter);
      kept.forEach((slot, i) => {
        expectShape(inWords(slot), others[i], parameter);
      });
      scalars(attributes).forEach((scalar, i) => {
        expectShape(inWords(scalar), others[kept.length + i], []);
      });
      return [parameter, ...kept.map(() => parameter)];
    },
    reference(inputs, attributes, outputs) {
      const kept = slots(attributes);
      const data = ({ data: array }: Tensor): Float64Array => array;
      step(operandsOf(inputs.map(data), kept, scalars(attributes)), attributes, resultsOf(outputs.map(data), kept));
    },
  };
}

/** `first moment` of `firstMoment`. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function operandsOf<Operand, Slot extends string, Scalar extends string>(
  inputs: readonly Operand[],
  slots: readonly Slot[],
  scalars: readonly Scalar[],
): UpdateOperands<Operand, Slot, Scalar> {
  const [parameter, gradient, ...others] = inputs;
  return {
    parameter,
    gradient,
    slot: (name) => named(others, slots, name),
    scalar: (name) => named(others.slice(slots.length), scalars, name),
  };
}

function resultsOf<Result, Slot extends string>(
  [parameter, ...others]: readonly Result[],
  slots: readonly Slot[],
): UpdateResults<Result, Slot> {
  return { parameter, slot: (name) => named(others, slots, name) };
}

function named<Some>(list: readonly Some[], names: readonly string[], name: string): Some {
  const found = list[names.indexOf(name)];
  if (found === undefined) throw new InternalError(`the update has no ${inWords(name)}`);
  return found;
}

/** A node's operands by name, each as `form` has it, which hears its number among the node's inputs. */
export function updateOperands<Operand, Attributes, Slot extends string, Scalar extends string>(
  op: UpdateOp<string, Attributes, Slot, Scalar>,
  { inputs, attributes }: Pick<Node, "inputs" | "attributes">,
  form: (value: Value, number: number) => Operand,
): UpdateOperands<Operand, Slot, Scalar> {
  const own = attributes as Attributes;
  return operandsOf(inputs.map(form), op.slots(own), op.scalars(own));
}

/** A node's results by name. */
export function updateResults<Attributes, Slot extends string>(
  op: UpdateOp<string, Attributes, Slot>,
  node: Node,
): UpdateResults<Value, Slot> {
  return resultsOf(valuesOf(node), op.slots(node.attributes as Attributes));
}

/** A node's slots before the step, in the op's order. */
export function updateSlots(
  op: UpdateOp,
  { inputs, attributes }: Pick<Node, "inputs" | "attributes">,
): readonly Value[] {
  return inputs.slice(2, 2 + op.slots(attributes).length);
}

// A trained model as something that gives pictures: its averaged weights where it kept them, and pixels where it was
// trained to give logits.
import { UserError } from "../base/errors.js";
import type { StateEntry } from "../engines/engine.js";
import type { Experiment } from "../experiment/index.js";
import { averageName, type Model, modelState, readLoss } from "../nn/index.js";
import type { Tensors } from "../runs/index.js";
import { ops, sameShape } from "../tensor/index.js";

/**
 * The model with a decoder that gives pixels: as it is, or with a sigmoid at its end where the loss is one of logits
 * (`bceWithLogits`, alone or in a sum), whose predictions are no pixels.
 */
export function pictureModel(model: Model, loss: Experiment["loss"]): Model {
  const { decode } = model;
  if (decode === undefined || !readLoss(loss).ofLogits) return model;
  return {
    ...model,
    decode: (context, code) => {
      const logits = decode(context, code);
      return context.graph.within("decoder sigmoid", () => context.graph.add(ops.sigmoid, [logits], {}));
    },
  };
}

/**
 * Parameters and buffers from a checkpoint, for an engine's session: the moving average of each where the training kept
 * one, as evaluation in training uses it.
 * @param at the checkpoint's file, for errors
 * @throws UserError where a tensor is missing or of another shape than the model's
 */
export function trainedState(model: Model, tensors: Tensors, at: string): readonly StateEntry[] {
  return modelState(model, 0).map((entry) => {
    const tensor = tensors[averageName(entry.name)] ?? tensors[entry.name];
    if (tensor === undefined || !sameShape(tensor.shape, entry.shape)) {
      const what = tensor === undefined ? "is missing" : `is [${tensor.shape.join(", ")}]`;
      throw new UserError(
        `${entry.name} ${what}, expected [${entry.shape.join(", ")}]: the weights do not fit the model`,
        {
          at,
          hint: "Was experiment.yaml or the checkpoint changed? Put the files back, or train it anew.",
        },
      );
    }
    return { ...entry, values: Float32Array.from(tensor.data as ArrayLike<number>, Number) };
  });
}

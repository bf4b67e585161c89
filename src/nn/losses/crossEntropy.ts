// Cross-entropy of class labels.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { ops } from "../../tensor/index.js";
import { defineLoss } from "./define.js";

/**
 * Mean over the images of −ln softmax(logits)[label] in nats, for logits [batch, class] and labels [batch], whole numbers
 * from 0: PyTorch's `CrossEntropyLoss`.
 */
export const crossEntropy = defineLoss({
  name: "crossEntropy",
  summary: "Cross-entropy in nats of class labels: −ln softmax(prediction)[label].",
  options: z.strictObject({}),
  compares: "labels",
  formula: () => "mean −ln softmax(prediction)[label]",
  unit: () => "nats an image",
  build(_, prediction, target, add) {
    const [batch, classes, ...more] = prediction.shape;
    if (classes === undefined || more.length > 0) {
      throw new UserError(`crossEntropy needs one number for each class, got ${timesText(prediction.shape.slice(1))}`, {
        at: "loss",
      });
    }
    const chosen = add(
      ops.mul,
      [add(ops.logSoftmax, [prediction], { axis: 1 }), add(ops.oneHot, [target], { classes })],
      {},
    );
    return add(ops.linear, [add(ops.sumTo, [chosen], { shape: [] })], { scale: -1 / batch, shift: 0 });
  },
});

// Binary cross-entropy of logits.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLoss } from "./define.js";

/** softplus is x to float64's last bit from here on, and eˣ is far from float32's largest number. */
const softplusThreshold = 40;

/**
 * Mean over every element of ln(1 + eˣ) − t·x for logits x: the binary cross-entropy of sigmoid(x) in nats, without the
 * sigmoid's rounding (PyTorch's `BCEWithLogitsLoss`). The decoder then ends without a sigmoid, and what it gives are logits.
 */
export const bceWithLogits = defineLoss({
  name: "bceWithLogits",
  summary: "Binary cross-entropy in nats of a decoder that ends without a sigmoid.",
  options: z.strictObject({}),
  ofLogits: () => true,
  formula: () => "mean ln(1 + exp(prediction)) − target·prediction",
  unit: () => "nats a pixel",
  build(_, prediction, target, add) {
    const softplus = add(ops.softplus, [prediction], { beta: 1, threshold: softplusThreshold });
    return add(ops.mean, [add(ops.sub, [softplus, add(ops.mul, [target, prediction], {})], {})], {});
  },
});

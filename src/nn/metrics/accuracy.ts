// The part of the images whose class is named right.
import { ops } from "../../tensor/index.js";
import { defineMetric } from "./define.js";

/** Larger than the inverse of any difference between two float32 logits that are not equal. */
const steep = 1e30;

/** The part of the images [batch, class] whose largest logit is their label's; one that shares the first place counts. */
export const accuracy = defineMetric({
  name: "accuracy",
  summary: "Part of the images whose class is named right, 0 to 1; higher is better.",
  better: "higher",
  unit: "share of images, 0 to 1",
  compares: "labels",
  build(prediction, target, add) {
    const [batch, classes] = prediction.shape;
    const line = add(ops.reshape, [prediction], { shape: [batch, 1, 1, classes] });
    const window = { kernel: [1, classes], stride: [1, classes], padding: [0, 0, 0, 0] } as const;
    const largest = add(ops.reshape, [add(ops.maxPool2d, [line], window)], { shape: [batch, 1] });
    const own = add(ops.mul, [prediction, add(ops.oneHot, [target], { classes })], {});
    const distance = add(ops.sub, [largest, add(ops.sumTo, [own], { shape: [batch, 1] })], {});
    const wrong = add(ops.clamp, [add(ops.linear, [distance], { scale: steep, shift: 0 })], { minimum: 0, maximum: 1 });
    return add(ops.linear, [add(ops.mean, [wrong], {})], { scale: -1, shift: 1 });
  },
});

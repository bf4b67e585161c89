// Peak signal-to-noise ratio.
import { ops } from "../../tensor/index.js";
import { defineMetric } from "./define.js";

/** A mean squared error of 1e-10, 100 decibels: equal images would give infinity, and with it the mean over the others. */
const smallest = 1e-10;

/**
 * −10·log₁₀ of each image's mean squared error, in decibels, averaged over the images: scikit-image's
 * `peak_signal_noise_ratio` with data_range 1, held at 100.
 */
export const psnr = defineMetric({
  name: "psnr",
  summary: "Peak signal-to-noise ratio in decibels, the mean over the images (at most 100 each); higher is better.",
  better: "higher",
  unit: "decibels",
  build(prediction, target, add) {
    const difference = add(ops.sub, [prediction, target], {});
    const axes = difference.shape.map((_, axis) => axis).slice(1);
    const errors = add(ops.meanOver, [add(ops.mul, [difference, difference], {})], { axes, keepDims: false });
    const held = add(ops.clamp, [errors], { minimum: smallest, maximum: 1e10 });
    const logarithms = add(ops.mean, [add(ops.log, [held], {})], {});
    return add(ops.linear, [logarithms], { scale: -10 / Math.LN10, shift: 0 });
  },
});

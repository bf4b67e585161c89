// Structural similarity, as a loss: one minus it.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { type Add, ops, type Value } from "../../tensor/index.js";
import { defineLoss } from "./define.js";

const windowSize = 11;
const sigma = 1.5;
/** K₁ and K₂ times the range of the pixels, which is 1, squared. */
const c1 = 0.01 ** 2;
const c2 = 0.03 ** 2;

/**
 * Mean structural similarity of images in [0, 1] (Wang et al. 2004, "Image quality assessment: from error visibility to
 * structural similarity"), a scalar, at most 1: means, variances and covariance under a Gaussian window of 11×11 pixels with
 * standard deviation 1.5, K₁ = 0.01, K₂ = 0.03, averaged over every window that lies wholly inside, channel and image.
 * That is scikit-image's `structural_similarity` with gaussian_weights, use_sample_covariance=False and data_range=1.
 * @param prediction,target [batch, channel, height, width]
 * @throws UserError for what is no image of at least 11×11 pixels
 */
export function structuralSimilarity(prediction: Value, target: Value, add: Add): Value {
  const [batch, channels, height, width] = prediction.shape;
  if (height === undefined || width === undefined || height < windowSize || width < windowSize) {
    throw new UserError(
      `ssim needs images of at least ${windowSize}×${windowSize} pixels, got ${timesText(prediction.shape.slice(1))}`,
      { hint: "For smaller images take mse, mae or psnr." },
    );
  }
  const window = gaussianWindow(add);
  // Every channel is an image of its own: one plain convolution serves any number of them.
  const planes = [prediction, target].map((value) =>
    add(ops.reshape, [value], { shape: [batch * channels, 1, height, width] }),
  );
  const blur = (value: Value): Value => {
    const attributes = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 } as const;
    return add(ops.conv2d, [add(ops.conv2d, [value, window.vertical], attributes), window.horizontal], attributes);
  };
  const times = (a: Value, b: Value): Value => add(ops.mul, [a, b], {});
  const [x, y] = planes;
  const meanX = blur(x);
  const meanY = blur(y);
  const product = times(meanX, meanY);
  const squares = add(ops.add, [times(meanX, meanX), times(meanY, meanY)], {});
  const covariance = add(ops.sub, [blur(times(x, y)), product], {});
  const variances = add(ops.sub, [blur(add(ops.add, [times(x, x), times(y, y)], {})), squares], {});
  const plus = (value: Value, scale: number, shift: number): Value => add(ops.linear, [value], { scale, shift });
  const similarity = add(
    ops.div,
    [times(plus(product, 2, c1), plus(covariance, 2, c2)), times(plus(squares, 1, c1), plus(variances, 1, c2))],
    {},
  );
  return add(ops.mean, [similarity], {});
}

/** The Gaussian's weights, which add up to 1, as a column and as a row: the window is their product. */
function gaussianWindow(add: Add): { readonly vertical: Value; readonly horizontal: Value } {
  const radius = (windowSize - 1) / 2;
  const weights = Array.from({ length: windowSize }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const line = add(
    ops.concat,
    weights.map((weight) => add(ops.fill, [], { shape: [1], value: weight / total })),
    { axis: 0 },
  );
  return {
    vertical: add(ops.reshape, [line], { shape: [1, 1, windowSize, 1] }),
    horizontal: add(ops.reshape, [line], { shape: [1, 1, 1, windowSize] }),
  };
}

/** 1 − structural similarity: 0 for equal images. */
export const ssim = defineLoss({
  name: "ssim",
  summary: "One minus the structural similarity of images (Wang et al. 2004), from 11×11 pixels on.",
  figure: "oneMinusSsim",
  options: z.strictObject({}),
  formula: () => "1 − ssim(prediction, target)",
  unit: () => "mean over pixels",
  build: (_, prediction, target, add) =>
    add(ops.linear, [structuralSimilarity(prediction, target, add)], { scale: -1, shift: 1 }),
});

// The sparse autoencoder: few units of the code may be active for a picture, whatever the code's size.
import { z } from "zod";
import { numberFromZero } from "../../schema/options.js";
import { ops, sizeOf, type Value } from "../../tensor/index.js";
import { type BuildContext, defineFamily } from "./define.js";

/** A unit counts as active above this share of the largest of its picture: a code's scale is free, its proportions are not. */
const activeFrom = 0.01;
/** Makes of every difference between two float32 numbers of usual size one above 1 or below −1. */
const steep = 1e30;

/**
 * An autoencoder whose code is held small in the L1 norm, which makes units exactly or nearly 0 for most pictures. The
 * objective is loss(reconstruction, target) + sparsity·l1 with l1 = Σ |code| summed over the code's units and averaged over
 * the images, in the code's own unit: what a Laplace prior on the code costs (Olshausen and Field 1996, "Emergence of
 * simple-cell receptive field properties by learning a sparse code for natural images"; Goodfellow, Bengio and Courville
 * 2016, "Deep learning", 14.2.1). Its parts are `reconstruction` and `sparsity`, the weighted norm; `l1` itself and `active`,
 * the share of units above a hundredth of their picture's largest, are told beside them. A code that may be exactly 0 ends
 * in relu. Decoder weights can grow while the code shrinks: weight decay keeps them from it.
 */
export const sparseAutoencoder = defineFamily({
  name: "sparseAutoencoder",
  summary: "An autoencoder whose code is held small in the L1 norm, so that few of its units are active for a picture.",
  options: z.strictObject({
    sparsity: numberFromZero()
      .default(1e-4)
      .describe(
        "weight of the code's L1 norm beside the loss; 1e-4 is Chollet's (2016) for 32 units of MNIST's digits",
      ),
  }),
  decodes: true,
  build: ({ sparsity }, { encoder, decoder }) => ({
    formula: (loss) => `${loss}(reconstruction, target) + ${sparsity}·Σ |code|`,
    figures: ({ label, unit }) => ({
      reconstruction: { unit, summary: `${label} of reconstruction and target`, better: "lower" },
      sparsity: {
        unit: "mean over images",
        summary: `the code's L1 norm times its weight, ${sparsity}`,
        better: "lower",
      },
      l1: { unit: "sum over units, mean over images", summary: "the code's L1 norm", better: "neither" },
      active: {
        unit: "share of units, 0 to 1",
        summary: "share of the code's units above a hundredth of their picture's largest",
        better: "neither",
      },
    }),
    objective(context, images, target, elementLoss) {
      const { add, within } = context.graph;
      const code = encoder(context, images);
      const reconstruction = decoder(context, code);
      const loss = elementLoss(reconstruction, target);
      return within("sparsity", () => {
        const sizes = add(ops.abs, [code], {});
        const total = add(ops.sumTo, [sizes], { shape: [] });
        const l1 = add(ops.linear, [total], { scale: 1 / (code.shape[0] as number), shift: 0 });
        const weighted = add(ops.linear, [l1], { scale: sparsity, shift: 0 });
        return {
          objective: add(ops.add, [loss, weighted], {}),
          parts: { reconstruction: loss, sparsity: weighted },
          figures: { l1, active: shareOfActive(sizes, context) },
          reconstruction,
        };
      });
    },
  }),
});

/** The share of units above `activeFrom` of their picture's largest, a scalar. @param sizes of code units [batch, …], none below 0 */
function shareOfActive(sizes: Value, { graph: { add } }: BuildContext): Value {
  const batch = sizes.shape[0] as number;
  const units = sizeOf(sizes.shape.slice(1));
  const lines = add(ops.reshape, [sizes], { shape: [batch, 1, 1, units] });
  const window = { kernel: [1, units], stride: [1, units], padding: [0, 0, 0, 0] } as const;
  const largest = add(ops.maxPool2d, [lines], window);
  const needed = add(ops.linear, [largest], { scale: activeFrom, shift: 0 });
  const above = add(ops.linear, [add(ops.sub, [lines, needed], {})], { scale: steep, shift: 0 });
  return add(ops.mean, [add(ops.clamp, [above], { minimum: 0, maximum: 1 })], {});
}

// The variational autoencoder: the encoder gives a normal distribution of codes, training decodes a sample of it.
import { z } from "zod";
import { numberFromZero, positiveWholeNumber } from "../../schema/options.js";
import { ops, type Value } from "../../tensor/index.js";
import { type BuildContext, defineFamily, type FigureText, type Findings, type Objective } from "./define.js";
import { head } from "./head.js";

const betaMessage = "expected a number of at least 0, or its rise { from, to, steps }";

/** The weight of the KL divergence, straight from one number to another over the first steps of a training. */
interface BetaRise {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/** The number of training steps done, for a β that rises: a buffer, so that it is saved and resumed with the weights. */
const betaStep = "beta.step";
const noiseName = "latent";

/**
 * A variational autoencoder (Kingma and Welling 2014, "Auto-encoding variational Bayes"; Rezende et al. 2014). The encoder
 * ends in a flat vector of features; two dense heads, `mean` and `logVariance`, give a normal distribution of the code for
 * each image. Training and evaluation decode one sample, mean + e^(logVariance/2)·noise, with the noise an input named
 * `latent`; `encode` gives the mean.
 *
 * The objective, in nats an image where the loss is `bce`, is elements·loss + β·kl: the loss is the mean over an image's
 * elements, and kl = ½ Σ (mean² + variance − 1 − ln variance) is summed over the code's units and averaged over the images.
 * Its parts are `reconstruction` and `kl`. With another β (Higgins et al. 2017, "β-VAE") or free bits (Kingma et al. 2016,
 * "Improved variational inference with inverse autoregressive flow": Σ max(freeBits, kl of a unit averaged over the batch))
 * they are `reconstruction` and `penalty`, and `kl` is told beside them.
 */
export const variationalAutoencoder = defineFamily({
  name: "variationalAutoencoder",
  summary: "An autoencoder whose codes are drawn from a normal distribution, so that new pictures can be sampled.",
  options: z.strictObject({
    code: positiveWholeNumber().describe("numbers in the code").meta({ example: 20 }),
    beta: z
      .union(
        [
          numberFromZero(),
          z.strictObject({
            from: numberFromZero().default(0).describe("weight at the first step"),
            to: numberFromZero().default(1).describe("weight from step `steps` on, and in evaluation"),
            steps: positiveWholeNumber().describe("training steps from one to the other, counted through all phases"),
          }),
        ],
        { error: betaMessage },
      )
      .default(1)
      .describe("weight of the KL divergence; a rise begins with what is easy, the reconstruction"),
    freeBits: numberFromZero()
      .default(0)
      .describe("nats of KL divergence that each code unit may have at no cost, against codes that say nothing"),
  }),
  decodes: true,
  needsVector: { what: "the code's heads need a flat vector", hint: "Put flatten at the end of the encoder." },
  build({ code: codeSize, beta, freeBits }, { elements, encoder, decoder }) {
    const heads = (context: BuildContext, features: Value, findings?: Findings) => ({
      mean: head("mean", codeSize, context, features, findings),
      logVariance: head("logVariance", codeSize, context, features, findings),
    });
    const posterior = (context: BuildContext, images: Value) => heads(context, encoder(context, images));
    const isPlain = beta === 1 && freeBits === 0;
    return {
      code: (context, features, findings) => heads(context, features, findings).mean,
      buffers:
        typeof beta === "number"
          ? []
          : [{ name: betaStep, shape: [], initial: 0, written: "int64", changesByStep: true }],
      formula: (loss) => `${elements}·${loss}(reconstruction, target) + ${penaltyText(beta, freeBits)}`,
      posterior,
      figures({ label, unit }) {
        // Sums over a picture's elements; nats where the loss has nats for each of them.
        const whole = unit === "nats a pixel" ? "nats an image" : "mean over images";
        const figure = (summary: string, of: string): FigureText => ({ unit: of, summary, better: "lower" });
        return {
          objective: figure("what training makes small", whole),
          reconstruction: figure(
            `${label} of one sample's reconstruction and its target, summed over a picture`,
            whole,
          ),
          ...(isPlain ? {} : { penalty: figure("what the objective counts of the KL divergence", whole) }),
          kl: {
            ...figure("KL divergence of the codes' distribution from the prior", "nats an image"),
            better: "neither",
          },
        };
      },
      objective(context, images, target, elementLoss): Objective {
        const { add, within } = context.graph;
        const { mean, logVariance } = posterior(context, images);
        const sample = within("code", () => reparameterised(mean, logVariance, context));
        const reconstruction = decoder(context, sample);
        const scaled = add(ops.linear, [elementLoss(reconstruction, target)], { scale: elements, shift: 0 });
        return within("kl", () => {
          const units = klOfUnits(mean, logVariance, context);
          const kl = add(ops.sumTo, [units], { shape: [] });
          if (isPlain) {
            const objective = add(ops.add, [scaled, kl], {});
            return { objective, parts: { reconstruction: scaled, kl }, reconstruction };
          }
          const floor = add(ops.fill, [], { shape: units.shape, value: freeBits });
          const paid = freeBits === 0 ? kl : add(ops.sumTo, [add(ops.maximum, [units, floor], {})], { shape: [] });
          const penalty = weighted(paid, beta, context);
          const objective = add(ops.add, [scaled, penalty], {});
          return { objective, parts: { reconstruction: scaled, penalty }, figures: { kl }, reconstruction };
        });
      },
    };
  },
});

/** mean + e^(logVariance/2)·noise, noise standard normal: the sample as a function that can be differentiated. */
function reparameterised(mean: Value, logVariance: Value, { graph, randomInputs }: BuildContext): Value {
  const { add } = graph;
  randomInputs.push({ distribution: "normal", name: noiseName, shape: mean.shape });
  const noise = graph.input(noiseName, mean.shape);
  const deviation = add(ops.exp, [add(ops.linear, [logVariance], { scale: 0.5, shift: 0 })], {});
  return add(ops.add, [mean, add(ops.mul, [deviation, noise], {})], {});
}

/** ½(mean² + variance − 1 − ln variance) of each code unit, averaged over the batch: [1, unit]. */
function klOfUnits(mean: Value, logVariance: Value, { graph: { add } }: BuildContext): Value {
  const [batch, units] = mean.shape;
  const squares = add(ops.add, [add(ops.mul, [mean, mean], {}), add(ops.exp, [logVariance], {})], {});
  const divergence = add(ops.linear, [add(ops.sub, [squares, logVariance], {})], { scale: 0.5, shift: -0.5 });
  return add(ops.linear, [add(ops.sumTo, [divergence], { shape: [1, units] })], { scale: 1 / batch, shift: 0 });
}

/** β·paid. A β that rises is computed from the steps done in training and has its last value in inference. */
function weighted(paid: Value, beta: number | BetaRise, { graph, mode, updates }: BuildContext): Value {
  const { add } = graph;
  if (typeof beta === "number") return add(ops.linear, [paid], { scale: beta, shift: 0 });
  const { from, to, steps } = beta;
  if (mode === "inference") return add(ops.linear, [paid], { scale: to, shift: 0 });
  const done = graph.state(betaStep, []);
  updates[betaStep] = add(ops.linear, [done], { scale: 1, shift: 1 });
  const straight = add(ops.linear, [done], { scale: (to - from) / steps, shift: from });
  const now = add(ops.clamp, [straight], { minimum: Math.min(from, to), maximum: Math.max(from, to) });
  return add(ops.mul, [paid, now], {});
}

function penaltyText(beta: number | BetaRise, freeBits: number): string {
  const kl = freeBits === 0 ? "kl" : `Σ max(kl of a unit, ${freeBits})`;
  if (typeof beta !== "number") return `β·${kl}, β from ${beta.from} to ${beta.to} over ${beta.steps} steps`;
  return beta === 1 ? kl : `${beta}·${kl}`;
}

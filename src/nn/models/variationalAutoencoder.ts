// The variational autoencoder: the encoder gives a normal distribution of codes, training decodes a sample of it.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { numberFromZero, positiveWholeNumber } from "../../schema/options.js";
import { readOptions } from "../../schema/read.js";
import { ops, type Value } from "../../tensor/index.js";
import type { AutoencoderSpec } from "./autoencoder.js";
import type { BetaRise, BuildContext, Model, Objective } from "./define.js";
import { head } from "./head.js";
import { buildLayerList, type Findings, readLayerList } from "./layerList.js";
import { batchToLookAt, expectInputShape, lookContext, readInputShape } from "./pictures.js";

const betaMessage = "expected a number of at least 0, or its rise { from, to, steps }";

export const variationalOptions = z.strictObject({
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
});

/** The fields of the kind's own. */
export const variationalFields = Object.keys(variationalOptions.shape);

export interface VariationalAutoencoderSpec extends AutoencoderSpec, z.input<typeof variationalOptions> {}

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
 * @param at the spec's path in what the user wrote, for errors
 * @throws UserError for fields, layers and shapes that do not fit
 */
export function variationalAutoencoder(spec: VariationalAutoencoderSpec, at = "model"): Model {
  const { input, encoder: encoderSpec, decoder: decoderSpec, ...given } = spec;
  const options = readOptions(variationalOptions, given, at, "a variational autoencoder");
  const { code: codeSize, beta, freeBits } = options;
  const inputShape = readInputShape(input, `${at}.input`);
  const elements = inputShape.reduce((product, length) => product * length, 1);
  const encoder = readLayerList(encoderSpec, "encoder", `${at}.encoder`);
  const decoder = readLayerList(decoderSpec, "decoder", `${at}.decoder`);

  const findings: Findings = { parameters: [], buffers: [], rows: [] };
  const look = lookContext();
  const features = buildLayerList(encoder, look, look.graph.input("input", [batchToLookAt, ...inputShape]), findings);
  if (features.shape.length !== 2) {
    throw new UserError(`encoder gives ${timesText(features.shape.slice(1))}, the code's heads need a flat vector`, {
      at: `${at}.encoder`,
      hint: "Put flatten at the end of the encoder.",
    });
  }
  const mean = head("mean", codeSize, look, features, findings);
  head("logVariance", codeSize, look, features, findings);
  const codeShape = [codeSize];
  expectInputShape(buildLayerList(decoder, look, mean, findings), inputShape, codeShape, findings, at);
  if (typeof beta !== "number") {
    findings.buffers.push({ name: betaStep, shape: [], initial: 0, written: "int64", changesByStep: true });
  }

  const posterior = (context: BuildContext, images: Value) => {
    const found = buildLayerList(encoder, context, images);
    return {
      mean: head("mean", codeSize, context, found),
      logVariance: head("logVariance", codeSize, context, found),
    };
  };
  const decode: Model["decode"] = (context, code) => buildLayerList(decoder, context, code);
  const isPlain = beta === 1 && freeBits === 0;
  return {
    spec: { kind: "variationalAutoencoder", input: inputShape, encoder: encoderSpec, decoder: decoderSpec, ...options },
    inputShape,
    codeShape,
    compares: "pictures",
    ...findings,
    formula: (loss) => `${elements}·${loss}(reconstruction, target) + ${penaltyText(beta, freeBits)}`,
    encode: (context, given) => head("mean", codeSize, context, buildLayerList(encoder, context, given)),
    posterior,
    decode,
    objective(context, images, target, elementLoss): Objective {
      const { add, within } = context.graph;
      const { mean, logVariance } = posterior(context, images);
      const sample = within("code", () => reparameterised(mean, logVariance, context));
      const reconstruction = decode(context, sample);
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
}

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

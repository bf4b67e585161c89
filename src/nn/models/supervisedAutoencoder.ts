// The supervised autoencoder: the code must also tell the class.
import { z } from "zod";
import { InternalError } from "../../base/errors.js";
import { numberFromZero, positiveWholeNumber } from "../../schema/options.js";
import { readOptions } from "../../schema/read.js";
import { ops, type Value } from "../../tensor/index.js";
import { crossEntropy } from "../losses/crossEntropy.js";
import { accuracy } from "../metrics/accuracy.js";
import type { AutoencoderSpec } from "./autoencoder.js";
import type { BuildContext, Model, Objective } from "./define.js";
import { head } from "./head.js";
import { buildLayerList, type Findings, readLayerList } from "./layerList.js";
import { batchToLookAt, expectInputShape, lookContext, readInputShape } from "./pictures.js";

export const supervisedOptions = z.strictObject({
  classes: positiveWholeNumber().describe("classes that the labels count").meta({ example: 10 }),
  supervision: numberFromZero()
    .default(0.1)
    .describe("weight of the labels' cross-entropy (nats) beside the reconstruction's loss"),
});

/** The fields of the kind's own. */
export const supervisedFields = Object.keys(supervisedOptions.shape);

export interface SupervisedAutoencoderSpec extends AutoencoderSpec, z.input<typeof supervisedOptions> {}

/**
 * An autoencoder whose code is also held against the labels in training (Le, Patterson and White 2018, "Supervised
 * autoencoders"): a dense head, `classes`, makes logits of the code, and the objective is
 * loss(reconstruction, target) + supervision·crossEntropy(logits, label). Its parts are `reconstruction` and
 * `supervision`; `crossEntropy` (nats) and `accuracy` of the head are told beside them. What the head learned is not asked
 * for when the model encodes or decodes.
 * @param at the spec's path in what the user wrote, for errors
 * @throws UserError for fields, layers and shapes that do not fit
 */
export function supervisedAutoencoder(spec: SupervisedAutoencoderSpec, at = "model"): Model {
  const { input, encoder: encoderSpec, decoder: decoderSpec, ...given } = spec;
  const options = readOptions(supervisedOptions, given, at, "a supervised autoencoder");
  const { classes, supervision } = options;
  const inputShape = readInputShape(input, `${at}.input`);
  const encoder = readLayerList(encoderSpec, "encoder", `${at}.encoder`);
  const decoder = readLayerList(decoderSpec, "decoder", `${at}.decoder`);

  const findings: Findings = { parameters: [], buffers: [], rows: [] };
  const look = lookContext();
  const code = buildLayerList(encoder, look, look.graph.input("input", [batchToLookAt, ...inputShape]), findings);
  classLogits(code, classes, look, findings);
  const codeShape = code.shape.slice(1);
  expectInputShape(buildLayerList(decoder, look, code, findings), inputShape, codeShape, findings, at);

  const encode: Model["encode"] = (context, images) => buildLayerList(encoder, context, images);
  const decode: Model["decode"] = (context, code) => buildLayerList(decoder, context, code);
  return {
    spec: { kind: "supervisedAutoencoder", input: inputShape, encoder: encoderSpec, decoder: decoderSpec, ...options },
    inputShape,
    codeShape,
    compares: "pictures",
    classes,
    ...findings,
    formula: (loss) => `${loss}(reconstruction, target) + ${supervision}·crossEntropy(logits, label)`,
    encode,
    decode,
    objective(context, images, target, elementLoss, label): Objective {
      const { add, within } = context.graph;
      if (label === undefined) throw new InternalError("a supervised autoencoder's objective was built without labels");
      const code = encode(context, images);
      const reconstruction = decode(context, code);
      const loss = elementLoss(reconstruction, target);
      const logits = classLogits(code, classes, context);
      return within("supervision", () => {
        const entropy = crossEntropy.build({}, logits, label, add);
        const weighted = add(ops.linear, [entropy], { scale: supervision, shift: 0 });
        return {
          objective: add(ops.add, [loss, weighted], {}),
          parts: { reconstruction: loss, supervision: weighted },
          figures: { crossEntropy: entropy, accuracy: accuracy.build(logits, label, add) },
          reconstruction,
        };
      });
    },
  };
}

/** The head's logits [batch, class] of codes of any shape. */
function classLogits(code: Value, classes: number, context: BuildContext, findings?: Findings): Value {
  const [batch, ...lengths] = code.shape;
  const units = lengths.reduce((product, length) => product * length, 1);
  const flat =
    lengths.length === 1 ? code : context.graph.add(ops.reshape, [code], { shape: [batch as number, units] });
  return head("classes", classes, context, flat, findings);
}

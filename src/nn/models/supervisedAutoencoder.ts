// The supervised autoencoder: the code must also tell the class.
import { z } from "zod";
import { InternalError } from "../../base/errors.js";
import { numberFromZero, positiveWholeNumber } from "../../schema/options.js";
import { ops, type Value } from "../../tensor/index.js";
import { crossEntropy } from "../losses/crossEntropy.js";
import { accuracy } from "../metrics/accuracy.js";
import { type BuildContext, defineFamily, type Findings } from "./define.js";
import { head } from "./head.js";

/**
 * An autoencoder whose code is also held against the labels in training (Le, Patterson and White 2018, "Supervised
 * autoencoders"): a dense head, `classes`, makes logits of the code, and the objective is
 * loss(reconstruction, target) + supervision·crossEntropy(logits, label). Its parts are `reconstruction` and
 * `supervision`; `crossEntropy` (nats) and `accuracy` of the head are told beside them. What the head learned is not asked
 * for when the model encodes or decodes.
 */
export const supervisedAutoencoder = defineFamily({
  name: "supervisedAutoencoder",
  summary: "An autoencoder whose code must also tell the class, by a dense head in training.",
  options: z.strictObject({
    classes: positiveWholeNumber().describe("classes that the labels count").meta({ example: 10 }),
    supervision: numberFromZero()
      .default(0.1)
      .describe("weight of the labels' cross-entropy (nats) beside the reconstruction's loss"),
  }),
  decodes: true,
  build({ classes, supervision }, { encoder, decoder }) {
    const logitsOf = (context: BuildContext, code: Value, findings?: Findings) =>
      head("classes", classes, context, code, findings);
    return {
      classes,
      code(context, encoded, findings) {
        if (findings !== undefined) logitsOf(context, encoded, findings);
        return encoded;
      },
      formula: (loss) => `${loss}(reconstruction, target) + ${supervision}·crossEntropy(logits, label)`,
      figures: ({ label, unit }) => ({
        reconstruction: { unit, summary: `${label} of reconstruction and target`, better: "lower" },
        supervision: {
          unit: "weighted nats an image",
          summary: `the labels' cross-entropy times its weight, ${supervision}`,
          better: "lower",
        },
        crossEntropy: {
          unit: crossEntropy.unit({}),
          summary: "cross-entropy of the labels by the head",
          better: "lower",
        },
        accuracy: {
          unit: accuracy.unit,
          summary: "share of the images whose class the head names right",
          better: "higher",
        },
      }),
      objective(context, images, target, elementLoss, label) {
        const { add, within } = context.graph;
        if (label === undefined)
          throw new InternalError("a supervised autoencoder's objective was built without labels");
        const code = encoder(context, images);
        const reconstruction = decoder(context, code);
        const loss = elementLoss(reconstruction, target);
        const logits = logitsOf(context, code);
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
  },
});

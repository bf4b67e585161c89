// The classifier: an encoder that ends in one logit for each class.
import { z } from "zod";
import { defineFamily } from "./define.js";

/**
 * A model whose objective is loss(encoder(input), label), for losses of labels (`crossEntropy`). Its code is the logits.
 * Programs take labels [batch], whole numbers from 0, as the input `label`. It has no decoder; a list without layers is
 * allowed, as written specs have it.
 */
export const classifier = defineFamily({
  name: "classifier",
  summary: "An encoder that ends in one number for each class, trained to name the class.",
  options: z.strictObject({}),
  decodes: false,
  needsVector: {
    what: "a classifier needs a flat vector of one number a class",
    hint: "Put flatten and a dense layer with as many units as there are classes at the end of the encoder.",
  },
  build: (_, { encoder }) => ({
    formula: (loss) => `${loss}(logits, label)`,
    objective(context, images, label, elementLoss) {
      const logits = encoder(context, images);
      return { objective: elementLoss(logits, label), parts: {}, reconstruction: logits };
    },
  }),
});

// The plain autoencoder: a code between an encoder and a decoder, trained to give its target back.
import { z } from "zod";
import { defineFamily } from "./define.js";

/** A model whose objective is loss(decoder(encoder(input)), target). */
export const autoencoder = defineFamily({
  name: "autoencoder",
  summary: "A code between an encoder and a decoder, trained to give its target back.",
  options: z.strictObject({}),
  decodes: true,
  build: (_, { encoder, decoder }) => ({
    formula: (loss) => `${loss}(reconstruction, target)`,
    objective(context, images, target, elementLoss) {
      const reconstruction = decoder(context, encoder(context, images));
      return { objective: elementLoss(reconstruction, target), parts: {}, reconstruction };
    },
  }),
});

// The plain autoencoder: a code between an encoder and a decoder, trained to give its target back.
import type { Shape } from "../../tensor/index.js";
import type { LayerSpec, Model } from "./define.js";
import { buildLayerList, type Findings, readLayerList } from "./layerList.js";
import { batchToLookAt, expectInputShape, lookContext, readInputShape } from "./pictures.js";

export interface AutoencoderSpec {
  /** [channel, height, width] */
  readonly input: Shape;
  /** Layers from the input to the code. */
  readonly encoder: readonly LayerSpec[];
  /** Layers from the code to the reconstruction, of the input's shape. */
  readonly decoder: readonly LayerSpec[];
}

/**
 * A model whose objective is loss(decoder(encoder(input)), target).
 * @param at the spec's path in what the user wrote, for errors
 * @throws UserError for a layer that does not exist, options or shapes that do not fit, and a decoder whose output is not of
 *   the input's shape
 */
export function autoencoder(spec: AutoencoderSpec, at = "model"): Model {
  const inputShape = readInputShape(spec.input, `${at}.input`);
  const encoder = readLayerList(spec.encoder, "encoder", `${at}.encoder`);
  const decoder = readLayerList(spec.decoder, "decoder", `${at}.decoder`);

  const findings: Findings = { parameters: [], buffers: [], rows: [] };
  const look = lookContext();
  const code = buildLayerList(encoder, look, look.graph.input("input", [batchToLookAt, ...inputShape]), findings);
  const decoded = buildLayerList(decoder, look, code, findings);
  const codeShape = code.shape.slice(1);
  expectInputShape(decoded, inputShape, codeShape, findings, at);

  const encode: Model["encode"] = (context, input) => buildLayerList(encoder, context, input);
  const decode: Model["decode"] = (context, input) => buildLayerList(decoder, context, input);
  return {
    spec: { kind: "autoencoder", input: inputShape, encoder: spec.encoder, decoder: spec.decoder },
    inputShape,
    codeShape,
    compares: "pictures",
    ...findings,
    formula: (loss) => `${loss}(reconstruction, target)`,
    encode,
    decode,
    objective(context, input, target, elementLoss) {
      const reconstruction = decode(context, encode(context, input));
      return { objective: elementLoss(reconstruction, target), parts: {}, reconstruction };
    },
  };
}

// The plain autoencoder: a code between an encoder and a decoder, trained to give its target back.
import { UserError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { graphBuilder, type Shape, sameShape } from "../../tensor/index.js";
import { shown } from "../spec.js";
import type { BuildContext, LayerSpec, Model } from "./define.js";
import { buildLayerList, type Findings, readLayerList } from "./layerList.js";

/** Enough for batch norm to have a variance whatever the images' size. */
const batchToLookAt = 2;

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
  const look: BuildContext = { graph: graphBuilder(), mode: "training", updates: {}, randomInputs: [] };
  const code = buildLayerList(encoder, look, look.graph.input("input", [batchToLookAt, ...inputShape]), findings);
  const decoded = buildLayerList(decoder, look, code, findings);
  const codeShape = code.shape.slice(1);
  const outputShape = decoded.shape.slice(1);
  if (!sameShape(outputShape, inputShape)) {
    const shapes = findings.rows.filter(({ part }) => part === "decoder").map((row) => timesText(row.outputShape));
    throw new UserError(`decoder gives ${timesText(outputShape)}, the input is ${timesText(inputShape)}`, {
      at: `${at}.decoder`,
      hint: `The decoder goes from the code ${timesText(codeShape)} through ${shapes.join(", ")}: look where it leaves the way, at kernel, padding, scale and channels.`,
    });
  }

  const encode: Model["encode"] = (context, input) => buildLayerList(encoder, context, input);
  const decode: Model["decode"] = (context, input) => buildLayerList(decoder, context, input);
  return {
    spec: { kind: "autoencoder", input: inputShape, encoder: spec.encoder, decoder: spec.decoder },
    inputShape,
    codeShape,
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

function readInputShape(input: unknown, at: string): Shape {
  const sizes: readonly unknown[] = Array.isArray(input) ? input : [];
  const shape = sizes.filter((size): size is number => typeof size === "number" && Number.isInteger(size) && size > 0);
  if (sizes.length !== 3 || shape.length !== 3) {
    throw new UserError(`expected a shape [channel, height, width], got ${shown(input)}`, { at });
  }
  return shape;
}

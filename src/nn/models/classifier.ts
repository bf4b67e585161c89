// The classifier: an encoder that ends in one logit for each class.
import { UserError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import type { Shape } from "../../tensor/index.js";
import type { LayerSpec, Model } from "./define.js";
import { buildLayerList, type Findings, readLayerList } from "./layerList.js";
import { batchToLookAt, lookContext, readInputShape } from "./pictures.js";

export interface ClassifierSpec {
  /** [channel, height, width] */
  readonly input: Shape;
  /** Layers from the input to the logits, one for each class. */
  readonly encoder: readonly LayerSpec[];
  /** None; a list without layers is allowed, as written specs have it. */
  readonly decoder?: readonly LayerSpec[];
}

/**
 * A model whose objective is loss(encoder(input), label), for losses of labels (`crossEntropy`). Its code is the logits.
 * Programs take labels [batch], whole numbers from 0, as the input `label`.
 * @param at the spec's path in what the user wrote, for errors
 * @throws UserError for layers and shapes that do not fit, and for a decoder
 */
export function classifier(spec: ClassifierSpec, at = "model"): Model {
  const inputShape = readInputShape(spec.input, `${at}.input`);
  const encoder = readLayerList(spec.encoder, "encoder", `${at}.encoder`);
  const { decoder = [] } = spec;
  if (!Array.isArray(decoder) || decoder.length > 0) {
    throw new UserError("a classifier has no decoder", { at: `${at}.decoder` });
  }
  const findings: Findings = { parameters: [], buffers: [], rows: [] };
  const look = lookContext();
  const logits = buildLayerList(encoder, look, look.graph.input("input", [batchToLookAt, ...inputShape]), findings);
  const codeShape = logits.shape.slice(1);
  if (codeShape.length !== 1) {
    throw new UserError(
      `encoder gives ${timesText(codeShape)}, a classifier needs a flat vector of one number a class`,
      {
        at: `${at}.encoder`,
        hint: "Put flatten and a dense layer with as many units as there are classes at the end of the encoder.",
      },
    );
  }
  const encode: Model["encode"] = (context, input) => buildLayerList(encoder, context, input);
  return {
    spec: { kind: "classifier", input: inputShape, encoder: spec.encoder, decoder: [] },
    inputShape,
    codeShape,
    compares: "labels",
    classes: codeShape[0] as number,
    ...findings,
    formula: (loss) => `${loss}(logits, label)`,
    encode,
    decode() {
      throw new UserError("a classifier has no decoder", { at });
    },
    objective(context, input, label, elementLoss) {
      const found = encode(context, input);
      return { objective: elementLoss(found, label), parts: {}, reconstruction: found };
    },
  };
}

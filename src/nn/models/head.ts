// A dense layer of a model's own beside its lists of layers: a variational model's mean, a supervised model's logits.
import type { Value } from "../../tensor/index.js";
import type { Scope } from "../layers/define.js";
import { dense } from "../layers/dense.js";
import type { BuildContext, ParameterSpec } from "./define.js";
import { type Findings, layerScope, type Part } from "./layerList.js";

/**
 * A dense layer with parameters `PART.weight` and `PART.bias`.
 * @param features [batch, features]
 * @param findings where its parameters and its row are noted
 * @returns [batch, units]
 */
export function head(part: Part, units: number, context: BuildContext, features: Value, findings?: Findings): Value {
  const parameters: ParameterSpec[] = [];
  const scope: Scope = layerScope({ place: part, prefix: `${part}.` }, context, parameters);
  const value = context.graph.within(`${part} dense`, () => dense.build({ units, bias: true }, features, scope));
  if (findings !== undefined) {
    const count = units * ((features.shape[1] as number) + 1);
    findings.parameters.push(...parameters);
    findings.rows.push({
      number: findings.rows.length + 1,
      title: dense.title,
      part,
      outputShape: [units],
      parameters: count,
      trainable: count,
    });
  }
  return value;
}

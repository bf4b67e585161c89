// A dense layer of a model's own beside its lists of layers: a variational model's mean, a supervised model's logits.
import { ops, sizeOf, type Value } from "../../tensor/index.js";
import type { Scope } from "../layers/define.js";
import { dense } from "../layers/dense.js";
import type { BuildContext, Findings, ParameterSpec } from "./define.js";
import { layerScope } from "./layerList.js";

/**
 * A dense layer with parameters `PART.weight` and `PART.bias`.
 * @param encoded [batch, …], flattened where it is no vector
 * @param findings where its parameters and its row are noted
 * @returns [batch, units]
 */
export function head(part: string, units: number, context: BuildContext, encoded: Value, findings?: Findings): Value {
  const [batch, ...lengths] = encoded.shape;
  const size = sizeOf(lengths);
  const flat = lengths.length === 1;
  const features = flat ? encoded : context.graph.add(ops.reshape, [encoded], { shape: [batch as number, size] });
  const parameters: ParameterSpec[] = [];
  const scope: Scope = layerScope({ place: part, prefix: `${part}.` }, context, parameters);
  const value = context.graph.within(`${part} dense`, () => dense.build({ units, bias: true }, features, scope));
  if (findings !== undefined) {
    const count = units * (size + 1);
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

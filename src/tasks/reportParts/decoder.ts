// The decoder as a page computes it: its weights, what it is made of, and codes to begin with.
import { UserError } from "../../base/errors.js";
import { withThousands } from "../../base/text.js";
import { encodeSafetensors } from "../../formats/safetensors.js";
import { readLoss } from "../../nn/index.js";
import type { DecoderInPage } from "../../report/reportData.js";
import { sizeOf } from "../../tensor/index.js";
import { decoderBytes } from "./bounds.js";
import type { Codes } from "./codes.js";
import type { OpenedRun } from "./opened.js";
import { rounded } from "./words.js";

const starts = 8;

/** @throws UserError where there is none, or it is too large to stand inside a file */
export async function decoderOfRun(opened: OpenedRun, codes: Codes): Promise<DecoderInPage> {
  const model = await opened.decoding();
  const entries = model.state.filter(({ name }) => name.startsWith("decoder."));
  const numbers = entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (4 * numbers > decoderBytes) {
    throw new UserError(
      `the decoder's weights take ${withThousands(4 * numbers)} bytes; a report holds at most ${withThousands(decoderBytes)}`,
    );
  }
  const weights = encodeSafetensors({
    tensors: Object.fromEntries(
      entries.map(({ name, shape, values }) => [
        name,
        { dtype: "F32", shape: [...shape], data: Float32Array.from(values as ArrayLike<number>) },
      ]),
    ),
    metadata: {},
  });
  const { mean, deviation, order } = await codes.statistics();
  const { codes: values, codeSize, tile, chosen } = await codes.test();
  return {
    model: model.experiment.model,
    ofLogits: readLoss(model.experiment.loss).ofLogits,
    weights: Buffer.from(weights).toString("base64"),
    bytes: weights.length,
    codeShape: model.codeShape,
    pictureShape: model.inputShape,
    mean: Array.from(mean, (value) => rounded(value)),
    standardDeviation: Array.from(deviation, (value) => rounded(value)),
    order: [...order],
    starts: Array.from({ length: Math.min(starts, chosen.set.count) }, (_, i) => ({
      name: `test ${chosen.places[i]}`,
      code: Array.from(values.subarray(i * codeSize, (i + 1) * codeSize), (value) => rounded(value)),
      tile: tile(i),
    })),
  };
}

// The decoder as a page computes it: its weights, what it is made of, and codes to begin with.
import { UserError } from "../../base/errors.js";
import { withThousands } from "../../base/text.js";
import { packModel } from "../../report/page/decoder/pack.js";
import type { DecoderInPage } from "../../report/reportData.js";
import { decoderBytes, mostSliders } from "./bounds.js";
import { type Codes, unitFactsOf } from "./codes.js";
import type { OpenedRun } from "./opened.js";
import { rounded } from "./words.js";

const starts = 8;

/** @throws UserError where there is none, or it is too large to stand inside a file */
export async function decoderOfRun(opened: OpenedRun, codes: Codes): Promise<DecoderInPage> {
  const model = await opened.decoding();
  const weights = await packModel(model.model, model.state);
  if (weights.length > decoderBytes) {
    throw new UserError(
      `the decoder takes ${withThousands(weights.length)} bytes; a report holds at most ${withThousands(decoderBytes)}`,
    );
  }
  const statistics = await codes.statistics();
  const { codes: values, codeSize, tile, chosen } = await codes.test();
  return {
    weights: Buffer.from(weights).toString("base64"),
    bytes: weights.length,
    codeShape: model.codeShape,
    pictureShape: model.inputShape,
    mean: Array.from(statistics.mean, (value) => rounded(value)),
    units: unitFactsOf(statistics, mostSliders),
    starts: Array.from({ length: Math.min(starts, chosen.set.count) }, (_, i) => ({
      name: `test ${chosen.places[i]}`,
      code: Array.from(values.subarray(i * codeSize, (i + 1) * codeSize), (value) => rounded(value)),
      tile: tile(i),
    })),
  };
}

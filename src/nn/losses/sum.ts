// A weighted sum of losses.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { positiveNumber } from "../../schema/options.js";
import { isMapping } from "../../schema/read.js";
import { ops } from "../../tensor/index.js";
import { defineLoss, type Loss } from "./define.js";

/**
 * weight·loss + weight·loss …: `{ sum: [{ loss: mse }, { loss: ssim, weight: 0.2 }] }`. All of them compare with the same
 * target, so losses of pictures and of labels do not go together.
 * @param readLoss reads a part; any loss, sums included
 */
export function sumOf(readLoss: (spec: unknown, at: string) => Loss) {
  const part = z
    .strictObject({
      loss: z.unknown().describe("name of a loss, or its name with its options").meta({ entry: "loss" }),
      weight: positiveNumber().default(1).describe("what the loss is multiplied with"),
    })
    .transform((given, context): { readonly loss: Loss; readonly weight: number } => {
      try {
        return { loss: readLoss(given.loss, "loss"), weight: given.weight };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const path = (error.at ?? "loss").split(".");
        context.issues.push({ code: "custom", input: given, path, message: error.message });
        return z.NEVER;
      }
    });
  const expected = "expected a list of two or more losses with their weights";
  return defineLoss({
    name: "sum",
    summary: "A weighted sum of losses.",
    options: z.strictObject({
      of: z
        .array(part, { error: expected })
        .min(2, { error: expected })
        .describe("losses with their weights")
        .meta({ example: [{ loss: "mse" }, { loss: "ssim", weight: 0.2 }] }),
    }),
    shorthand: "of",
    formula: ({ of }) =>
      of.map(({ loss, weight }) => (weight === 1 ? loss.formula : `${weight}·(${loss.formula})`)).join(" + "),
    // The sum of different things has no unit of its own.
    unit: ({ of: [{ loss }] }) => (loss.compares === "labels" ? "mean over images" : "mean over pixels"),
    label: ({ of }) =>
      `(${of.map(({ loss, weight }) => (weight === 1 ? loss.label : `${weight}·${loss.label}`)).join(" + ")})`,
    needsUnitRange: ({ of }) => of.some(({ loss }) => loss.needsUnitRange),
    ofLogits: ({ of }) => of.some(({ loss }) => loss.ofLogits),
    build({ of }, prediction, target, add) {
      const weighted = of.map(({ loss, weight }) =>
        add(ops.linear, [loss.build(prediction, target, add)], { scale: weight, shift: 0 }),
      );
      return weighted.reduce((sum, value) => add(ops.add, [sum, value], {}));
    },
  });
}

/** What the losses of a sum compare with. @throws UserError where they differ */
export function comparedBySum(options: unknown, at: string): Loss["compares"] {
  const parts =
    isMapping(options) && Array.isArray(options.of) ? (options.of as readonly { readonly loss: Loss }[]) : [];
  const [first, ...others] = parts.map(({ loss }) => loss);
  const other = others.find(({ compares }) => compares !== first?.compares);
  if (first !== undefined && other !== undefined) {
    throw new UserError(`${first.name} compares ${first.compares} and ${other.name} ${other.compares}`, {
      at,
      hint: "The losses of a sum see the same target.",
    });
  }
  return first?.compares ?? "pictures";
}

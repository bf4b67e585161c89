// What a person may ask for of an experiment that is made to measure; flags of `new` and `train`.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { purposeNames } from "../experiment/madeToMeasure.js";

export const wishOptions = {
  for: z.enum(purposeNames).optional().describe("what the autoencoder is wanted for (default: compress)"),
  code: z.int().min(1).optional().describe("numbers in the code (default: by the pictures)").meta({ placeholder: "N" }),
  size: z
    .string()
    .regex(/^\d+([x×]\d+)?$/, "expected N or HxW in pixels, for example 64 or 48x64")
    .optional()
    .describe("size that pictures are taken at: N, or height and width HxW (default: by the pictures and the minutes)")
    .meta({ placeholder: "N|HxW" }),
  grey: z.boolean().default(false).describe("turn colour pictures grey"),
  minutes: z
    .number()
    .positive("expected more than 0")
    .optional()
    .describe("minutes that it may take in all (default: 3)")
    .meta({ placeholder: "N" }),
};
const wishSchema = z.strictObject(wishOptions);
export type WishOptions = z.output<typeof wishSchema>;

/** @throws UserError for wishes beside an experiment that says all of it itself */
export function refuseWishes(options: Partial<WishOptions>, experiment: string): void {
  const { for: purpose, code, size, grey } = options;
  const given = {
    "--for": purpose,
    "--code": code,
    "--size": size,
    "--grey": grey === true ? grey : undefined,
  };
  const flag = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (flag === undefined) return;
  throw new UserError(
    `goes with pictures that an experiment is made for, such as folder:./photos; ${experiment} is an experiment`,
    {
      at: flag,
      hint: "Change its file, or leave the flag out.",
    },
  );
}

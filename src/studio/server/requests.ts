// Bodies of requests, checked: what a page may say, and nothing beside it.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { taskNames } from "../api.js";

const run = z.string().regex(/^[0-9a-f]{12}$/, "expected a run's id");
const text = z.string().max(2 ** 18);
const short = z.string().max(1000);
const experiment = z.union([
  z.strictObject({ text }),
  z.strictObject({ preset: z.string().regex(/^[a-z0-9-]{1,80}$/, "expected a preset's name") }),
  z.strictObject({ run }),
]);
const place = z
  .int()
  .min(0)
  .max(2 ** 31);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const choice = z.union([
  z.strictObject({ on: z.enum(["train", "test"]), places: z.array(place).min(1).max(256) }),
  z.strictObject({
    uploads: z
      .array(z.string().regex(/^[0-9a-f]{32}$/))
      .min(1)
      .max(64),
  }),
]);
const option = z.union([short, z.number(), z.boolean(), z.array(short).max(100)]);

export const bodies = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["pause", "resume", "stop"]) }),
    z.strictObject({ kind: z.literal("setLearningRate"), learningRate: z.number().positive() }),
  ]),
  notes: z.strictObject({
    note: z.string().max(10_000).exactOptional(),
    tags: z.array(z.string().max(100)).max(50).exactOptional(),
    star: z.boolean().exactOptional(),
    colour: z.int().min(0).max(63).exactOptional(),
  }),
  ask: z.strictObject({
    request: z.string().regex(/^[A-Za-z0-9-]{8,64}$/, "expected 8 to 64 letters, digits and -"),
    work: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("train"),
        experiment,
        changes: z.array(short).max(200).exactOptional(),
        epochs: z.int().min(1).exactOptional(),
        minutes: z.number().min(0.1).exactOptional(),
        seed: seed.exactOptional(),
        data: short.exactOptional(),
        engine: short.exactOptional(),
        threads: z.int().min(1).max(4096).exactOptional(),
        quick: z.boolean().exactOptional(),
      }),
      z.strictObject({ kind: z.literal("resume"), run }),
      z.strictObject({ kind: z.literal("findLearningRate"), experiment }),
      z.strictObject({
        kind: z.literal("task"),
        task: z.enum(taskNames),
        run,
        options: z.record(z.string().regex(/^[a-zA-Z]{1,40}$/), option).exactOptional(),
      }),
      z.strictObject({ kind: z.literal("compare"), runs: z.array(run).min(2).max(20) }),
      z.strictObject({
        kind: z.literal("map"),
        run,
        options: z.strictObject({
          method: z.enum(["pca", "umap", "units"]),
          units: z.tuple([place, place]).exactOptional(),
          on: z.enum(["train", "test"]),
          count: z.int().min(3).max(10_000_000).exactOptional(),
          neighbours: z.int().min(2).max(200).exactOptional(),
          minimumDistance: z.number().min(0).max(1).exactOptional(),
          seed: seed.exactOptional(),
        }),
      }),
    ]),
  }),
  moveJob: z.strictObject({ before: z.string().max(80).nullable() }),
  encode: z.strictObject({ pictures: choice, invert: z.boolean().exactOptional() }),
  images: z.strictObject({ pictures: choice }),
  restore: z.strictObject({ pictures: choice, corrupt: z.array(short).max(20), seed: seed.exactOptional() }),
  selection: z.strictObject({
    on: z.enum(["train", "test"]),
    places: z.array(place).min(1).max(100_000),
    as: z.enum(["csv", "pictures"]),
  }),
  validate: z.strictObject({ text: z.string().max(2 ** 20) }),
} as const;

/** @throws UserError where the body is not JSON or not as expected */
export function readBody<Name extends keyof typeof bodies>(
  name: Name,
  bytes: Uint8Array,
): z.output<(typeof bodies)[Name]> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new UserError("the body is not JSON", { at: "body" });
  }
  const parsed = bodies[name].safeParse(value);
  if (parsed.success) return parsed.data as z.output<(typeof bodies)[Name]>;
  const [issue] = parsed.error.issues;
  throw new UserError(issue?.message.replace(/^Invalid input: /, "") ?? "not as expected", {
    at: issue === undefined || issue.path.length === 0 ? "body" : issue.path.join("."),
  });
}

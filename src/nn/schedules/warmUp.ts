// A rise of the learning rate before any other schedule.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { numberBetween, positiveNumber, positiveWholeNumber } from "../../schema/options.js";
import { type Collection, find, readEntry } from "../../schema/read.js";
import { defineSchedule, type Schedule, type ScheduleMoment } from "./define.js";

/**
 * For the first W steps rate(t) = learningRate · (from + (1 − from) · t / W); after them the schedule `then`, over the steps
 * that are left. PyTorch's `LinearLR` (its start_factor is `from`) before another schedule by `SequentialLR`.
 * @param schedules what may follow
 */
export function warmUpBefore(schedules: Collection<Schedule>) {
  /** Checks the schedule that follows and fills in its options: always `{ name: options }`, plain data. */
  const followed = z.unknown().transform((spec, context): Readonly<Record<string, unknown>> => {
    try {
      const { entry, options } = readEntry(schedules, "schedule", spec, "then");
      return { [entry.name]: options };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const path = (error.at ?? "then").split(".").slice(1);
      context.issues.push({ code: "custom", input: spec, path, message: error.message });
      return z.NEVER;
    }
  });
  return defineSchedule({
    name: "warmUp",
    summary: "A rise over the first epochs or steps, then any other schedule.",
    options: z
      .strictObject({
        epochs: positiveNumber()
          .optional()
          .describe("length of the rise in epochs, parts of one allowed")
          .meta({ example: 1 }),
        steps: positiveWholeNumber().optional().describe("length of the rise in steps, instead of epochs"),
        from: numberBetween(0, 1)
          .default(1 / 3)
          .describe("first learning rate, as a part of the full one"),
        // biome-ignore lint/suspicious/noThenProperty: the option's name in experiment files; nothing awaits options
        then: followed
          .prefault("constant")
          .describe("the schedule that follows, over the rest of the phase")
          .meta({ entry: "plainSchedule", example: "cosine" }),
      })
      .refine(({ epochs, steps }) => (epochs === undefined) !== (steps === undefined), {
        error: "expected either epochs or steps",
      }),
    at(options, moment, learningRate, memory) {
      const length = lengthOf(options, moment);
      if (moment.step < length) return learningRate * (options.from + ((1 - options.from) * moment.step) / length);
      const rest = { ...moment, step: moment.step - length, steps: moment.steps - length };
      const { schedule, options: inner } = following(schedules, options.then);
      return schedule.at(inner, rest, learningRate, { ...schedule.start, ...memory });
    },
    start: {},
    watch(options, memory, figure) {
      const { schedule, options: inner } = following(schedules, options.then);
      return schedule.watch?.(inner, { ...schedule.start, ...memory }, figure) ?? memory;
    },
  });
}

function lengthOf(
  options: { readonly epochs?: number | undefined; readonly steps?: number | undefined },
  moment: ScheduleMoment,
) {
  return options.steps ?? Math.round((options.epochs ?? 0) * moment.stepsPerEpoch);
}

function following(schedules: Collection<Schedule>, then: Readonly<Record<string, unknown>>) {
  const [name = ""] = Object.keys(then);
  return { schedule: find(schedules, "schedule", name, "then"), options: then[name] };
}

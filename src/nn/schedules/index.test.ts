import { describe, expect, it } from "vitest";
import { z } from "zod";
import { thrownBy } from "../testing/evaluate.js";
import { readSchedule, schedules } from "./index.js";

describe("readSchedule", () => {
  it("names the nearest schedule for one that does not exist, and its wrong option", () => {
    expect(thrownBy(() => readSchedule("onecycle", "phases[0].schedule"))).toEqual({
      at: "phases[0].schedule",
      message: "no schedule is called onecycle; did you mean oneCycle?",
      hint: "There are: constant, step, multiStep, exponential, cosine, cosineRestarts, oneCycle, reduceOnPlateau, warmUp.",
    });
    expect(thrownBy(() => readSchedule({ cosine: { per: "batch" } }))).toMatchObject({
      at: "schedule.cosine.per",
      message: 'expected step or epoch, got "batch"',
    });
  });

  it.each(Object.entries(schedules))("%s is listed under its name, with each option described", (name, entry) => {
    expect(entry.name).toBe(name);
    const { properties = {} } = z.toJSONSchema(entry.options, { io: "input" });
    for (const [option, property] of Object.entries(properties)) {
      expect(property, `${name}.${option}`).toHaveProperty("description");
    }
  });
});

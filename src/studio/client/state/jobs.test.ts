import { expect, it } from "vitest";
import type { Job } from "../../api.js";
import { withJob } from "./jobs.js";

const job = (id: string, state: Job["state"]): Job => ({
  ...{ id, request: id, title: id, state, asked: "2026-01-01T00:00:00Z", notes: [] },
  work: { kind: "train", experiment: { preset: "mnist-conv" } },
});
const told = (...news: readonly (readonly [string, Job["state"]])[]): string =>
  news
    .reduce<readonly Job[]>((jobs, [id, state]) => withJob(jobs, job(id, state)), [])
    .map(({ id, state }) => `${id} ${state}`)
    .join(", ");

it("puts what is asked for behind what waits already, and before what has ended", () => {
  expect(told(["a", "waiting"], ["a", "running"], ["a", "done"], ["b", "waiting"], ["c", "waiting"])).toBe(
    "b waiting, c waiting, a done",
  );
  expect(told(["a", "running"], ["b", "waiting"], ["c", "waiting"])).toBe("a running, b waiting, c waiting");
});

it("moves a job to its new group when its state changes: the one that ended last comes first there", () => {
  expect(told(["a", "running"], ["b", "waiting"], ["c", "waiting"], ["c", "running"])).toBe(
    "a running, c running, b waiting",
  );
  expect(told(["a", "running"], ["b", "running"], ["a", "done"], ["b", "failed"])).toBe("b failed, a done");
  // News that change no state leave the order as it is.
  expect(told(["a", "waiting"], ["b", "waiting"], ["a", "waiting"])).toBe("a waiting, b waiting");
});

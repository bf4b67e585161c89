import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Job, StudioEvent } from "../api.js";
import { type Jobs, openJobs } from "./jobs.js";
import { newRoot } from "./testing/server.js";

let root = "";
let jobs: Jobs | undefined;
beforeEach(() => {
  root = newRoot();
});
afterEach(async () => {
  await jobs?.close();
  rmSync(root, { recursive: true, force: true });
});

function open() {
  const said: string[] = [];
  let isEnded = (_: Job): void => {};
  const ended = new Promise<Job>((resolve) => {
    isEnded = resolve;
  });
  jobs = openJobs({
    root,
    publish(event: StudioEvent) {
      if (event.kind === "job" && event.job.ended !== undefined) isEnded(event.job);
    },
    onOwn: () => {},
    onNews: () => {},
    folderOf: async () => "none",
    say: (sentence) => said.push(sentence),
  });
  return { jobs, said, ended };
}
const wrong = { kind: "train", experiment: { text: "name: [" } } as const;

describe("the queue", () => {
  it("goes on in memory where it can't be written, and says so", async () => {
    // A folder in the file's place, as good as a full disk.
    mkdirSync(join(root, ".studio", "queue.json", "full"), { recursive: true });
    const { jobs, said, ended } = open();
    expect(said[0]).toContain("is damaged: the queue begins anew");
    jobs.ask({ request: "anything", work: wrong }, "train");
    expect(said[1]).toMatch(/^the queue can't be written \(.*\): it goes on, and is lost with the end of this server$/);
    expect((await ended).state).toBe("failed");
  });

  it.each([
    "nonsense",
    "{}",
    '{"order":[],"jobs":[{"job":null}]}',
    '{"order":[],"jobs":[{"job":{"id":"a","request":"b","title":"c","state":"running","notes":[],"work":{"kind":"train"}},"folder":"../.."}]}',
    '{"order":[],"jobs":[{"job":{"id":"a","request":"b","title":"c","state":"running","notes":[],"work":{"kind":"rm"}}}]}',
  ])("that is damaged (%s) begins anew", (text) => {
    mkdirSync(join(root, ".studio"));
    writeFileSync(join(root, ".studio", "queue.json"), text);
    const { jobs, said } = open();
    expect(said).toEqual([`${join(".studio", "queue.json")} is damaged: the queue begins anew`]);
    expect(jobs.list()).toEqual([]);
  });

  it("finds what became of trainings: done, to be gone on with, told to stop, lost, and never begun", () => {
    const job = (id: string) => ({ id, request: id, title: id, state: "running", asked: "", notes: [], work: wrong });
    mkdirSync(join(root, ".studio"));
    for (const [folder, isFinished] of [
      ["finished", true],
      ["interrupted", false],
      ["told", false],
    ] as const) {
      mkdirSync(join(root, folder, "checkpoints", "4"), { recursive: true });
      writeFileSync(join(root, folder, "checkpoints", "last.json"), '{"step":4}');
      writeFileSync(join(root, folder, "checkpoints", "4", "state.json"), `{"finished":${isFinished}}`);
    }
    // What was asked of both: one heard it and stopped, the other ended of something else.
    const heard = (command: string) => `${JSON.stringify({ id: "a", command, heard: "2026-01-01T00:00:00Z" })}\n`;
    writeFileSync(join(root, "interrupted", "answers.jsonl"), `${heard("pause")}{"id":"b","command":"stop"`);
    writeFileSync(join(root, "told", "answers.jsonl"), heard("pause") + heard("stop"));
    mkdirSync(join(root, "lost"));
    const kept = ["finished", "interrupted", "told", "lost"].map((folder) => ({ job: job(folder), folder }));
    writeFileSync(
      join(root, ".studio", "queue.json"),
      JSON.stringify({ order: [], jobs: [...kept, { job: job("never-begun") }] }),
    );
    const { jobs } = open();
    expect(Object.fromEntries(jobs.list().map(({ id, state, work }) => [id, `${state} ${work.kind}`]))).toEqual({
      finished: "done train",
      interrupted: "waiting resume",
      told: "cancelled train",
      lost: "lost train",
      "never-begun": "waiting train",
    });
  });
});

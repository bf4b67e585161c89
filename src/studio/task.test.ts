import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { serveStudio, studioOptions } from "./task.js";

const place = mkdtempSync(join(tmpdir(), "isthmus-studio-task-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Opens a studio and ends it at once. @returns what it said */
async function opened(folder: string): Promise<readonly string[]> {
  const said: string[] = [];
  const stop = new AbortController();
  await serveStudio(
    studioOptions.parse({ folder, port: 0 }),
    stop.signal,
    () => stop.abort(),
    (sentence) => void said.push(sentence),
  );
  return said;
}

it("refuses a file where a folder is to be", async () => {
  const file = join(place, "notes.txt");
  writeFileSync(file, "");
  await expect(opened(file)).rejects.toMatchObject({ message: "this is a file, not a folder", at: file });
});

it("opens a folder that is not there yet, and says where the run lies that was named in place of its folder", async () => {
  expect(await opened(join(place, "none yet"))).toEqual([]);
  const run = join(place, "runs", "2026-01-01-digits-1");
  mkdirSync(run, { recursive: true });
  for (const name of ["experiment.yaml", "metrics.jsonl"]) writeFileSync(join(run, name), "");
  expect(await opened(run)).toEqual([`${run} is itself a run: isthmus studio ${join(place, "runs")} shows it`]);
});

// Which epochs a run keeps pictures of, worked out by hand, and what is left of them after a crash.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { diskFileSystem } from "./diskFileSystem.js";
import {
  cutEpochPictures,
  type EpochPictures,
  epochSheet,
  epochsFolder,
  isKept,
  keptEvery,
  readEpochPictures,
  withEpoch,
  writeEpochPictures,
} from "./epochPictures.js";
import type { RunFolder } from "./runFolder.js";
import { withinFolder } from "./withinFolder.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-epochs-"));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function freshRun(): RunFolder {
  const path = join(folder, String(++made));
  mkdirSync(join(path, "images", "epochs"), { recursive: true });
  return { path, files: withinFolder(diskFileSystem, path) };
}

const none: EpochPictures = { format: 1, shape: [1, 28, 28], columns: 8, count: 32, epochs: [], every: 1 };

describe("which epochs are kept", () => {
  it.each([
    // All of them, up to 300; of 301 every second is dropped: 1, 3 … 301 are 151.
    [80, 80 * 60_000, 1],
    [300, 300 * 60_000, 1],
    [301, 301 * 60_000, 2],
    // 1, 65 … 9985 are 157 and the last one is the 158th; at 32 they would be 314.
    [10_000, 10_000 * 60_000, 64],
    // A small training: 100 epochs of 40 images keep at most 30: 1, 5 … 97 and the last one are 26.
    [100, 100 * 40, 4],
    [30, 30 * 40, 1],
    // 100 epochs of 800 images are 80,000, worth 40: 1, 5 … 97, 100.
    [100, 100 * 800, 4],
  ])("of %i epochs of %i images: every %i", (epochs, images, every) => {
    expect(keptEvery(epochs, images)).toBe(every);
    const kept = Array.from({ length: epochs }, (_, i) => i + 1).filter((epoch) =>
      isKept(epoch, every, epoch === epochs),
    );
    expect(kept.length).toBeLessThanOrEqual(300);
    expect([kept[0], kept.at(-1)]).toEqual([1, epochs]);
  });

  it("never goes back to a smaller distance, and what it kept before lies among what it keeps then", () => {
    expect(keptEvery(10, 600_000, 8)).toBe(8);
    let index = none;
    for (let epoch = 1; epoch <= 6; epoch++) index = withEpoch(index, epoch, 1).index;
    // The plan has grown: 2, 4 and 6 go.
    const { index: thinned, dropped } = withEpoch(index, 7, 2);
    expect(thinned.epochs).toEqual([1, 3, 5, 7]);
    expect(dropped).toEqual([2, 4, 6]);
    expect(thinned.every).toBe(2);
  });

  it("takes what stands beyond the new epoch for what a crash has left", () => {
    const { index, dropped } = withEpoch({ ...none, epochs: [1, 2, 3, 4] }, 3, 1);
    expect([index.epochs, dropped]).toEqual([[1, 2, 3], [4]]);
  });
});

describe("pictures of epochs beyond a checkpoint", () => {
  const kept = (run: RunFolder): readonly string[] => readdirSync(epochsFolder(run)).sort();
  function runWith(epochs: readonly number[], index: object = {}): RunFolder {
    const run = freshRun();
    for (const epoch of epochs) writeFileSync(join(epochsFolder(run), epochSheet(epoch)), "");
    writeEpochPictures(run, { ...none, epochs, ...index });
    return run;
  }

  it("go, also such as no index names; what is not of Isthmus stays", () => {
    const inputs = [
      { fromEpoch: 1, file: null },
      { fromEpoch: 3, file: "input.webp" },
    ];
    const run = runWith([1, 2, 3, 4], { inputs });
    for (const name of ["000005.webp", "mine.txt", "original.webp"]) writeFileSync(join(epochsFolder(run), name), "");
    cutEpochPictures(run, 2);
    expect(readEpochPictures(run)).toEqual({ ...none, epochs: [1, 2], inputs: inputs.slice(0, 1) });
    expect(kept(run)).toEqual(["000001.webp", "000002.webp", "index.json", "mine.txt", "original.webp"]);
  });

  it("go altogether where nothing is done, and where the index is damaged", () => {
    const run = runWith([1, 2]);
    cutEpochPictures(run, 0);
    expect(kept(run)).toEqual([]);
    const damaged = runWith([1, 2]);
    writeFileSync(join(epochsFolder(damaged), "index.json"), '{"format":1,"epochs":"all"}');
    expect(() => readEpochPictures(damaged)).toThrow("is damaged at shape: expected array, got nothing");
    cutEpochPictures(damaged, 2);
    expect(kept(damaged)).toEqual([]);
    expect(readEpochPictures(damaged)).toBeUndefined();
  });

  it("are not looked for behind a link", () => {
    const run = freshRun();
    const elsewhere = mkdtempSync(join(folder, "elsewhere-"));
    writeFileSync(join(elsewhere, "000009.webp"), "");
    rmSync(epochsFolder(run), { recursive: true });
    symlinkSync(elsewhere, epochsFolder(run));
    expect(() => cutEpochPictures(run, 0)).toThrow("is a link");
    expect(readdirSync(elsewhere)).toEqual(["000009.webp"]);
  });

  it("are named by no index that leads elsewhere", () => {
    const run = runWith([1], { inputs: [{ fromEpoch: 1, file: "../../secret.webp" }] });
    expect(() => readEpochPictures(run)).toThrow("is damaged at inputs.0.file");
  });
});

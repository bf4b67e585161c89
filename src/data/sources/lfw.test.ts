import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPixels } from "../imageStore.js";
import { readSource } from "./index.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-lfw-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A drawn stand-in for a picture of LFW: grey `outside`, with the part that is cut out in another colour. */
async function picture(side = 250): Promise<Uint8Array> {
  const pixels = new Uint8Array(side * side * 3).fill(30);
  for (let y = 70; y < Math.min(195, side); y++) {
    for (let x = 78; x < Math.min(172, side); x++) pixels.set([200, 100, 50], (y * side + x) * 3);
  }
  return await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}
async function people(counts: Readonly<Record<string, number>>): Promise<void> {
  const bytes = await picture();
  for (const [name, count] of Object.entries(counts)) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 1; i <= count; i++) {
      await writeFile(join(folder, name, `${name}_${String(i).padStart(4, "0")}.jpg`), bytes);
    }
  }
}
const open = (more: Record<string, unknown> = {}) => readSource({ source: "lfw", folder, ...more }, "data").open();

describe("lfw", () => {
  it("cuts out rows 70 to 194 and columns 78 to 171, resized to 3×48×48", async () => {
    await people({ Ada: 2, Bob: 2 });
    const { splits } = await open({ split: { train: 0.5 } });
    expect([splits.train.count, splits.train.shape]).toEqual([2, [3, 48, 48]]);
    // Nothing of the surrounding 30 is left: one row or column more would darken the edge.
    const pixels = readPixels(splits.train, 0, 1);
    const planes = [0, 1, 2].map((channel) => new Set(pixels.subarray(channel * 2304, (channel + 1) * 2304)));
    expect(planes).toEqual([new Set([200]), new Set([100]), new Set([50])]);
  });

  it("splits by person: no person is in two splits, validation included", async () => {
    await people(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`P${i}`, 1 + (i % 3)])));
    const { splits, classes } = await open({ size: [8, 8], validation: 4 });
    expect(classes).toHaveLength(12);
    const parts = [splits.train, splits.validation, splits.test].map((set) => [...new Set(set?.groups)]);
    expect(parts.every((persons) => persons.length > 0)).toBe(true);
    // 12 people in all, each in one part.
    expect(parts.flat().length).toBe(12);
    expect(new Set(parts.flat()).size).toBe(12);
  });

  it("finds the people in the archive's own folder, one level down", async () => {
    await people({ "lfw_funneled/Ada": 0 });
    const bytes = await picture();
    for (const name of ["Ada", "Bob"]) {
      await mkdir(join(folder, "lfw_funneled", name), { recursive: true });
      await writeFile(join(folder, "lfw_funneled", name, `${name}_0001.jpg`), bytes);
    }
    expect((await open({ split: { train: 0.5 } })).classes).toEqual(["Ada", "Bob"]);
  });

  it("skips a picture of another size, and says so", async () => {
    await people({ Ada: 3, Bob: 3, Cy: 3 });
    await writeFile(join(folder, "Ada", "Ada_0009.jpg"), await picture(200));
    expect((await open({ size: [8, 8], split: { train: 0.5 } })).notes).toEqual([
      "1 of 10 files was skipped: Ada/Ada_0009.jpg (a picture of LFW is 250×250, this one 200×200)",
    ]);
  });

  it("says what an empty folder lacks", async () => {
    await expect(open()).rejects.toMatchObject({
      name: "UserError",
      at: folder,
      message: "there is no picture Person_Name/Person_Name_0001.jpg in this folder",
      hint: "Name the folder that holds a folder for each person, by the option folder or by ISTHMUS_LFW.",
    });
  });

  const real = process.env.ISTHMUS_LFW;
  it.skipIf(real === undefined || !existsSync(real))("reads the set that ISTHMUS_LFW names", async () => {
    const { splits, classes = [] } = await readSource("lfw", "data").open();
    const count = splits.train.count + splits.test.count;
    expect(Math.abs(splits.test.count / count - 0.1)).toBeLessThan(0.01);
    const tested = new Set(splits.test.groups);
    expect([...new Set(splits.train.groups)].filter((person) => tested.has(person))).toEqual([]);
    expect(new Set([...(splits.train.groups ?? []), ...tested]).size).toBe(classes.length);
  });
});

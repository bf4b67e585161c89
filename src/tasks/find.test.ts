// find from end to end, on a run of a second and a folder in which pictures are known to be the same.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run as command } from "../cli/testing/terminal.js";
import { readPixels } from "../data/imageStore.js";
import { readSource } from "../data/sources/index.js";
import { find } from "../index.js";
import { trainedRun } from "./testing/trainedRun.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-find-"));
const inFolder = (...names: string[]): string => join(folder, ...names);
const photos = inFolder("photos");
let path = "";
beforeAll(async () => {
  path = await trainedRun(folder);
  const { splits } = await readSource("mnist", "data").open();
  for (let i = 0; i < 12; i++) {
    const of = join(photos, i % 2 === 0 ? "even" : "odd");
    mkdirSync(of, { recursive: true });
    const pixels = readPixels(splits.test, i, 1);
    const picture = sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } });
    await picture.clone().toFile(join(of, `${i}.png`));
    // Picture 3 again, in colour, and picture 5 in another format: the same to the model.
    if (i === 3) await picture.clone().toColourspace("srgb").toFile(join(photos, "copy-of-3.png"));
    if (i === 5) await picture.clone().webp({ lossless: true }).toFile(join(photos, "again-5.webp"));
  }
  writeFileSync(join(photos, "broken.png"), "\x89PNG\r\n\x1a\nand no more");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("find", () => {
  it("names the nearest first, with distances and the folders they are in, and draws them", async () => {
    const result = await find({
      run: path,
      pictures: [join(photos, "copy-of-3.png")],
      in: photos,
      count: 3,
      out: inFolder("found.png"),
    });
    const [query] = result.queries;
    // Not itself: the picture it is a copy of.
    expect(query?.nearest[0]).toEqual({
      picture: join(photos, "odd", "3.png"),
      class: "odd",
      distance: expect.closeTo(0, 5),
    });
    const distances = query?.nearest.map(({ distance }) => distance) ?? [];
    expect(distances).toHaveLength(3);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(result.collection).toEqual({ what: photos, pictures: 14 });
    expect(result.notes.join()).toContain("broken.png was left out");
    // A query and three neighbours of 112 pixels with gaps of 10, the room beside the query, borders; one row.
    const { width, height } = await sharp(result.file).metadata();
    expect([width, height]).toEqual([Math.max(560, 48 + 4 * 122 + 26), 24 + 62 + 8 + 162 + 8]);
  });

  it("finds a picture of a source among others of it, never itself, and says how many have its class", async () => {
    for (const by of ["standardised", "euclidean", "cosine"] as const) {
      const { queries, sameClass, collection } = await find({
        run: path,
        pictures: ["train:0", "test:3"],
        by,
        draw: "no",
      });
      expect(collection).toEqual({ what: "train of mnist", pictures: 40 });
      // MNIST's first training digit is a 5, its fourth test digit a 0.
      expect(queries.map(({ picture, class: of }) => [picture, of])).toEqual([
        ["train:0", "5"],
        ["test:3", "0"],
      ]);
      expect(queries.flatMap(({ nearest }) => nearest.map(({ picture }) => picture))).not.toContain("train:0");
      const same = queries.flatMap((query) => query.nearest.map((one) => one.class === query.class));
      expect([same.length, sameClass]).toEqual([10, same.filter((is) => is).length / 10]);
    }
  });

  it("groups pictures that are the same, and no others", async () => {
    const { duplicates, file } = await find({ run: path, in: photos, duplicates: true, out: inFolder("same.png") });
    const names = duplicates?.groups.map(({ pictures }) => pictures.map(({ picture }) => picture).sort());
    expect(names).toHaveLength(2);
    expect(names).toContainEqual([join(photos, "copy-of-3.png"), join(photos, "odd", "3.png")]);
    expect(names).toContainEqual([join(photos, "again-5.webp"), join(photos, "odd", "5.png")]);
    expect(duplicates?.pairs.map(({ distance }) => distance)).toEqual([0, 0].map((zero) => expect.closeTo(zero, 5)));
    expect(duplicates?.within).toBeCloseTo((duplicates?.usual ?? 0) / 5, 12);
    expect(existsSync(file ?? "")).toBe(true);
    const all = await find({ run: path, in: photos, duplicates: true, within: 1e6, draw: "no" });
    expect(all.duplicates?.groups.map(({ pictures }) => pictures.length)).toEqual([14]);
    // Every pair of 14.
    expect(all.duplicates?.pairs).toHaveLength(91);
  });
});

describe("the command find", () => {
  it("prints a table, CSV and JSON", async () => {
    const words = ["find", path, join(photos, "even", "0.png"), "--in", photos, "--count", "2", "--draw", "no"];
    const table = await command(words);
    expect([table.code, table.stdout]).toEqual([0, expect.stringContaining("looked for")]);
    const csv = (await command([...words, "--format", "csv"])).stdout.trim().split("\n");
    expect(csv[0]).toBe("query,queryClass,rank,distance,picture,class");
    expect(csv[1]).toMatch(new RegExp(`^${join(photos, "even", "0.png")},even,1,[\\d.e-]+,`));
    expect(csv).toHaveLength(3);
    const json = await command([...words, "--json"]);
    expect(JSON.parse(json.stdout).queries[0].nearest).toHaveLength(2);
    const same = await command(["find", path, "--in", photos, "--duplicates", "--format", "csv", "--draw", "no"]);
    expect(same.stdout.split("\n")[0]).toBe("group,distance,picture,class");
    expect(same.stdout.trim().split("\n")).toHaveLength(5);
    const told = await command(["find", path, "--in", photos, "--duplicates", "--draw", "no"]);
    expect(told.stdout).toContain("2 groups of 4 pictures at most");
  });

  it("says in a sentence what is wrong", async () => {
    const error = async (...words: readonly string[]) => {
      const { code, stderr } = await command(["find", ...words, "--draw", "no"]);
      expect(stderr).not.toMatch(/internal:| at .*\.ts/);
      return `${code} ${stderr.split("\n").find((line) => line.startsWith("error"))}`;
    };
    expect(await error()).toMatch(/^2 /);
    expect(await error(path)).toContain("no picture is named, and no duplicates are asked for");
    expect(await error(path, "a.png", "--duplicates")).toContain("--duplicates: goes without names of pictures");
    expect(await error(path, "a.png", "--within", "1")).toContain("--within: goes with --duplicates");
    expect(await error(path, "a.png", "--in", photos)).toContain("a.png: there is no such file or folder");
    expect(await error(path, "test:3", "--in", photos)).toContain("test:3: is an image of a source");
    expect(await error(path, "test:20")).toContain("test:20: the split test has 20 images, numbered from 0");
    expect(await error(path, "validation:1")).toContain("this source has no split validation");
    expect(await error(path, join(photos, "broken.png"), "--in", photos)).toMatch(/^1 error: .*broken\.png/);
    expect(await error(path, "test:1", "--in", "./gone")).toContain("./gone: there is no such file or folder");
    expect(await error(path, "test:1", "--in", "mnst")).toContain("did you mean mnist");
    expect(await error(path, "test:1", "--count", "0")).toContain("expected at least 1");
    expect(await error(path, "--duplicates", "--within", "-1")).toContain("expected at least 0");
    expect(await error(path, "test:1", "--json", "--format", "csv")).toContain("one form at a time");
    expect(await error(inFolder("nowhere"), "test:1")).toContain("there is no such run folder");
    mkdirSync(inFolder("empty"));
    expect(await error(path, "--duplicates", "--in", inFolder("empty"))).toContain("has no pictures in it");
    mkdirSync(inFolder("one"));
    writeFileSync(inFolder("one", "a.png"), readFileSync(join(photos, "even", "0.png")));
    expect(await error(path, "--duplicates", "--in", inFolder("one"))).toContain("one picture has no duplicate");
  });

  it("hears an abort, and leaves nothing behind", async () => {
    const controller = new AbortController();
    const asked = find(
      { run: path, in: photos, duplicates: true, out: inFolder("never.png") },
      { signal: controller.signal, report: () => controller.abort() },
    );
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    expect(existsSync(inFolder("never.png"))).toBe(false);
  });
});

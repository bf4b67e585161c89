import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Picture } from "../pixels/index.js";
import { writePng } from "./picture.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-picture-"));
});
afterAll(() => rm(folder, { recursive: true }));

const grey: Picture = { width: 3, height: 1, channels: 1, bytes: new Uint8Array([0, 100, 255]) };
const colour: Picture = { width: 1, height: 2, channels: 3, bytes: new Uint8Array([255, 0, 51, 1, 2, 3]) };

describe("writePng", () => {
  it.each([
    ["grey", grey],
    ["colour", colour],
  ])("keeps every %s byte, in a folder that it makes", async (name, picture) => {
    const path = join(folder, "made", `${name}.png`);
    await writePng(path, picture);
    const { width, height, channels } = picture;
    expect(await sharp(path).metadata()).toMatchObject({ format: "png", width, height, channels });
    // Left to itself sharp would read grey as three equal channels.
    const read = await sharp(path)
      .toColourspace(name === "grey" ? "b-w" : "srgb")
      .raw()
      .toBuffer();
    expect([...read]).toEqual([...picture.bytes]);
  });

  it("writes the same bytes twice and leaves no other file", async () => {
    const paths = ["1.png", "2.png"].map((name) => join(folder, "twice", name));
    for (const path of paths) await writePng(path, colour);
    const [first, second] = await Promise.all(paths.map((path) => readFile(path)));
    expect(first).toEqual(second);
    expect(await readdir(join(folder, "twice"))).toEqual(["1.png", "2.png"]);
  });

  it("says which picture cannot be written, and why", async () => {
    await writeFile(join(folder, "file"), "");
    const path = join(folder, "file", "a.png");
    await expect(writePng(path, grey)).rejects.toMatchObject({
      name: "UserError",
      at: path,
      message: expect.stringContaining("the picture cannot be written: EEXIST"),
    });
  });
});

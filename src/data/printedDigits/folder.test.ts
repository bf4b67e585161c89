import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readPixels } from "../imageStore.js";
import { printedDigits } from "../sources/printedDigits.js";
import { writePrintedDigits } from "./folder.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-digits-"));
  vi.stubEnv("ISTHMUS_CACHE", join(folder, "cache"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});
const options = { perClass: 3, size: 32 };

describe("writePrintedDigits", () => {
  it("writes the source's own pictures, one subfolder a digit, with their sizes", async () => {
    const out = join(folder, "digits");
    expect(await writePrintedDigits(out, options)).toEqual({ count: 30 });
    expect(readdirSync(out)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "sizes.csv"]);
    expect(readdirSync(join(out, "7"))).toEqual(["00007.png", "00017.png", "00027.png"]);

    const { splits } = await printedDigits.open(printedDigits.options.parse({ ...options, split: { train: 0.5 } }), {});
    const { train } = splits;
    const lines = readFileSync(join(out, "sizes.csv"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(31);
    for (const [place, image] of train.indices.entries()) {
      const name = `${image % 10}/${String(image).padStart(5, "0")}.png`;
      const written = await sharp(join(out, name)).raw().toBuffer();
      const pixels = readPixels(train, place, 1);
      const byChannel = Array.from({ length: 3 * 1024 }, (_, i) => pixels[(i % 3) * 1024 + Math.floor(i / 3)]);
      expect([...written]).toEqual(byChannel);
      expect(lines[image + 1]).toBe(`${name},${Number((train.attributes?.size?.[place] ?? 0).toFixed(4))}`);
    }
  });

  it("writes into an empty folder, also with a slash at its end, in grey where asked for", async () => {
    const out = join(folder, "empty");
    mkdirSync(out);
    await writePrintedDigits(`${out}/`, { ...options, grey: true });
    expect((await sharp(join(out, "3", "00003.png")).metadata()).channels).toBe(1);
  });

  it("refuses a folder with something in it, and leaves that alone", async () => {
    const out = join(folder, "full");
    mkdirSync(out);
    writeFileSync(join(out, "mine.txt"), "mine");
    await expect(writePrintedDigits(out, options)).rejects.toMatchObject({
      name: "UserError",
      at: out,
      message: "this folder is not empty",
    });
    expect(readdirSync(out)).toEqual(["mine.txt"]);
  });

  it("says where it cannot write, and leaves nothing behind", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(writePrintedDigits(file, options)).rejects.toMatchObject({
      name: "UserError",
      at: file,
      message: "there is a file of this name",
    });
    await expect(writePrintedDigits(join(file, "digits"), options)).rejects.toMatchObject({
      name: "UserError",
      at: join(file, "digits"),
      message: expect.stringMatching(/^the pictures cannot be written: ENOTDIR/),
    });
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

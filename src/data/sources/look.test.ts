// A look at the data: the shape that opening will give, told without decoding a picture.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { encodeIdx } from "../../formats/idx.js";
import { encodeNpy } from "../../formats/npy.js";
import { readSource } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-look-"));
afterAll(() => rmSync(folder, { recursive: true }));
const look = (spec: unknown) => readSource(spec, "data").look();
function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

const pictures = encodeIdx({ type: "uint8", shape: [6, 5, 7], data: new Uint8Array(6 * 35) });
const array = (shape: readonly number[]) =>
  encodeNpy({ type: "uint8", shape, data: new Uint8Array(shape.reduce((product, size) => product * size, 1)) });

describe("a look", () => {
  it.each([
    ["mnist", [[1, 28, 28]]],
    ["fashion-mnist", [[1, 28, 28]]],
    [{ source: "lfw", size: [32, 24] }, [[3, 32, 24]]],
    [{ source: "printed-digits", size: 40 }, [[3, 40, 40]]],
    [{ source: "printed-digits", size: 40, grey: true }, [[1, 40, 40]]],
  ])("at %j is told by its options", async (spec, shapes) => {
    expect(await look(spec)).toEqual(shapes);
  });

  it.each([
    ["plain.idx", pictures, "idx", [1, 5, 7]],
    ["packed.idx.gz", gzipSync(pictures), "idx", [1, 5, 7]],
    ["grey.npy", array([9, 4, 6]), "npy", [1, 4, 6]],
    ["planes.npy", array([9, 3, 4, 6]), "npy", [3, 4, 6]],
    ["pixels.npy", array([9, 4, 6, 3]), "npy", [3, 4, 6]],
  ])("at %s reads its header, and opening gives the same", async (name, bytes, source, shape) => {
    const spec = `${source}:${file(name, bytes)}`;
    expect(await look(spec)).toEqual([shape]);
    expect((await readSource(spec, "data").open()).splits.train.shape).toEqual(shape);
  });

  it("at a large file reads its header alone", async () => {
    // The header promises a thousand pictures, and the file ends after it: opening refuses it, a look does not mind.
    const cut = array([1000, 20, 30]).subarray(0, 200);
    const spec = `npy:${file("cut.npy", cut)}`;
    expect(await look(spec)).toEqual([[1, 20, 30]]);
    await expect(readSource(spec, "data").open()).rejects.toThrow("needs 600,");
  });

  it("at a folder takes the first picture's header: of a grey one colour may follow", async () => {
    const put = async (name: string, channels: 1 | 3) => {
      const image = sharp({ create: { width: 8, height: 6, channels: 3, background: { r: 200, g: 100, b: 0 } } });
      const bytes = await (channels === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
      return file(name, bytes);
    };
    await mkdir(join(folder, "grey"));
    await mkdir(join(folder, "colour"));
    await put("grey/b.png", 1);
    writeFileSync(join(folder, "grey", "a.txt"), "no picture");
    await put("colour/a.png", 3);
    const grey = join(folder, "grey");
    const colour = join(folder, "colour");
    expect(await look(`folder:${grey}`)).toEqual([
      [1, 6, 8],
      [3, 6, 8],
    ]);
    expect(await look({ source: "folder", path: grey, grey: false })).toEqual([[3, 6, 8]]);
    expect(await look(`folder:${colour}`)).toEqual([[3, 6, 8]]);
    expect(await look({ source: "folder", path: colour, size: 16 })).toEqual([[3, 16, 16]]);
    expect(await look({ source: "folder", path: colour, size: 16, grey: true })).toEqual([[1, 16, 16]]);
  });

  it.each(["folder:/nowhere", "idx:/nowhere", "npy:/nowhere"])(
    "at %s tells nothing: opening says why",
    async (spec) => {
      expect(await look(spec)).toEqual([]);
    },
  );
});

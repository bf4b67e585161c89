import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodePicture, readPictureHeader } from "./decode.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-decode-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A picture of one colour. */
const colour = (r: number, g: number, b: number, width = 4, height = 3) =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
/** Raw pixels of `channels` channels, each pixel the same. */
const raw = (pixel: readonly number[], space: string) =>
  sharp(
    Uint8Array.from({ length: 12 * pixel.length }, (_, i) => pixel[i % pixel.length] ?? 0),
    {
      raw: { width: 4, height: 3, channels: pixel.length as 1 | 2 | 3 | 4 },
    },
  ).toColourspace(space);
const raw16 = (pixel: readonly number[], space: string) =>
  sharp(
    Uint16Array.from({ length: 12 * pixel.length }, (_, i) => pixel[i % pixel.length] ?? 0),
    {
      raw: { width: 4, height: 3, channels: pixel.length as 1 | 3 },
    },
  ).toColourspace(space);
const first = async (bytes: Uint8Array) => {
  const { width, height, channels, bytes: pixels } = await decodePicture(bytes);
  expect([width, height, pixels.length]).toEqual([4, 3, 12 * channels]);
  return [...pixels.subarray(0, channels)];
};

describe("decodePicture", () => {
  it("decodes by the bytes, not by the name: a PNG called .jpg", async () => {
    const path = join(folder, "picture.jpg");
    await writeFile(path, await colour(200, 100, 50).png().toBuffer());
    const { width, height, channels, bytes } = await decodePicture(path);
    expect({ width, height, channels, bytes: [...bytes] }).toEqual({
      width: 4,
      height: 3,
      channels: 3,
      bytes: Array.from({ length: 36 }, (_, i) => [200, 100, 50][i % 3]),
    });
  });

  it("gives grey pictures one channel, of 8 bits or 16", async () => {
    expect(await first(await raw([77], "b-w").png().toBuffer())).toEqual([77]);
    // 51,400 = 200 × 257: a 16-bit value with 200 as its upper byte.
    expect(await first(await raw16([51_400], "grey16").png().toBuffer())).toEqual([200]);
    expect(await first(await raw16([51_400, 25_700, 0], "rgb16").png().toBuffer())).toEqual([200, 100, 0]);
  });

  it("lays alpha over black, in colour and in grey", async () => {
    // 200 · 128/255 = 100.4, 100 · 128/255 = 50.2, 50 · 128/255 = 25.1; a value may be cut off instead of rounded.
    const within = (values: readonly number[], exact: readonly number[]) =>
      values.forEach((value, i) => {
        expect(Math.abs(value - (exact[i] ?? Number.NaN))).toBeLessThanOrEqual(1);
      });
    within(await first(await raw([200, 100, 50, 128], "srgb").png().toBuffer()), [100.4, 50.2, 25.1]);
    const grey = await first(await raw([200, 128], "b-w").png().toBuffer());
    expect(grey).toHaveLength(1);
    within(grey, [100.4]);
    expect(await first(await raw([200, 100, 50, 0], "srgb").webp({ lossless: true }).toBuffer())).toEqual([0, 0, 0]);
  });

  it("decodes palettes, and CMYK into red, green and blue", async () => {
    expect(await first(await colour(200, 100, 50).png({ palette: true }).toBuffer())).toEqual([200, 100, 50]);
    const [r = 0, g = 0, b = 0] = await first(await colour(200, 100, 50).toColourspace("cmyk").jpeg().toBuffer());
    // A press cannot print the colour exactly; it stays orange.
    expect([Math.abs(r - 200) < 20, Math.abs(g - 100) < 20, Math.abs(b - 50) < 45]).toEqual([true, true, true]);
  });

  it("turns a picture upright as its EXIF orientation says", async () => {
    // Stored with red left and blue right; orientation 6 asks for a quarter turn clockwise: red comes to the top.
    const pixels = Uint8Array.from({ length: 16 * 8 * 3 }, (_, i) => {
      const left = Math.floor(i / 3) % 16 < 8;
      return [left ? 255 : 0, 0, left ? 0 : 255][i % 3] ?? 0;
    });
    const file = await sharp(pixels, { raw: { width: 16, height: 8, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const { width, height, bytes } = await decodePicture(file);
    expect([width, height]).toEqual([8, 16]);
    expect([...bytes.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect([...bytes.subarray(-3)]).toEqual([0, 0, 255]);
    expect(await readPictureHeader(file)).toEqual({ width: 8, height: 16, channels: 3 });
  });

  it("decodes one pixel", async () => {
    const { width, height, bytes } = await decodePicture(await colour(9, 8, 7, 1, 1).png().toBuffer());
    expect([width, height, ...bytes]).toEqual([1, 1, 9, 8, 7]);
  });

  it.each([
    ["an empty file", async () => new Uint8Array(), "the file is empty"],
    ["text", async () => Buffer.from("this is text, not a picture"), "this is no picture"],
    [
      "a truncated JPEG",
      async () => {
        const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
        const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
          .jpeg()
          .toBuffer();
        return whole.subarray(0, Math.floor(whole.length * 0.6));
      },
      "the picture is damaged or cut off",
    ],
    [
      "a truncated PNG",
      async () => (await colour(1, 2, 3).png().toBuffer()).subarray(0, 60),
      "the picture is damaged or cut off",
    ],
  ])("refuses %s with a sentence", async (_, make, message) => {
    await expect(decodePicture(await make(), { at: "a.jpg" })).rejects.toMatchObject({
      name: "UserError",
      at: "a.jpg",
      message,
    });
  });

  it("refuses a picture of 20,000×20,000 before it is decoded, and names the option that allows it", async () => {
    const huge = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>');
    await expect(decodePicture(huge, { at: "huge.svg" })).rejects.toMatchObject({
      name: "UserError",
      at: "huge.svg",
      message: "the picture has 20000×20000 pixels, more than the limit of 100,000,000",
      hint: "Make it smaller, or allow it by limitPixels: 400000000; decoding it takes 1,600 MB.",
    });
    expect(await readPictureHeader(huge, { limitPixels: 400_000_000 })).toMatchObject({ width: 20_000 });
  });

  it("says that there is no file, or that it is a folder", async () => {
    const missing = join(folder, "missing.png");
    await expect(decodePicture(missing)).rejects.toMatchObject({
      at: missing,
      message: "there is no such file or folder",
    });
    await expect(decodePicture(folder)).rejects.toMatchObject({ at: folder, message: "is a folder, not a file" });
  });
});

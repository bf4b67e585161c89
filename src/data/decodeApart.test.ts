// Pictures that take more than they may: drawings and large ones, in a process that can be ended.
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodedSides, decodePicture, isOfTheFile, readPictureHeader } from "./decode.js";
import { decodeApart } from "./decodeApart.js";

const drawing = (width: number, height: number, inside = '<rect width="100%" height="100%" fill="#c86432"/>') =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${inside}</svg>`);
/** A blur wider than the picture: seconds of work for each million pixels. */
const blur =
  '<filter id="f"><feGaussianBlur stdDeviation="300"/></filter><rect width="99%" height="99%" filter="url(#f)"/>';

describe("a drawing", () => {
  it("has the pixels that it says, decoded apart", async () => {
    const bytes = drawing(30, 20);
    expect(await readPictureHeader(bytes)).toEqual({ width: 30, height: 20, channels: 3 });
    const picture = await decodePicture(bytes);
    expect([picture.width, picture.height, ...picture.bytes.subarray(0, 3)]).toEqual([30, 20, 200, 100, 50]);
  });

  it("of ten thousand pixels a side is drawn at twice the sides that are wanted", async () => {
    const picture = await decodePicture(drawing(10_000, 9_999, blur), { wanted: { height: 32, width: 32 } });
    expect([picture.width, picture.height]).toEqual([64, 64]);
    // Grey where the blurred black reaches: something has been drawn.
    expect(picture.channels).toBe(3);
  });

  it("is drawn larger than it says where that is asked for, and not blurred by it", async () => {
    const half = '<rect width="8" height="16" fill="#fff"/>';
    const picture = await decodePicture(drawing(16, 16, half), {
      wanted: { height: 64, width: 64 },
      scaleOnLoad: true,
    });
    expect([picture.width, picture.height]).toEqual([128, 128]);
    const row = [...picture.bytes.subarray(0, 3 * 128)].filter((_, i) => i % 3 === 0);
    expect(new Set(row)).toEqual(new Set([255, 0]));
  });

  it("that takes longer than its budget is refused with a sentence, its process ended, and the next one decoded", async () => {
    const header = { width: 4000, height: 4000, channels: 3 } as const;
    const request = {
      kind: "picture",
      source: drawing(4000, 4000, blur),
      header,
      size: undefined,
      isDrawn: true,
    } as const;
    const refused = decodeApart(request, { at: "slow.svg" }, { seconds: 0.05, bytes: 1e12 });
    const next = decodePicture(drawing(3, 2));
    await expect(refused).rejects.toMatchObject({
      name: "UserError",
      at: "slow.svg",
      message: "decoding the picture takes more than 0.05 s of the processor",
      hint: "Make it smaller or simpler, or leave it out.",
    });
    expect(isOfTheFile(await refused.catch((error) => error))).toBe(false);
    expect((await next).width).toBe(3);
  });

  it("that takes more memory than its budget is refused with a sentence", async () => {
    const header = { width: 4000, height: 4000, channels: 3 } as const;
    const request = {
      kind: "picture",
      source: drawing(4000, 4000, blur),
      header,
      size: undefined,
      isDrawn: true,
    } as const;
    await expect(decodeApart(request, {}, { seconds: 1e5, bytes: 1e6 })).rejects.toMatchObject({
      name: "UserError",
      message: "decoding the picture takes more than 1 MB of memory",
    });
  });

  it("that is damaged says so", async () => {
    const bytes = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect');
    const error = await decodePicture(bytes, { at: "a.svg" }).catch((cause) => cause);
    expect(error).toMatchObject({ name: "UserError", at: "a.svg", message: "the picture is damaged or cut off" });
    expect(isOfTheFile(error)).toBe(true);
  });
});

describe("a large picture", () => {
  it("of a hundred million pixels is made smaller while it is decoded, to twice the wanted sides", async () => {
    const bytes = await sharp({ create: { width: 10_000, height: 9_999, channels: 3, background: "#c86432" } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    const picture = await decodePicture(bytes, { wanted: { height: 30, width: 40 } });
    expect([picture.width, picture.height]).toEqual([80, 80]);
    expect([...picture.bytes.subarray(3 * 80 * 40, 3 * 80 * 40 + 3)]).toEqual([200, 100, 50]);
  });

  it("keeps its pixels where it is not so large, unless scaling on load is asked for", async () => {
    const noise = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 7919) % 256);
    const bytes = await sharp(noise, { raw: { width: 64, height: 48, channels: 3 } })
      .png()
      .toBuffer();
    const wanted = { height: 6, width: 8 };
    expect(Buffer.from((await decodePicture(bytes, { wanted })).bytes).equals(Buffer.from(noise))).toBe(true);
    const scaled = await decodePicture(bytes, { wanted, scaleOnLoad: true });
    expect([scaled.width, scaled.height]).toEqual([16, 12]);
  });

  it("is never scaled to less than twice what is wanted, on either side", () => {
    // The longer side decides nothing: 100 wanted of 1000 is more than 10 of 1000.
    expect(decodedSides({ height: 1000, width: 1000 }, { height: 10, width: 100 })).toEqual({
      height: 200,
      width: 200,
    });
    expect(decodedSides({ height: 150, width: 150 }, { height: 10, width: 100 })).toBeUndefined();
  });
});

import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { renderWalk } from "./walk.js";

const shape = [1, 16, 16];
const size = 256;
/** `count` steps whose decoded pictures are black and whose originals are white. */
const draw = (count: number) =>
  renderWalk({
    decoded: new Float32Array(count * size),
    originals: new Float32Array(count * size).fill(1),
    steps: Array.from({ length: count }, (_, i) => ({
      caption: i === 0 ? "a file with a long name.png" : String(i),
      isStop: i === 0 || i === count - 1,
    })),
    shape,
  });

describe("renderWalk", () => {
  it("puts the decoded path above the originals, with frames around the stops", async () => {
    const { data, info } = await sharp(await draw(3))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const colour = (x: number, y: number): number[] => [
      ...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3),
    ];
    // 144 for the names, three images of 64, gaps of 4, a border of 20; heights 20 + 64 + 4 + 64 + 22 + 20.
    expect([info.width, info.height]).toEqual([144 + 3 * 64 + 2 * 4 + 20, 194]);
    for (let step = 0; step < 3; step++) {
      expect(colour(144 + 68 * step + 32, 20 + 32)).toEqual([0, 0, 0]);
      expect(colour(144 + 68 * step + 32, 88 + 32)).toEqual([255, 255, 255]);
    }
    // The frame lies on the two pixels around an image.
    expect(colour(144 - 1, 88 + 32)).toEqual([0xd5, 0x5e, 0]);
    expect(colour(144 + 68 - 1, 88 + 32)).toEqual([255, 255, 255]);
    expect(colour(144 + 2 * 68 - 1, 88 + 32)).toEqual([0xd5, 0x5e, 0]);
  });

  it("keeps captions as wide as their images", async () => {
    const { data, info } = await sharp(await draw(3))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const inked = new Set<number>();
    for (let y = 156; y < 174; y++) {
      for (let x = 0; x < info.width; x++) if ((data[y * info.width + x] ?? 255) < 200) inked.add(x);
    }
    const columns = [...inked].filter((x) => x < 144 + 66);
    expect(Math.min(...columns)).toBeGreaterThanOrEqual(143);
    expect(Math.max(...columns)).toBeLessThanOrEqual(144 + 64);
    expect(Math.max(...columns) - Math.min(...columns)).toBeGreaterThan(48);
  });

  it("goes on in two more rows after sixteen steps", async () => {
    const [short, long] = await Promise.all([16, 17].map(async (count) => await sharp(await draw(count)).metadata()));
    expect(long?.width).toBe(short?.width);
    // Two rows of 64, the gap between them, and the captions' 22 + 16 before them.
    expect((long?.height ?? 0) - (short?.height ?? 0)).toBe(64 + 4 + 64 + 38);
  });
});

import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { renderCodeMap } from "./codeMap.js";

const points = new Float32Array([0, 0, 10, 0, 0, 2, 10, 2]);
const common = { title: "t", subtitle: "s", points };

/** How many pixels of the picture have about this colour. */
async function count(png: Buffer, [red, green, blue]: readonly [number, number, number]): Promise<number> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let found = 0;
  for (let at = 0; at < data.length; at += info.channels) {
    const distance = [red, green, blue].reduce((sum, value, i) => sum + Math.abs(value - (data[at + i] ?? 0)), 0);
    if (distance < 12) found++;
  }
  return found;
}

describe("renderCodeMap", () => {
  it("draws a dot for each point, all inside the frame, where there are no classes", async () => {
    const png = await renderCodeMap(common);
    const { width, height } = await sharp(png).metadata();
    expect([width, height]).toEqual([2 * (24 + 720 + 24), 2 * (24 + 62 + 720 + 24)]);
    // Blue, four discs of radius 5.2 pixels, less their blurred edges.
    const dots = await count(png, [0x00, 0x72, 0xb2]);
    expect(dots).toBeGreaterThan(4 * 50);
    expect(dots).toBeLessThan(4 * 90);
  });

  it("has a colour for each class, and room for the names of axes", async () => {
    const labels = [0, 1, 0, 1];
    const short = await renderCodeMap({ ...common, labels, classes: ["3", "8"], axes: ["first", "second"] });
    expect((await sharp(short).metadata()).height).toBe(2 * (24 + 62 + 720 + 50));
    for (const png of [short, await renderCodeMap({ ...common, labels, classes: ["Coat", "Shirt"] })]) {
      expect(await count(png, [0x00, 0x72, 0xb2])).toBeGreaterThan(20);
      expect(await count(png, [0xd5, 0x5e, 0x00])).toBeGreaterThan(20);
    }
  });
});

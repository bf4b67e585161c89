import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { digitPainter } from "./paint.js";
import { largestShade } from "./paper.js";
import { leastContrast, luma } from "./plan.js";

const side = 100;
const area = side * side;
const { version } = createRequire(import.meta.url)("@napi-rs/canvas/package.json") as { version: string };
/** The hash below was taken here. Another Skia, or another processor's arithmetic, may round a pixel otherwise. */
const isSamePlatform = process.platform === "linux" && process.arch === "x64" && version === "1.0.11";

function lumas(colours: Uint8Array): Float64Array {
  const values = new Float64Array(area);
  for (let at = 0; at < area; at++) {
    values[at] = luma([colours[at] as number, colours[area + at] as number, colours[2 * area + at] as number]);
  }
  return values;
}

describe("digitPainter", () => {
  it.skipIf(!isSamePlatform)(
    `draws the same bytes for the same seed (known for linux x64 with canvas 1.0.11; here: ${process.platform} ${process.arch}, ${version})`,
    () => {
      const painter = digitPainter(0, side);
      const hash = createHash("sha256");
      const out = new Uint8Array(3 * area);
      for (let image = 0; image < 200; image++) {
        painter.paint(image, out);
        hash.update(out);
      }
      expect(hash.digest("hex")).toBe("a781ee2730402227a893ad0a951eaf88401ea9cccac04cb360531df5427ae70e");
    },
  );

  it("draws each picture from the seed and its number alone, whatever was drawn before", () => {
    const [alone, after, other] = [new Uint8Array(3 * area), new Uint8Array(3 * area), new Uint8Array(3 * area)];
    digitPainter(5, side).paint(17, alone);
    const painter = digitPainter(5, side);
    for (let image = 0; image <= 17; image++) painter.paint(image, after);
    expect(after).toEqual(alone);
    digitPainter(6, side).paint(17, other);
    expect(other).not.toEqual(alone);
  });

  it("shows whole digits from a fifth of the picture to nearly all of it, none cut off at an edge", () => {
    const painter = digitPainter(1, side);
    const out = new Uint8Array(3 * area);
    const sizes: number[] = [];
    const cutOff: number[] = [];
    for (let image = 0; image < 500; image++) {
      const { plan, size } = painter.paint(image, out);
      sizes.push(size);
      expect(plan.digit).toBe(image % 10);
      if (plan.texture !== "plain") continue;
      // On plain paper the outermost pixels are paper and nothing else.
      for (let channel = 0; channel < 3; channel++) {
        for (let i = 0; i < side; i++) {
          for (const at of [i, (side - 1) * side + i, i * side, i * side + side - 1]) {
            if (out[channel * area + at] !== plan.paper[channel]) cutOff.push(image);
          }
        }
      }
    }
    expect(cutOff).toEqual([]);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0.2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(0.96);
    expect(Math.min(...sizes)).toBeLessThan(0.24);
    expect(Math.max(...sizes)).toBeGreaterThan(0.9);
  });

  it("tells the height of the ink as it can be counted in the picture", () => {
    const painter = digitPainter(2, side);
    const out = new Uint8Array(3 * area);
    let counted = 0;
    for (let image = 0; image < 200; image++) {
      const { plan, size } = painter.paint(image, out);
      if (plan.texture !== "plain") continue;
      const [ink, paper] = [luma(plan.ink), luma(plan.paper)];
      const rows: number[] = [];
      for (const [at, value] of lumas(out).entries()) {
        if ((value - paper) / (ink - paper) >= 0.5) rows.push(Math.floor(at / side));
      }
      // A pixel covered by just half may be rounded to either side.
      expect(Math.abs(Math.max(...rows) - Math.min(...rows) + 1 - size * side)).toBeLessThanOrEqual(1);
      counted++;
    }
    expect(counted).toBeGreaterThan(80);
  });

  it("keeps ink and paper apart in the picture: by the least contrast less the texture", () => {
    const painter = digitPainter(3, side);
    const out = new Uint8Array(3 * area);
    for (let image = 0; image < 200; image++) {
      const { plan } = painter.paint(image, out);
      const values = lumas(out);
      const [ink, paper] = [luma(plan.ink), luma(plan.paper)];
      const sorted = Float64Array.from(values).sort();
      const inkiest = (ink < paper ? sorted[0] : sorted[area - 1]) ?? 0;
      // Half of the pixels at least are paper; a thin digit may cover its best pixel by nine tenths only.
      const contrast = Math.abs(inkiest - (sorted[area / 2] ?? 0)) / 255;
      expect(contrast).toBeGreaterThan(0.9 * (leastContrast - largestShade));
    }
  });

  it("draws other sizes of picture", () => {
    const out = new Uint8Array(3 * 28 * 28);
    const { size } = digitPainter(0, 28).paint(4, out);
    expect(Math.round(size * 28)).toBeCloseTo(size * 28, 9);
    expect(new Set(out).size).toBeGreaterThan(5);
  });
});

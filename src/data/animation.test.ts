import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { animationFormats, encodeAnimation } from "./animation.js";

const frame = (grey: number, milliseconds: number, size = 4) => ({
  picture: { width: size, height: 3, channels: 1, bytes: new Uint8Array(3 * size).fill(grey) } as const,
  milliseconds,
});

describe.each(animationFormats)("encodeAnimation to %s", (format) => {
  it("shows each picture for its time, equal ones together for theirs, and repeats for ever", async () => {
    const bytes = await encodeAnimation([frame(0, 500), frame(0, 80), frame(255, 80), frame(100, 500)], format);
    const { pageHeight, width, delay, loop } = await sharp(bytes, { animated: true }).metadata();
    expect({ pageHeight, width, delay, loop }).toEqual({ pageHeight: 3, width: 4, delay: [580, 80, 500], loop: 0 });
    const pages = await Promise.all(
      [0, 1, 2].map((page) => sharp(bytes, { page }).removeAlpha().toColourspace("b-w").raw().toBuffer()),
    );
    expect(pages.map((page) => [...new Set(page)])).toEqual([[0], [255], [100]]);
  });

  it("refuses frames of two sizes", () => {
    expect(() => encodeAnimation([frame(0, 80), frame(0, 80, 5)], format)).toThrow("internal: frames");
  });
});

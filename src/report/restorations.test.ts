import { createCanvas, loadImage } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { renderRestoration } from "./restorations.js";

/** Red, green and blue of a pixel of a PNG. */
async function pixelsOf(png: Buffer) {
  const image = await loadImage(png);
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  return {
    width: image.width,
    height: image.height,
    at: (x: number, y: number) => Array.from(context.getImageData(x, y, 1, 1).data.slice(0, 3)),
  };
}

describe("a restoration's strip", () => {
  it("shows original, input, restored and the absolute difference from the target, each over its name", async () => {
    const shape = [1, 2, 2];
    const fill = (value: number) => new Float32Array(4).fill(value);
    const strip = renderRestoration({
      original: { width: 4, height: 4, channels: 1, bytes: new Uint8Array(16).fill(51) },
      input: fill(0.4),
      restored: fill(1.5),
      target: fill(0.2),
      shape,
    });
    const { width, height, at } = await pixelsOf(strip);
    // Four cells of 192 pixels (2 × 96), five gaps of 16; 34 for the names.
    expect([width, height]).toEqual([4 * 192 + 5 * 16, 16 + 192 + 34]);
    const middles = [0, 1, 2, 3].map((cell) => at(16 + cell * 208 + 96, 16 + 96)[0]);
    // 0.2, 0.4, 1.5 clipped to 1, and 1 − 0.2, each times 255.
    expect(middles).toEqual([51, 102, 255, 204]);
    expect(at(8, 100)).toEqual([255, 255, 255]);
  });

  it("keeps the original's aspect, a panorama within three cells", async () => {
    const shape = [3, 4, 4];
    const image = new Float32Array(48).fill(0.5);
    const panorama = { width: 1000, height: 10, channels: 3 as const, bytes: new Uint8Array(30_000).fill(255) };
    const strip = renderRestoration({ original: panorama, input: image, restored: image, target: image, shape });
    expect((await pixelsOf(strip)).width).toBe(3 * 192 + 3 * 192 + 5 * 16);
  });
});

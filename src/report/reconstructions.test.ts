import { createCanvas, loadImage } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { renderReconstructions } from "./reconstructions.js";

async function pixelsOf(png: Buffer) {
  const image = await loadImage(png);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return {
    width: image.width,
    height: image.height,
    at: (x: number, y: number) => [...context.getImageData(x, y, 1, 1).data],
  };
}

describe("originals over reconstructions", () => {
  const shape = [1, 28, 28];
  const originals = new Float32Array(32 * 784).fill(1);
  const reconstructions = new Float32Array(32 * 784).fill(0.2);

  it("stand in two pairs of rows of 16, each pixel twice as large", async () => {
    const { width, height } = await pixelsOf(renderReconstructions({ originals, reconstructions, shape }));
    // 136 for names, 16 images of 56 with 15 gaps of 4, a border of 20; 20 + (56 + 4 + 56) + 20 + (56 + 4 + 56) + 20.
    expect([width, height]).toEqual([136 + 16 * 56 + 15 * 4 + 20, 20 + 116 + 20 + 116 + 20]);
  });

  it("keep their grey values, 0.2 as 51", async () => {
    const { at } = await pixelsOf(renderReconstructions({ originals, reconstructions: reconstructions, shape }));
    expect(at(136 + 1, 20 + 1)).toEqual([255, 255, 255, 255]);
    expect(at(136 + 1, 20 + 60 + 1)).toEqual([51, 51, 51, 255]);
  });

  it("have their names beside them", async () => {
    const { at } = await pixelsOf(renderReconstructions({ originals, reconstructions, shape }));
    const inkIn = (top: number) => {
      let dark = 0;
      for (let y = top; y < top + 56; y++) for (let x = 0; x < 130; x++) if ((at(x, y)[0] ?? 255) < 128) dark++;
      return dark;
    };
    // "original" and "reconstruction" at 15 px: some dozens of dark pixels each, more for the longer word.
    expect(inkIn(20)).toBeGreaterThan(30);
    expect(inkIn(80)).toBeGreaterThan(inkIn(20));
  });

  it("stand over what the model was given, restored, and the difference", async () => {
    const inputs = new Float32Array(32 * 784).fill(0.4);
    const { height, at } = await pixelsOf(renderReconstructions({ originals, inputs, reconstructions, shape }));
    expect(height).toBe(20 + 4 * 56 + 3 * 4 + 20 + 4 * 56 + 3 * 4 + 20);
    const greys = [0, 1, 2, 3].map((row) => at(136 + 1, 20 + row * 60 + 1)[0]);
    // 1; 0.4; 0.2; 1 − 0.2.
    expect(greys).toEqual([255, 102, 51, 204]);
  });

  it("come in colour where there are three channels", async () => {
    const red = new Float32Array(3 * 4).fill(0);
    red.fill(1, 0, 4);
    const { at } = await pixelsOf(renderReconstructions({ originals: red, reconstructions: red, shape: [3, 2, 2] }));
    expect(at(137, 21)).toEqual([255, 0, 0, 255]);
  });
});

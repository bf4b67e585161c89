import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { Picture } from "../pixels/index.js";
import { heatColours, heatPicture, renderHeat } from "./heat.js";
import { renderScored, thumbnail } from "./scored.js";

const grey = (width: number, height: number, value: number): Picture => ({
  width,
  height,
  channels: 1,
  bytes: new Uint8Array(width * height).fill(value),
});
const colour = (step: number) => [...heatColours.subarray(3 * step, 3 * step + 3)];
const pixel = ({ width, bytes }: Picture, y: number, x: number) => [
  ...bytes.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];
const linear = (byte: number) => (byte <= 10.31475 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);

describe("the colours of heat", () => {
  /** Rows of Viénot, Brettel and Mollon (1999): linear red, green and blue as dichromats see them. */
  const sights = {
    everybody: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    protanopes: [0.1121, 0.8853, -0.0005, 0.1127, 0.8897, -0.0001, 0.0045, 0.0001, 1.0019],
    deuteranopes: [0.292, 0.7054, -0.0003, 0.2934, 0.7089, 0, -0.02098, 0.02559, 1.0019],
  };
  it.each(Object.entries(sights))("get lighter from step to step for %s", (_, m) => {
    const luminances = Array.from({ length: 256 }, (_, step) => {
      const rgb = colour(step).map(linear);
      const seen = [0, 3, 6].map((row) => rgb.reduce((sum, value, i) => sum + value * (m[row + i] ?? 0), 0));
      return 0.2126 * (seen[0] ?? 0) + 0.7152 * (seen[1] ?? 0) + 0.0722 * (seen[2] ?? 0);
    });
    // Sixteen steps apart rounding to bytes is no matter.
    for (let step = 16; step < 256; step += 16) {
      expect(luminances[step] ?? 0).toBeGreaterThan(luminances[step - 16] ?? 0);
    }
    expect(luminances[255]).toBeGreaterThan(0.8);
    expect(luminances[0]).toBeLessThan(0.02);
  });
});

describe("a heat map", () => {
  it("covers a quarter of the dimmed picture where there is no error, and all of it from half the scale on", () => {
    // Left column without error, right one with the whole scale's.
    const error = Float64Array.of(0, 0.5, 0, 0.5);
    const map = heatPicture({ original: grey(2, 2, 200), error, height: 2, width: 2, fit: "cover", top: 0.5 });
    expect(pixel(map, 0, 0)).toEqual(colour(0).map((value) => Math.round(0.75 * 0.8 * 200 + 0.25 * value)));
    expect(pixel(map, 1, 1)).toEqual(colour(255));
    const half = heatPicture({
      original: grey(1, 1, 90),
      error: Float64Array.of(0.25),
      height: 1,
      width: 1,
      fit: "cover",
      top: 0.5,
    });
    expect(pixel(half, 0, 0)).toEqual(colour(128));
  });

  it("lies over the middle piece that the model saw, larger errors in the last colour, and leaves the rest grey", () => {
    const map = heatPicture({
      original: grey(6, 2, 100),
      error: Float64Array.of(9, 9, 9, 9),
      height: 2,
      width: 2,
      fit: "cover",
      top: 1,
    });
    expect([0, 1, 4, 5].map((x) => pixel(map, 1, x))).toEqual(Array(4).fill([80, 80, 80]));
    expect([2, 3].map((x) => pixel(map, 0, x))).toEqual([colour(255), colour(255)]);
  });

  it("takes of contain what lies on the picture, not on the black around it", () => {
    // A wide picture in a square of 4: rows 1 and 2 are the picture.
    const error = new Float64Array(16).fill(1);
    for (let x = 0; x < 8; x++) error[4 + x] = 0;
    const map = heatPicture({ original: grey(8, 4, 0), error, height: 4, width: 4, fit: "contain", top: 1 });
    // The rows at the edge lie a quarter of a pixel from the centre of row 1, towards row 0: 0.25 of its error.
    expect(pixel(map, 1, 3)).toEqual(colour(0).map((value) => Math.round(0.25 * value)));
    expect(pixel(map, 0, 3)).not.toEqual(pixel(map, 1, 3));
  });

  it("stretches between centres", () => {
    // Two errors side by side over eight pixels: centres at 1.5 and 5.5; pixel 3 lies at 0.375 between them.
    const map = heatPicture({
      original: grey(8, 1, 0),
      error: Float64Array.of(0, 1),
      height: 1,
      width: 2,
      fit: "stretch",
      top: 1,
    });
    const step = Math.round(0.375 * 255);
    expect(pixel(map, 0, 3)).toEqual(colour(step).map((value) => Math.round((0.25 + 1.5 * 0.375) * value)));
    expect(pixel(map, 0, 0)).toEqual(colour(0).map((value) => Math.round(0.25 * value)));
    expect(pixel(map, 0, 7)).toEqual(colour(255));
  });

  it("becomes a file with a scale, of colour pictures and huge ones too", async () => {
    const original: Picture = { width: 3000, height: 1000, channels: 3, bytes: new Uint8Array(9_000_000).fill(7) };
    const png = renderHeat({ original, error: new Float64Array(16), height: 4, width: 4, fit: "stretch", top: 0.1 });
    const { width, height } = await sharp(png).metadata();
    expect([width, height]).toEqual([2048 + 16 + 72 + 12, 683 + 44]);
  });
});

describe("a page of scored pictures", () => {
  it("has three in a row, whatever their sizes", async () => {
    const tile = (original: Picture) => ({
      original: thumbnail(original),
      reconstruction: new Float32Array(16),
      error: new Float64Array(16),
      isAnomalous: true,
      caption: ["1. anomalous", "a name that is longer than there is room for, ".repeat(9)] as const,
    });
    const tiles = [grey(900, 30, 9), grey(3, 700, 9), grey(4, 4, 9), grey(1, 1, 0)].map(tile);
    const png = await renderScored({ title: "t", subtitle: "s", tiles, shape: [1, 4, 4], fit: "cover", top: 0.2 });
    const { width, height } = await sharp(png).metadata();
    // Three cells of three tiles of 112 and two gaps of 6, each with 28 after it, borders and the scale; two rows of 168.
    expect([width, height]).toEqual([24 + 3 * (3 * 112 + 12 + 28) + 72 + 8, 24 + 62 + 22 + 2 * 168 + 12]);
    expect(tiles.map(({ original }) => [original.width, original.height])).toEqual([
      [224, 7],
      [1, 224],
      [4, 4],
      [1, 1],
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { imageGrid } from "./imageGrid.js";

describe("imageGrid", () => {
  it("sets images side by side with gaps and margins, each pixel magnified", () => {
    // Two images of 1×2 pixels: black white, white grey.
    const images = new Float32Array([0, 1, 1, 0.2]);
    const grid = imageGrid({
      images,
      shape: [1, 1, 2],
      rows: [[0, 1]],
      magnification: 2,
      gap: 1,
      margin: [1, 0, 0, 2],
      background: 9,
    });
    expect({ width: grid.width, height: grid.height, channels: grid.channels }).toEqual({
      width: 11,
      height: 3,
      channels: 1,
    });
    const row = [0, 0, 255, 255, 9, 255, 255, 51, 51, 9, 9];
    expect([...grid.bytes]).toEqual([...new Array(11).fill(9), ...row, ...row]);
    expect(grid).toMatchObject({ left: [0, 5], top: [1], cell: { width: 4, height: 2 } });
  });

  it("turns planes of colour into red, green and blue of each pixel", () => {
    const red = [1, 0];
    const green = [0, 1];
    const blue = [0.2, 0.4];
    const grid = imageGrid({
      images: new Float32Array([...red, ...green, ...blue]),
      shape: [3, 1, 2],
      rows: [[0]],
      magnification: 1,
      gap: 0,
    });
    expect([...grid.bytes]).toEqual([255, 0, 51, 0, 255, 102]);
    expect(grid.channels).toBe(3);
  });

  it("keeps places empty where a row says null or is shorter", () => {
    const grid = imageGrid({
      images: new Float32Array([0]),
      shape: [1, 1, 1],
      rows: [[null, 0], [0]],
      magnification: 1,
      gap: 0,
      background: 7,
    });
    expect([...grid.bytes]).toEqual([7, 0, 0, 7]);
  });

  it("moves groups of rows apart", () => {
    const grid = imageGrid({
      images: new Float32Array([0]),
      shape: [1, 1, 1],
      rows: [[0], [0], [0], [0]],
      magnification: 1,
      gap: 1,
      rowsPerGroup: 2,
      groupGap: 5,
    });
    // Margin 1, rows of height 1, gaps 1, 5, 1.
    expect(grid.top).toEqual([1, 3, 9, 11]);
    expect(grid.height).toBe(13);
  });

  it("refuses images that are no pictures", () => {
    expect(() => imageGrid({ images: new Float32Array(2), shape: [2, 1, 1], rows: [[0]] })).toThrow(
      "a picture has 1 or 3 channels, these images have 2",
    );
  });
});

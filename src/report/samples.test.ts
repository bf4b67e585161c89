import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { renderSamples } from "./samples.js";

const draw = async (count: number, title = "t") =>
  await sharp(await renderSamples({ images: new Float32Array(count * 256), shape: [1, 16, 16], title })).metadata();

describe("renderSamples", () => {
  it.each([
    [9, 3, 3],
    [10, 4, 3],
    [1000, 16, 63],
  ])("lays %i pictures out in %i columns and %i rows", async (count, columns, rows) => {
    const { width, height } = await draw(count);
    expect([width, height]).toEqual([40 + 64 * columns + 4 * (columns - 1), 72 + 64 * rows + 4 * (rows - 1)]);
  });

  it("is wide enough for its title", async () => {
    const { width } = await draw(1, "from a normal distribution fitted to 10,000 codes, seed 4294967295");
    // Inter at 15 pixels takes more than six a letter.
    expect(width).toBeGreaterThan(66 * 6 + 40);
  });
});
